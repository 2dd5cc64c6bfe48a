"""What every engine promises, promised by a relay to a server of the OpenAI videos dialect."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from filmgate.domain.requests import Action, RemoteMedia
from filmgate.ports import RenderJob
from filmgate.testing.engine_contract import EngineCase, EngineContract
from tests.engines.relay.openai.conftest import an_engine, an_order
from tests.engines.relay.processes import Upstream


@pytest_asyncio.fixture(scope="class", loop_scope="session")
async def idle_server(one_server: Upstream) -> Upstream:
    """The server, which has forgotten what other tests told it."""
    await one_server.script(reset=True)
    return one_server


class TestOpenAIRelay(EngineContract):
    """The promises."""

    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, idle_server: Upstream) -> EngineCase:
        """A relay to a server that goes by the prompt."""
        return EngineCase(
            label="openai",
            engine=lambda: an_engine(idle_server.url, slots=2),
            job=an_order,
            slow_job=partial(an_order, prompt="slow"),
            unusable_job=_with_no_picture,
            failing_job=partial(an_order, prompt="broken"),
        )


def _with_no_picture(folder: Path) -> RenderJob:
    start = RemoteMedia(url="https://example.com/harbour.jpg")
    job = an_order(folder, action=Action.IMAGE2VIDEO, start_image=start)
    path = job.folder / "start_image"
    path.write_bytes(b"\x89PNG and no more")
    return replace(job, inputs={"start_image": path})
