"""Tiny pipelines of LTX-2 and HunyuanVideo-1.5 with random weights."""

from typing import Any

from diffusers import (
    AutoencoderKLHunyuanVideo15,
    AutoencoderKLLTX2Audio,
    AutoencoderKLLTX2Video,
    FlowMatchEulerDiscreteScheduler,
    HunyuanVideo15ImageToVideoPipeline,
    HunyuanVideo15Pipeline,
    HunyuanVideo15Transformer3DModel,
    LTX2ConditionPipeline,
    LTX2VideoTransformer3DModel,
)
from diffusers.guiders import ClassifierFreeGuidance
from diffusers.pipelines.ltx2 import LTX2TextConnectors, LTX2Vocoder
from transformers import (
    ByT5Tokenizer,
    Gemma3Config,
    Gemma3ForConditionalGeneration,
    Qwen2_5_VLTextConfig,
    Qwen2_5_VLTextModel,
    SiglipImageProcessor,
    SiglipVisionConfig,
    SiglipVisionModel,
    T5Config,
    T5EncoderModel,
)

from tests.diffusion.reading import CHAT, N_PIECES, TEXT_WIDTH, a_tokenizer

_N_TEXT_LAYERS = 2
_N_SEEN = 12


def ltx2() -> LTX2ConditionPipeline:
    """As LTX-2, with sides and times halved once by its VAE instead of five and three times."""
    return LTX2ConditionPipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=_ltx2_vae(),
        audio_vae=_ltx2_audio_vae(),
        text_encoder=_gemma(),
        tokenizer=a_tokenizer(),
        connectors=_ltx2_connectors(),
        transformer=_ltx2_transformer(),
        vocoder=LTX2Vocoder(
            in_channels=2 * 8,
            hidden_channels=32,
            out_channels=2,
            upsample_kernel_sizes=[4, 4],
            upsample_factors=[2, 2],
            resnet_kernel_sizes=[3],
            resnet_dilations=[[1, 3, 5]],
            output_sampling_rate=16_000,
        ),
    )


def _ltx2_vae() -> AutoencoderKLLTX2Video:
    return AutoencoderKLLTX2Video(
        latent_channels=4,
        block_out_channels=(8,),
        decoder_block_out_channels=(8,),
        layers_per_block=(1,),
        decoder_layers_per_block=(1, 1),
        spatio_temporal_scaling=(True,),
        decoder_spatio_temporal_scaling=(True,),
        decoder_inject_noise=(False, False),
        downsample_type=("spatial",),
        upsample_residual=(False,),
        upsample_factor=(1,),
        patch_size=1,
        patch_size_t=1,
        encoder_causal=True,
        decoder_causal=False,
    )


def _ltx2_audio_vae() -> AutoencoderKLLTX2Audio:
    return AutoencoderKLLTX2Audio(
        base_channels=4,
        output_channels=2,
        ch_mult=(1,),
        num_res_blocks=1,
        attn_resolutions=None,
        in_channels=2,
        resolution=32,
        latent_channels=2,
        norm_type="pixel",
        causality_axis="height",
        mid_block_add_attention=False,
        sample_rate=16_000,
        mel_hop_length=160,
        is_causal=True,
        mel_bins=8,
    )


def _gemma() -> Gemma3ForConditionalGeneration:
    text = {
        "vocab_size": N_PIECES,
        "hidden_size": TEXT_WIDTH,
        "intermediate_size": 37,
        "num_hidden_layers": _N_TEXT_LAYERS,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
    }
    vision = {
        "hidden_size": 16,
        "intermediate_size": 16,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "image_size": 32,
        "patch_size": 16,
    }
    config = Gemma3Config(
        text_config=text,
        vision_config=vision,
        mm_tokens_per_image=4,
        image_token_index=5,
        boi_token_index=3,
        eoi_token_index=4,
    )
    return Gemma3ForConditionalGeneration(config).eval()


