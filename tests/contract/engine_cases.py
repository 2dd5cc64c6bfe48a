"""The implementations of `Engine` that the contract runs over. A new one adds its case to `CASES`."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from filmgate.domain.requests import Action, RemoteMedia
from filmgate.engines.animatic.engine import animatic_engine
from filmgate.engines.loop import LoopEngine
from filmgate.ports import Engine, RenderJob
from filmgate.testing.engine_contract import EngineCase
from tests.engines.jobs import a_job, scripted_child
from tests.engines.scripted import ScriptedRelay


def a_scripted_loop() -> LoopEngine:
    """Two places, so that a third job has to wait."""
    return LoopEngine(ScriptedRelay(), name="scripted-loop", slots=2)


def _scripted(label: str, engine: Callable[[], Engine]) -> EngineCase:
    return EngineCase(
        label=label,
        engine=engine,
        job=a_job,
        slow_job=partial(a_job, prompt="script: then=hang"),
        unusable_job=partial(a_job, prompt="script: then=refuse"),
        failing_job=partial(a_job, prompt="script: then=crash"),
    )


def _filmed(folder: Path, *, frames: int = 12, **changes: Any) -> RenderJob:
    """A job for the animatic engine, of a few small frames."""
    job = a_job(folder)
    request = replace(job.request, duration=1, **changes)
    return replace(job, request=request, spec=replace(job.spec, short_side=90, fps=frames))


def _without_folder(folder: Path) -> RenderJob:
    return replace(_filmed(folder), folder=folder / "nowhere")


def _of_no_picture(folder: Path) -> RenderJob:
    text = folder / "text.png"
    text.write_text("This is no picture.")
    media = RemoteMedia(url="https://example.com/text.png")
    job = _filmed(folder, action=Action.IMAGE2VIDEO, start_image=media)
    return replace(job, inputs={"start_image": text})


_ANIMATIC = EngineCase(
    label="animatic",
    engine=animatic_engine,
    job=_filmed,
    slow_job=partial(_filmed, frames=2000),
    unusable_job=_of_no_picture,
    failing_job=_without_folder,
)

CASES = (
    _scripted("scripted-child", scripted_child),
    _scripted("scripted-loop", a_scripted_loop),
    _ANIMATIC,
)
