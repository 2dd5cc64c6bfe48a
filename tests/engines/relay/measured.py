"""Measuring clips of our own making."""

import asyncio
from pathlib import Path

from filmgate.domain.errors import EngineFailed, InvalidRequest
from filmgate.domain.tasks import ClipFacts
from filmgate.engines.probe import clip_facts
from filmgate.engines.relay.conforming import made_into
from filmgate.engines.relay.wanted import Examined, Wanted


async def measured_here(path: Path) -> ClipFacts:
    """Measure a clip without the second that a child takes to start."""
    try:
        return clip_facts(path, field="the clip")
    except InvalidRequest as error:
        raise EngineFailed(f"The upstream's clip cannot be used: {error}") from error


async def conformed_here(path: Path, target: Path, *, wanted: Wanted) -> Examined:
    """Make a clip into what is wanted, without that second."""
    try:
        return await asyncio.to_thread(made_into, target, source=path, wanted=wanted)
    except (InvalidRequest, EngineFailed) as error:
        raise EngineFailed(f"The upstream's clip cannot be used: {error}") from error
