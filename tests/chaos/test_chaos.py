"""The short form of `make chaos`: everything is killed a few times, and every promise is kept."""

import asyncio

import pytest

from tests.chaos.plan import plan_of
from tests.chaos.run import run
from tests.chaos.site import Ground

# For a machine with much else to do; a run is over long before.
_QUIET_WITHIN_SECONDS = 90


@pytest.mark.timeout(400)
async def test_whatever_is_killed_every_promise_is_kept() -> None:
    ground, plan = Ground.make(), plan_of(7, seconds=10, n_kills=8, n_freezes=1, n_wishes=16)

    summary = await asyncio.wait_for(
        run(plan, ground, planted=None, quiet_within=_QUIET_WITHIN_SECONDS), timeout=380
    )

    # What it left is worth more than a line of each finding; it stays for whoever looks into them.
    assert [str(finding) for finding in summary.findings] == [], ground.folder
    assert summary.n_kills == 8
    ground.remove()
