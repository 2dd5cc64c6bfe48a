"""The engine in its children: cancelled, out of memory, and through the whole API."""

import asyncio
from pathlib import Path

import psutil
import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.engines.child import ChildEngine
from filmgate.engines.diffusion.engine import diffusion_engine
from filmgate.testing.jobs import RecordingWatch, running
from tests.diffusion.conftest import Checkpoint
from tests.diffusion.tiny import a_film, on_processor, tiny

_NAME = "wan2.1-t2v-1.3b"


def engine_of(checkpoint: Checkpoint, *, steps: int = 2, renderer: str | None = None) -> ChildEngine:
    profile, setup = tiny(_NAME, steps=steps), on_processor(checkpoint(_NAME))
    environment = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    if renderer is None:
        return diffusion_engine(name="wan", profile=profile, setup=setup, environment=environment)
    options = {"profile": profile.model_dump(mode="json"), "setup": setup.model_dump(mode="json")}
    return ChildEngine(
        name="wan",
        renderer=f"tests.diffusion.breaking:{renderer}",
        objections=lambda request, spec: (),
        options=options,
        environment=environment,
        spare=False,
    )


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children()}


async def test_a_cancelled_film_ends_within_a_step_and_its_child_keeps_the_model(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    others = children()
    async with running(engine_of(checkpoint, steps=100_000)) as engine:
        (pid,) = children() - others
        watch = RecordingWatch()
        rendering = asyncio.create_task(engine.render(a_film(tmp_path), watch))
        await watch.begun.wait()

        rendering.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rendering

        assert children() - others == {pid}
        await engine.check()


@pytest.mark.parametrize(
    ("renderer", "reason"),
    [
        ("OutOfDeviceMemory", "CUDA out of memory. Tried to allocate 2.00 GiB"),
        ("OutOfMainMemory", "The renderer ran out of memory"),
    ],
)
async def test_out_of_memory_fails_the_job_with_its_reason_and_a_clean_child_makes_the_next(
    checkpoint: Checkpoint, tmp_path: Path, renderer: str, reason: str
) -> None:
    others = children()
    async with running(engine_of(checkpoint, renderer=renderer)) as engine:
        (first,) = children() - others

        with pytest.raises(EngineFailed, match=reason):
            await engine.render(a_film(tmp_path, prompt="too much"), RecordingWatch())

        assert await engine.render(a_film(tmp_path), RecordingWatch())
        assert first not in children()
