"""The short form of `make chaos`: everything is killed once, and every promise is kept."""

import asyncio

import pytest

from tests.chaos.plan import Victim, plan_of
from tests.chaos.run import run
from tests.chaos.site import Ground

# For a machine with much else to do; a run is over long before.
_QUIET_WITHIN_SECONDS = 90


@pytest.mark.timeout(400)
async def test_whatever_is_killed_every_promise_is_kept() -> None:
    # Drawn among short plans for one that hits everything once, and in which clients cancel and extend.
    ground, plan = Ground.make(), plan_of(193, seconds=6, n_kills=7, n_freezes=1, n_wishes=12)
    assert {strike.victim for strike in plan.strikes} == set(Victim)

    summary = await asyncio.wait_for(
        run(plan, ground, planted=None, quiet_within=_QUIET_WITHIN_SECONDS), timeout=380
    )

    # What it left is worth more than a line of each finding; it stays for whoever looks into them.
    assert [str(finding) for finding in summary.findings] == [], ground.folder
    assert summary.n_kills == 7
    ground.remove()
