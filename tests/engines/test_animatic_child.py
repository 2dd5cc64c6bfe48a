"""The animatic renderer where it really runs: in a warm child with limits."""

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import pytest
import pytest_asyncio

from filmgate.domain.errors import InvalidRequest
from filmgate.domain.requests import Action
from filmgate.domain.tasks import FileKind
from filmgate.engines.animatic.engine import animatic_objections
from filmgate.engines.child import ChildEngine
from tests.engines.filming import a_job, a_picture, frames_of
from tests.engines.jobs import RecordingWatch, running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def engine() -> AsyncIterator[ChildEngine]:
    """One warm child that may write to 1 GiB."""
    staged = ChildEngine(
        name="animatic",
        renderer="tests.engines.filming:staged_renderer",
        objections=animatic_objections,
        options={"threads": 2},
        memory_limit_bytes=2**30,
        spare=False,
    )
    async with running(staged) as engine:
        yield engine


async def test_a_child_makes_the_clip_and_its_poster(engine: ChildEngine, tmp_path: Path) -> None:
    picture = a_picture(tmp_path / "start.png")
    job = a_job(tmp_path / "job", inputs={"start_image": picture}, action=Action.IMAGE2VIDEO)
    watch = RecordingWatch()

    clip, poster = await engine.render(job, watch)

    assert (clip.kind, poster.kind) == (FileKind.CLIP, FileKind.POSTER)
    assert clip.clip is not None
    assert clip.clip.duration == Fraction(1)
    assert len(frames_of(clip.path)) == 12
    assert watch.fractions[-1] == 1


async def test_the_same_job_gives_the_same_bytes_in_any_child(engine: ChildEngine, tmp_path: Path) -> None:
    first, second = [
        (await engine.render(a_job(tmp_path / name), RecordingWatch()))[0].path for name in ("one", "two")
    ]

    assert first.read_bytes() == second.read_bytes()


async def test_an_unusable_picture_comes_back_with_its_field(engine: ChildEngine, tmp_path: Path) -> None:
    (tmp_path / "start.png").write_bytes(b"a text")
    job = a_job(tmp_path / "job", inputs={"start_image": tmp_path / "start.png"}, action=Action.IMAGE2VIDEO)

    with pytest.raises(InvalidRequest, match="Image format is invalid: start_image_url"):
        await engine.render(job, RecordingWatch())