def _ltx2_connectors() -> LTX2TextConnectors:
    return LTX2TextConnectors(
        caption_channels=TEXT_WIDTH,
        text_proj_in_factor=_N_TEXT_LAYERS + 1,
        video_connector_num_attention_heads=4,
        video_connector_attention_head_dim=8,
        video_connector_num_layers=1,
        video_connector_num_learnable_registers=None,
        audio_connector_num_attention_heads=4,
        audio_connector_attention_head_dim=8,
        audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None,
        connector_rope_base_seq_len=32,
        rope_double_precision=False,
        rope_type="split",
    )


def _ltx2_transformer() -> LTX2VideoTransformer3DModel:
    return LTX2VideoTransformer3DModel(
        in_channels=4,
        out_channels=4,
        patch_size=1,
        patch_size_t=1,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        audio_in_channels=4,
        audio_out_channels=4,
        audio_num_attention_heads=2,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=8,
        num_layers=2,
        qk_norm="rms_norm_across_heads",
        caption_channels=TEXT_WIDTH,
        rope_double_precision=False,
        rope_type="split",
    )


def hunyuan_video_15() -> HunyuanVideo15Pipeline:
    """As HunyuanVideo-1.5, with two text encoders and a guider."""
    return HunyuanVideo15Pipeline(**_hunyuan_parts(task="t2v"))


def hunyuan_video_15_i2v() -> HunyuanVideo15ImageToVideoPipeline:
    """As HunyuanVideo-1.5 that begins on a picture, which it sees through an encoder of its own as well."""
    encoder = SiglipVisionConfig(
        hidden_size=_N_SEEN,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=16,
        patch_size=8,
    )
    parts = _hunyuan_parts(task="i2v")
    # As random weights come, what the picture changes would get lost in the 8 bits of a clip.
    parts["transformer"].x_embedder.proj.weight.data.mul_(30)
    return HunyuanVideo15ImageToVideoPipeline(
        image_encoder=SiglipVisionModel(encoder).eval(),
        feature_extractor=SiglipImageProcessor(size={"height": 16, "width": 16}),
        **parts,
    )


def _hunyuan_parts(*, task: str) -> dict[str, Any]:
    return {
        "text_encoder": _qwen(),
        "tokenizer": a_tokenizer(chat_template=CHAT),
        "transformer": _hunyuan_transformer(task=task),
        "vae": AutoencoderKLHunyuanVideo15(
            latent_channels=4,
            block_out_channels=(16, 16),
            layers_per_block=1,
            spatial_compression_ratio=4,
            temporal_compression_ratio=2,
            downsample_match_channel=False,
            upsample_match_channel=False,
        ),
        "scheduler": FlowMatchEulerDiscreteScheduler(shift=7.0),
        "text_encoder_2": T5EncoderModel(
            T5Config(vocab_size=384, d_model=TEXT_WIDTH, d_ff=37, d_kv=8, num_layers=2, num_heads=4)
        ).eval(),
        "tokenizer_2": ByT5Tokenizer(),
        "guider": ClassifierFreeGuidance(guidance_scale=1.0),
    }


def _qwen() -> Qwen2_5_VLTextModel:
    config = Qwen2_5_VLTextConfig(
        vocab_size=N_PIECES,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        rope_parameters={"mrope_section": [1, 1, 2], "rope_type": "default", "rope_theta": 1e6},
    )
    return Qwen2_5_VLTextModel(config).eval()


def _hunyuan_transformer(*, task: str) -> HunyuanVideo15Transformer3DModel:
    return HunyuanVideo15Transformer3DModel(
        in_channels=9,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=8,
        num_layers=2,
        num_refiner_layers=1,
        mlp_ratio=2.0,
        patch_size=1,
        patch_size_t=1,
        text_embed_dim=16,
        text_embed_2_dim=TEXT_WIDTH,
        image_embed_dim=_N_SEEN,
        rope_axes_dim=(2, 2, 4),
        target_size=16,
        task_type=task,
    )
