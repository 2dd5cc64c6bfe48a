"""What every engine promises, promised by a relay to another Filmgate."""

from functools import partial

import pytest
import pytest_asyncio

from filmgate.testing.engine_contract import EngineCase, EngineContract
from tests.acceptance.conftest import Filmgate
from tests.engines.relay.filmgate.conftest import an_engine
from tests.engines.relay.filmgate.orders import an_order
from tests.engines.relay.processes import Upstream


@pytest_asyncio.fixture(scope="class", loop_scope="session")
async def idle_proxy(one_proxy: Upstream) -> Upstream:
    """The proxy, which has forgotten what other tests told it."""
    await one_proxy.script(reset=True, faults={}, is_deaf_to_keys=False)
    return one_proxy


class TestFilmgateRelay(EngineContract):
    """The promises."""

    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, idle_proxy: Upstream, one_filmgate: Filmgate) -> EngineCase:
        """A relay to a Filmgate whose renderer goes by the prompt."""
        return EngineCase(
            label="filmgate",
            engine=lambda: an_engine(idle_proxy.url, api_key=one_filmgate.key, slots=2),
            job=an_order,
            slow_job=partial(an_order, prompt="script: steps=40 pause=0.05"),
            unusable_job=partial(an_order, prompt="script: then=refuse"),
            failing_job=partial(an_order, prompt="script: then=crash"),
        )
