"""Renders that are stopped while their order is under way."""

import asyncio
from collections.abc import Sequence
from typing import Any

from filmgate.engines.loop import LoopEngine
from filmgate.ports import TASK_ENDED, RenderedFile, RenderJob
from tests.engines.jobs import RecordingWatch


class StopsWhenOrdering(RecordingWatch):
    """Cancels the render, with this message, as soon as its order is under way."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__()
        self._message = message
        self.rendering: asyncio.Task[Any] | None = None

    async def save_resume_token(self, token: str) -> None:
        """Keep the token; the first is saved before the order is made."""
        await super().save_resume_token(token)
        if len(self.tokens) == 1:
            assert self.rendering is not None
            loop = asyncio.get_running_loop()
            # Twice around the loop the order has begun.
            loop.call_soon(loop.call_soon, self.rendering.cancel, self._message)


async def ended_while_ordering(engine: LoopEngine, job: RenderJob) -> Sequence[RenderedFile]:
    """Render until the order is under way, and then tell that the task has ended."""
    watch = StopsWhenOrdering(TASK_ENDED)
    rendering = asyncio.create_task(engine.render(job, watch))
    watch.rendering = rendering
    return await rendering
