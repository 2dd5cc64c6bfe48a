"""The short form of `make chaos`: everything is killed a few times, and every promise is kept."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.chaos.plan import plan_of
from tests.chaos.run import run
from tests.chaos.site import Ground

# For a machine with much else to do; a run is over long before.
_QUIET_WITHIN_SECONDS = 90


@pytest.fixture
def ground() -> Iterator[Ground]:
    """The folder of a run; kept only where processes still use it."""
    ground = Ground.make()
    yield ground
    ground.remove()


@pytest.mark.timeout(400)
async def test_whatever_is_killed_every_promise_is_kept(ground: Ground) -> None:
    plan = plan_of(7, seconds=10, n_kills=8, n_freezes=1, n_wishes=16)

    summary = await asyncio.wait_for(
        run(plan, ground, planted=None, quiet_within=_QUIET_WITHIN_SECONDS), timeout=380
    )

    assert [str(finding) for finding in summary.findings] == []
    assert summary.n_kills == 8
