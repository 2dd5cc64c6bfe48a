"""Jobs for scripted children, and how soon they begin."""

import asyncio
from pathlib import Path
from typing import Any

from filmgate.engines.child import ChildEngine
from filmgate.testing.jobs import SPEC, RecordingWatch, a_job, a_request, running
from tests.engines.scripted import BEGUN

__all__ = ["SPEC", "RecordingWatch", "a_job", "a_request", "running", "scripted_child", "start_latency"]


def scripted_child(**changes: Any) -> ChildEngine:
    """An engine of scripted children; `changes` are arguments of `ChildEngine`."""
    plain: dict[str, Any] = {
        "name": "scripted",
        "renderer": "tests.engines.scripted:ScriptedRenderer",
        "objections": lambda request, spec: (),
    }
    return ChildEngine(**plain | changes)


async def start_latency(engine: ChildEngine, folder: Path) -> float:
    """Render a job and return the seconds from the call to the renderer's first instruction."""
    job = a_job(folder)
    called = asyncio.get_running_loop().time()
    await engine.render(job, RecordingWatch())
    return float((job.folder / BEGUN).read_text().split()[0]) - called
