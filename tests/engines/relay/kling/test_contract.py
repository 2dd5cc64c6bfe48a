"""What every engine promises, promised by a relay to the hosted Kling service."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio

from filmgate.domain.requests import RemoteMedia, VideoReference, VideoUse
from filmgate.ports import RenderJob
from filmgate.testing.engine_contract import EngineCase, EngineContract
from tests.engines.relay.kling.conftest import an_engine
from tests.engines.relay.kling.kling_jobs import a_kling_job
from tests.engines.relay.processes import Upstream


@pytest_asyncio.fixture(scope="class", loop_scope="session")
async def idle_service(one_service: Upstream) -> Upstream:
    """The service, which has forgotten what other tests told it."""
    await one_service.script(reset=True, faults={}, n_polls=1, n_dead_links=0, ending={"state": "succeed"})
    return one_service


class TestKlingRelay(EngineContract):
    """The promises."""

    @pytest.fixture(scope="class")
    @classmethod
    def case(cls, idle_service: Upstream) -> EngineCase:
        """A relay to a service that goes by the prompt."""
        return EngineCase(
            label="kling",
            engine=lambda: an_engine(idle_service.url, slots=2),
            job=a_kling_job,
            slow_job=partial(a_kling_job, prompt="slow"),
            unusable_job=_with_no_video,
            failing_job=partial(a_kling_job, prompt="broken"),
        )


def _with_no_video(folder: Path) -> RenderJob:
    clip = RemoteMedia(url="https://example.com/harbour.mp4")
    edited = VideoReference(video=clip, use=VideoUse.BASE, keep_original_sound=True)
    job = a_kling_job(folder, model="kling-v3-omni", videos=(edited,))
    path = job.folder / "video_1"
    path.write_bytes(b"no video at all")
    return replace(job, inputs={"video_1": path})
