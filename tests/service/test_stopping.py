"""An engine whose task was ended, or taken over, while it ordered something: it is told which of the two."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest

from filmgate.ports import TASK_ENDED, RenderedFile, RenderJob, RenderWatch
from tests.http.stage import Stage
from tests.service.studio import Studio
from tests.store.stock import A_MOMENT, NOW, take


class Ordering(Stage):
    """A stage that keeps the name of its order when something has happened to its task meanwhile."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        self.stopped_by: tuple[object, ...] | None = None

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        """See the port."""
        try:
            # Mostly the refused token is what stops it, and now and then the news is quicker.
            await self._meanwhile()
            await watch.save_resume_token("order 1")
        except asyncio.CancelledError as stop:
            self.stopped_by = stop.args
            raise
        return await super().render(job, watch)


@pytest.mark.parametrize(("is_cancelled", "words"), [(True, (TASK_ENDED,)), (False, ())])
async def test_a_token_that_comes_too_late_stops_the_engine_with_word_of_what_happened(
    studio: Studio, is_cancelled: bool, words: tuple[object, ...]
) -> None:
    caller = await studio.stock.caller()
    submitted = await studio.stock.submit(caller)
    claim = await take(studio.stock.queue)

    async def meanwhile() -> None:
        if is_cancelled:
            await studio.stock.tasks.cancel(submitted.task_id, account_id=caller.account_id, now=NOW)
        else:
            await studio.stock.silence(claim)
            await take(studio.stock.worker(lost_after=A_MOMENT))

    stage = Ordering(meanwhile)
    await studio.render(engines={"stage": stage}, progress_every=timedelta(hours=1))(claim)

    assert stage.stopped_by == words
    assert stage.rendered == []
