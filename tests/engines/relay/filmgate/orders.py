"""Jobs for a Filmgate behind ours."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.ports import RenderJob
from tests.domain.matrix import CATALOG
from tests.engines.jobs import a_job


def an_order(folder: Path, *, prompt: str = "", **given: Any) -> RenderJob:
    """A job with a prompt of its own, by which its upstream task is told from others."""
    job = a_job(folder)
    fields: dict[str, Any] = {"action": Action.TEXT2VIDEO, "model": "kling-v1", "duration": 5} | given
    request = GenerationRequest(mode=Mode.STD, prompt=prompt or f"a harbour, {job.task_id}", **fields)
    return replace(job, request=request, spec=CATALOG.spec(request.model, Mode.STD))
