"""How fast the diffusion engine films, beside the plain pipeline of diffusers in the same run.

`python -m bench.diffusion` takes a tiny model, on a processor; `--full` takes Wan 2.1 1.3B at its full size
on the first GPU, with random weights, for speed does not depend on what they are. Names of ways may follow.
"""

import argparse
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import diffusers
import torch
from diffusers import (
    AutoencoderKLWan,
    DiffusionPipeline,
    UniPCMultistepScheduler,
    WanPipeline,
    WanTransformer3DModel,
)
from tests.diffusion.reading import N_PIECES, a_tokenizer
from tests.diffusion.tiny import tiny
from tests.diffusion.wan_checkpoints import wan_t2v
from transformers import UMT5Config, UMT5EncoderModel

from filmgate.domain.errors import EngineFailed
from filmgate.engines.clip_shape import ClipShape
from filmgate.engines.diffusion.plan import Plan, plan
from filmgate.engines.diffusion.profile import Native, Profile
from filmgate.engines.diffusion.renderer import DiffusionRenderer
from filmgate.engines.diffusion.setup import Setup
from filmgate.engines.encoder import film
from filmgate.ports import RenderJob
from filmgate.testing.jobs import a_job

_ROUNDS = 3
_PROMPT = "two foxes run over fresh snow"
_WAYS: Mapping[str, Mapping[str, Any]] = {
    "plain": {},
    "first_block": {"cache": "first_block", "cache_threshold": 0.1},
    "taylorseer": {"cache": "taylorseer"},
    "mag": {"cache": "mag"},
    "fp8": {"quantise": "fp8"},
    "int8_weights": {"quantise": "int8_weights"},
    "fp8_weights": {"quantise": "fp8_weights"},
    "fp8_compute": {"quantise": "fp8_compute"},
    "fp8_compute_compiled": {"quantise": "fp8_compute", "compile": True},
    "groups": {"offload": "group"},
    "compiled": {"compile": True},
}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What is filmed, by which profile and checkpoint; 16:9, with sides as the model's own."""

    profile: Profile
    checkpoint: Path
    short_side: int
    seconds: int

    @property
    def chain(self) -> Plan:
        """How the engine films it."""
        width = round(self.short_side * 16 / 9 / 2) * 2
        fps = Fraction(self.profile.native.rates[0])
        shape = ClipShape(width=width, height=self.short_side, fps=fps)
        return plan(self.profile, shape=shape, seconds=self.seconds)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Seconds of a step, and of a film from the prompt to the file."""

    step: float
    whole: float


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("ways", nargs="*", default=list(_WAYS))
    given = parser.parse_args()
    with TemporaryDirectory(prefix="filmgate-bench-") as name:
        bench = _full(Path(name)) if given.full else _tiny(Path(name))
        device = torch.cuda.get_device_name() if torch.cuda.is_available() else "processor"
        chain = bench.chain
        print(f"{bench.profile.title}, {chain.width}x{chain.height}, {chain.n_reel} frames, on {device}")
        bare = _measure_bare(bench, Path(name))
        print(f"diffusers alone: {bare.step:.4f} s a step, {bare.whole:.3f} s in all")
        for way in given.ways:
            try:
                ours = _measure_ours(bench, Path(name), _WAYS[way])
            except EngineFailed as error:
                print(f"{way:20} {error}")
                continue
            print(
                f"{way:20} {ours.step:.4f} s a step ({bare.step / ours.step:.2f} of its speed), "
                f"{ours.whole:.3f} s in all ({bare.whole / ours.whole:.2f})"
            )


def _tiny(folder: Path) -> Bench:
    torch.manual_seed(0)
    wan_t2v().save_pretrained(folder / "model")
    profile = tiny("wan2.1-t2v-1.3b", steps=20)
    return Bench(profile=profile, checkpoint=folder / "model", short_side=32, seconds=1)


def _full(folder: Path) -> Bench:
    """Wan 2.1 1.3B; the text encoder alone is small, for it runs once and is no part of what is compared."""
    torch.manual_seed(0)
    transformer = WanTransformer3DModel(num_attention_heads=12, ffn_dim=8960, num_layers=30)
    text = UMT5Config(vocab_size=N_PIECES, d_model=4096, d_ff=1024, d_kv=64, num_layers=1, num_heads=8)
    pipeline = WanPipeline(
        tokenizer=a_tokenizer(),
        text_encoder=UMT5EncoderModel(text).to(torch.bfloat16),
        transformer=transformer.to(torch.bfloat16),
        vae=AutoencoderKLWan(),
        scheduler=UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=3.0
        ),
    )
    pipeline.save_pretrained(folder / "model")
    plain = tiny("wan2.1-t2v-1.3b", steps=10)
    native = Native(short_side=480, size_grid=16, rates=(16,), frame_grid=4, window=81, context=0)
    memory = plain.memory.model_copy(update={"dtype": "bfloat16", "vae_dtype": "float32"})
    profile = plain.model_copy(update={"native": native, "memory": memory})
    return Bench(profile=profile, checkpoint=folder / "model", short_side=480, seconds=5)


def _measure_bare(bench: Bench, folder: Path) -> Measured:
    """The pipeline as its documentation calls it, and the frames through the same encoder."""
    chain = bench.chain
    dtypes = {"default": getattr(torch, bench.profile.memory.dtype), "vae": torch.float32}
    pipeline = DiffusionPipeline.from_pretrained(bench.checkpoint, dtype=dtypes, local_files_only=True)
    pipeline.to("cuda" if torch.cuda.is_available() else "cpu")
    pipeline.set_progress_bar_config(disable=True)
    ends: list[float] = []

    def after_step(*_: object) -> dict[str, Any]:
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        ends.append(time.monotonic())
        return {}

    def film_once() -> float:
        ends.clear()
        began = time.monotonic()
        frames = pipeline(
            prompt=_PROMPT,
            negative_prompt=bench.profile.recipe.negative_prompt,
            width=chain.width,
            height=chain.height,
            num_frames=chain.n_reel,
            num_inference_steps=bench.profile.recipe.steps,
            max_sequence_length=bench.profile.recipe.max_sequence_length or 512,
            callback_on_step_end=after_step,
        ).frames[0]
        pixels = (frames * 255).round().astype("uint8")
        film(
            folder / "bare.mp4",
            shape=ClipShape(width=chain.width, height=chain.height, fps=chain.rate),
            n_frames=chain.n_frames,
            draw=lambda frame, number: frame.__setitem__(slice(None), pixels[number]),
        )
        return time.monotonic() - began

    film_once()
    wholes, steps = [], []
    for _ in range(_ROUNDS):
        wholes.append(film_once())
        steps.append((ends[-1] - ends[0]) / (len(ends) - 1))
    return Measured(step=statistics.median(steps), whole=statistics.median(wholes))


def _measure_ours(bench: Bench, folder: Path, way: Mapping[str, Any]) -> Measured:
    setup = Setup.model_validate({"checkpoint": str(bench.checkpoint), "device": "auto", **way})
    renderer = DiffusionRenderer(
        profile=bench.profile.model_dump(mode="json"), setup=setup.model_dump(mode="json")
    )
    renderer.warm()
    renderer.render(_a_job(bench, folder), lambda _: None)
    wholes, steps = [], []
    for _ in range(_ROUNDS):
        job = _a_job(bench, folder)
        began = time.monotonic()
        clip, _poster = renderer.render(job, lambda _: None)
        wholes.append(time.monotonic() - began)
        assert clip.making is not None
        steps.append(clip.making["seconds_per_step"])
    return Measured(step=statistics.median(steps), whole=statistics.median(wholes))


def _a_job(bench: Bench, folder: Path) -> RenderJob:
    """A job for frames of the model's own size and rate, so that little is done to them afterwards."""
    job = a_job(folder, prompt=_PROMPT)
    spec = replace(job.spec, short_side=bench.short_side, fps=bench.chain.shape.fps.numerator)
    return replace(job, spec=spec, request=replace(job.request, duration=bench.seconds))


if __name__ == "__main__":
    diffusers.utils.logging.disable_progress_bar()
    main()
