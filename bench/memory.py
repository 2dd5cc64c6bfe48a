"""Memory of a renderer's child: its peak for a clip of every family at 3840x2160, and its growth over clips.

`python -m bench.memory` measures both; `--help` says how to have less.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import numpy as np
import psutil

from filmgate.domain.models import AudioSupport, ModelSpec
from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.domain.tasks import TaskId
from filmgate.engines.animatic.engine import animatic_objections
from filmgate.engines.animatic.prompts.family import Family
from filmgate.engines.child import ChildEngine
from filmgate.ports import RenderJob

_PROMPTS = {
    Family.OCEAN: "waves of the open sea at sunset",
    Family.MOUNTAINS: "snowy mountains around a lake",
    Family.STREET: "a city street at night in the rain",
    Family.FOREST: "a forest in fog",
    Family.DUNES: "desert dunes",
    Family.MEADOW: "a meadow in the wind",
    Family.SNOWFIELD: "a snowfield under an aurora at night",
    Family.UNDERWATER: "a coral reef under water",
    Family.SPACE: "a nebula in deep space",
    Family.CLOUDS: "flying above the clouds",
    Family.SILK: "flowing silk, an abstract",
}
_AIM_MEGABYTES = 1536
_N_CLIPS = 100
_MEGABYTE = 2**20


class _Watch:
    """A `RenderWatch` that looks away."""

    async def progress(self, fraction: float) -> None:
        """See `RenderWatch`."""

    async def save_resume_token(self, token: str) -> None:
        """See `RenderWatch`."""

    async def leave_behind(self, token: str | None) -> None:
        """See `RenderWatch`."""


async def main(arguments: Sequence[str]) -> None:
    """Print what was asked for, or all."""
    asked = _parser().parse_args(arguments)
    if asked.part != "growth":
        for family in asked.families or _PROMPTS:
            peak = await _peak_megabytes(family)
            print(f"{family:<11} 3840x2160  peak {peak:5.0f} MB (aim {_AIM_MEGABYTES})", flush=True)
    if asked.part != "peaks":
        await _print_growth()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench.memory", description="Memory of a renderer's child."
    )
    # Not `choices`: they would be tried on the empty list of families too.
    names = ", ".join(sorted(family.value for family in _PROMPTS))
    parser.add_argument("part", nargs="?", choices=("all", "peaks", "growth"), default="all")
    parser.add_argument(
        "families", nargs="*", type=_family, metavar="FAMILY", help=f"peaks of these alone: {names}"
    )
    return parser


def _family(name: str) -> Family:
    known = {family.value: family for family in _PROMPTS}
    if name not in known:
        raise argparse.ArgumentTypeError(f"no family is called {name!r}; there are {', '.join(known)}")
    return known[name]


async def _peak_megabytes(family: Family) -> float:
    """Return the most that a fresh child held while it made a clip of this family."""
    engine = _engine()
    await engine.start()
    try:
        with TemporaryDirectory() as folder:
            # Sixty frames fill the encoder's own memory.
            await engine.render(_job(family, Path(folder), short_side=2160, fps=30, seconds=2), _Watch())
            return _status_megabytes("VmHWM")
    finally:
        await engine.close()


async def _print_growth() -> None:
    """Make small clips of all families in turn, and compare what the child holds early and late."""
    engine = _engine()
    await engine.start()
    held = []
    try:
        for number in range(_N_CLIPS):
            family = list(_PROMPTS)[number % len(_PROMPTS)]
            with TemporaryDirectory() as folder:
                job = _job(family, Path(folder), short_side=144, fps=8, seconds=1, seed=number)
                await engine.render(job, _Watch())
            held.append(_status_megabytes("VmRSS"))
    finally:
        await engine.close()
    # Families differ, so whole rounds of them are compared; the first rounds fill what is kept for good.
    size = len(_PROMPTS)
    rounds = [float(np.mean(held[first : first + size])) for first in range(0, len(held) - size + 1, size)]
    middle, last = np.mean(rounds[3:6]), np.mean(rounds[6:])
    print(f"{_N_CLIPS} clips in one child: the last third holds {last / middle:.2f} of the second (aim 1.05)")
    print(
        "  MB held on average over each round of the families: " + " ".join(f"{part:.0f}" for part in rounds)
    )


def _engine() -> ChildEngine:
    return ChildEngine(
        name="animatic",
        renderer="filmgate.engines.animatic.renderer:AnimaticRenderer",
        objections=animatic_objections,
        options={"threads": 3},
        spare=False,
    )


def _status_megabytes(name: str) -> float:
    """Return a number that the kernel keeps of the only renderer there is."""
    [child] = psutil.Process().children()
    for line in Path(f"/proc/{child.pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024 / _MEGABYTE
    raise LookupError(name)


def _job(
    family: Family, folder: Path, *, short_side: int, fps: int, seconds: int, seed: int = 7
) -> RenderJob:
    spec = ModelSpec(
        model="kling-bench",
        mode=Mode.STD,
        text2video=True,
        image2video=False,
        extend=False,
        durations=(seconds,),
        end_image_durations=(),
        camera_durations=(),
        audio=AudioSupport.OPTIONAL,
        references=False,
        multi_shot=False,
        short_side=short_side,
        fps=fps,
        single_mode=False,
        millicredits_per_second=0,
        audio_factor=Fraction(1),
    )
    request = GenerationRequest(
        action=Action.TEXT2VIDEO,
        model=spec.model,
        mode=spec.mode,
        duration=seconds,
        prompt=_PROMPTS[family],
        generate_audio=True,
    )
    return RenderJob(
        task_id=TaskId(uuid4()),
        attempt=1,
        request=request,
        spec=spec,
        seed=seed,
        inputs={},
        folder=folder,
        resume_token=None,
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
