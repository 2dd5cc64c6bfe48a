"""How a worker learns that an engine ails, and tells it."""

import asyncio
from collections.abc import Mapping

from filmgate.domain.errors import EngineFailed
from tests.http.stage import Stage
from tests.service.studio import Studio


class Checked(Stage):
    """A stage whose check raises what it is told to; with an event it waits for that instead."""

    def __init__(self, name: str, complaint: Exception | asyncio.Event | None) -> None:
        super().__init__(name)
        self.complaint = complaint

    async def check(self) -> None:
        match self.complaint:
            case asyncio.Event():
                await self.complaint.wait()
            case Exception():
                raise self.complaint


async def _ailing(studio: Studio, *stages: Stage) -> Mapping[str, str]:
    health = studio.health()
    await health.look({stage.name: stage for stage in stages})
    return health.ailing()


async def test_engines_that_complain_hang_or_break_ail_and_the_others_are_well(studio: Studio) -> None:
    ailing = await _ailing(
        studio,
        Checked("well", None),
        Checked("down", EngineFailed("The upstream is\x00 away.")),
        Checked("hangs", asyncio.Event()),
        Checked("bug", KeyError("status")),
    )

    assert ailing == {
        "down": "The upstream is  away.",
        "hangs": "It does not answer within 0.05 s.",
        "bug": "KeyError",
    }


async def test_an_engine_that_answers_again_is_well(studio: Studio) -> None:
    stage, health = Checked("late", EngineFailed("It is away.")), studio.health()
    await health.look({"late": stage})
    stage.complaint = None

    await health.look({"late": stage})

    assert health.ailing() == {}


async def test_a_worker_tells_everybody_that_an_engine_ails(studio: Studio) -> None:
    stage = Checked("late", EngineFailed("It is away."))

    async with studio.working(engines={"late": stage}):
        await studio.stock.until("SELECT ailing ->> 'late' = 'It is away.' FROM worker")
        told = await studio.stock.queue.live_engines()

    assert told == {"late": "It is away."}
