"""Measuring clips of our own making."""

from pathlib import Path

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.domain.tasks import ClipFacts
from filmgate.engines.probe import clip_facts


async def measured_here(path: Path) -> ClipFacts:
    """Measure a clip without the second that a child takes to start."""
    try:
        return clip_facts(path, field="the clip")
    except InvalidRequest as error:
        raise EngineFailed(f"The upstream's clip cannot be used: {error}") from error
