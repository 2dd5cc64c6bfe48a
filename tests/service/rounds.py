"""Stages that refuse and break by a script, and attempts one after the other without their pauses."""

from collections.abc import Sequence

from filmgate.domain.errors import FilmgateError, NotAccepted
from filmgate.domain.tasks import Task
from filmgate.ports import Engine, RenderedFile, RenderJob, RenderWatch
from filmgate.service.render import Render
from tests.http.stage import Stage
from tests.service.studio import Studio
from tests.store.stock import take

FULL = "The upstream has no room."


class Saying(Stage):
    """A stage that says these things one after the other, before it makes a clip."""

    def __init__(self, name: str, *faults: FilmgateError, token: str | None = None) -> None:
        super().__init__(name)
        self._faults = list(faults)
        self._token = token

    async def render(self, job: RenderJob, watch: RenderWatch) -> Sequence[RenderedFile]:
        if self._token is not None:
            await watch.save_resume_token(self._token)
        files = await super().render(job, watch)
        if self._faults:
            raise self._faults.pop(0)
        return files


def never(name: str) -> Saying:
    """A stage that takes no job."""
    return Saying(name, *[NotAccepted(FULL).quoting(1303, "parallel task over resource pack limit")] * 99)


async def attempt(studio: Studio, render: Render, engine: str) -> Task:
    """Let every pause be over, make one attempt in this engine, and return what became of the task."""
    await studio.stock.database.fetch("UPDATE pgqueuer SET execute_after = now() - interval '1 second'")
    claim = await take(studio.stock.queue, engine)
    await render(claim)
    return await studio.stock.known(claim.task.task_id)


async def serve(studio: Studio, *names: str, **ailing: str) -> None:
    """Let a living worker serve these engines."""
    await studio.stock.worker().heartbeat([], engines=names, ailing=ailing)


def by_name(*stages: Stage) -> dict[str, Engine]:
    return {stage.name: stage for stage in stages}
