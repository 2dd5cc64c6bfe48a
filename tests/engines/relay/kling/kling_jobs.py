"""Jobs for the hosted service."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from filmgate.domain.requests import Action, GenerationRequest, Mode
from filmgate.ports import RenderJob
from tests.domain.matrix import CATALOG
from tests.engines.jobs import a_job


def a_kling_job(
    folder: Path, *, model: str = "kling-v1-6", resume_token: str | None = None, **given: Any
) -> RenderJob:
    """A job for a model of the catalogue, with a picture where it begins from one."""
    fields: dict[str, Any] = {
        "action": Action.TEXT2VIDEO,
        "prompt": "a harbour at dawn",
        "duration": 5,
    } | given
    request = GenerationRequest(model=model, mode=Mode.STD, **fields)
    job = a_job(folder, resume_token=resume_token)
    inputs = {}
    if request.start_image is not None:
        inputs["start_image"] = job.folder.parent / "start_image"
        inputs["start_image"].write_bytes(b"\x89PNG\r\n\x1a\n and so on")
    return replace(job, request=request, spec=CATALOG.spec(model, Mode.STD), inputs=inputs)
