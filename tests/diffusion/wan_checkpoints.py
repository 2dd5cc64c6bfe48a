"""Tiny pipelines of the Wan family with random weights."""

from typing import Any

from diffusers import (
    AutoencoderKLWan,
    UniPCMultistepScheduler,
    WanImageToVideoPipeline,
    WanPipeline,
    WanTransformer3DModel,
    WanVACEPipeline,
    WanVACETransformer3DModel,
)
from transformers import CLIPImageProcessor, CLIPVisionConfig, CLIPVisionModel

from tests.diffusion.reading import TEXT_WIDTH, a_text_encoder, a_tokenizer

# As random weights come, what a given picture changes would get lost in the 8 bits of a clip.
_LOUD = 30


def _wan_vae() -> AutoencoderKLWan:
    vae = AutoencoderKLWan(
        base_dim=3,
        z_dim=16,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        temperal_downsample=[False, True, True],
    )
    vae.quant_conv.weight.data.mul_(_LOUD)
    return vae


def _wan_transformer(**changes: Any) -> WanTransformer3DModel:
    plain = {
        "patch_size": (1, 2, 2),
        "num_attention_heads": 2,
        "attention_head_dim": 12,
        "in_channels": 16,
        "out_channels": 16,
        "text_dim": TEXT_WIDTH,
        "freq_dim": 64,
        "ffn_dim": 32,
        "num_layers": 3,
        "cross_attn_norm": True,
        "qk_norm": "rms_norm_across_heads",
        "rope_max_seq_len": 32,
    }
    return WanTransformer3DModel(**(plain | changes))


def _wan_parts(**changes: Any) -> dict[str, Any]:
    return {
        "tokenizer": a_tokenizer(),
        "text_encoder": a_text_encoder(),
        "vae": _wan_vae(),
        "scheduler": UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
    } | changes


def wan_t2v() -> WanPipeline:
    """As Wan 2.1 T2V."""
    return WanPipeline(**_wan_parts(transformer=_wan_transformer()))


def wan_t2v_a14b() -> WanPipeline:
    """As Wan 2.2 T2V A14B: two experts."""
    experts = {"transformer": _wan_transformer(), "transformer_2": _wan_transformer()}
    return WanPipeline(**_wan_parts(**experts), boundary_ratio=0.5)


def wan_ti2v_5b() -> WanPipeline:
    """As Wan 2.2 TI2V 5B: a time step for each patch, and a VAE that halves sides once more."""
    vae = AutoencoderKLWan(
        base_dim=3,
        z_dim=48,
        in_channels=12,
        out_channels=12,
        is_residual=True,
        patch_size=2,
        latents_mean=[0.0] * 48,
        latents_std=[1.0] * 48,
        dim_mult=[1, 1, 1, 1],
        num_res_blocks=1,
        scale_factor_spatial=16,
        scale_factor_temporal=4,
        temperal_downsample=[False, True, True],
    )
    transformer = _wan_transformer(in_channels=48, out_channels=48)
    return WanPipeline(**_wan_parts(vae=vae, transformer=transformer), expand_timesteps=True)


def wan_i2v_a14b() -> WanImageToVideoPipeline:
    """As Wan 2.2 I2V A14B: two experts that see the first frame beside the noise."""
    experts = {name: _wan_transformer(in_channels=36) for name in ("transformer", "transformer_2")}
    return WanImageToVideoPipeline(**_wan_parts(**experts), boundary_ratio=0.5)


def wan_flf2v() -> WanImageToVideoPipeline:
    """As Wan 2.1 FLF2V: both pictures also go through an encoder of their own."""
    width, patches = 4, (32 // 4) ** 2 + 1
    encoder = CLIPVisionConfig(
        hidden_size=width,
        projection_dim=width,
        num_hidden_layers=2,
        num_attention_heads=2,
        image_size=32,
        intermediate_size=16,
        patch_size=4,
    )
    transformer = _wan_transformer(
        in_channels=36, image_dim=width, added_kv_proj_dim=24, pos_embed_seq_len=2 * patches
    )
    parts = _wan_parts(
        transformer=transformer,
        image_encoder=CLIPVisionModel(encoder).eval(),
        image_processor=CLIPImageProcessor(crop_size=32, size=32),
    )
    return WanImageToVideoPipeline(**parts)


def wan_vace() -> WanVACEPipeline:
    """As Wan 2.1 VACE."""
    transformer = WanVACETransformer3DModel(
        patch_size=(1, 2, 2),
        num_attention_heads=2,
        attention_head_dim=12,
        in_channels=16,
        out_channels=16,
        text_dim=TEXT_WIDTH,
        freq_dim=64,
        ffn_dim=32,
        num_layers=3,
        cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
        rope_max_seq_len=32,
        vace_layers=[0, 2],
        vace_in_channels=96,
    )
    for block in transformer.vace_blocks:
        block.proj_out.weight.data.mul_(_LOUD)
    return WanVACEPipeline(**_wan_parts(transformer=transformer))
