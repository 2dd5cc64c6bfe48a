"""Clips on their way home: downloads that break off, files that are none, links that have run out."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from filmgate.domain.errors import EngineFailed
from filmgate.engines.loop import LoopEngine
from tests.engines.jobs import RecordingWatch
from tests.engines.relay.openai.conftest import an_order
from tests.engines.relay.processes import Upstream

StartEngine = Callable[..., Awaitable[LoopEngine]]


@pytest.mark.parametrize(
    "fault",
    [{"how": "drop"}, {"how": "drip"}, {"breaks": 100}, {"status": 500}, {"status": 403}, {"status": 404}],
    ids=json.dumps,
)
async def test_a_download_that_breaks_off_begins_anew(
    server: Upstream, start_engine: StartEngine, tmp_path: Path, fault: dict[str, Any]
) -> None:
    await server.script(faults={"content": [fault]})

    (clip,) = await (await start_engine(download_within=0.5)).render(an_order(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert clip.clip.duration == 1


async def test_a_file_that_is_cut_short_is_no_clip(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"content": [{"bytes": 0.7}]})

    with pytest.raises(EngineFailed, match="cannot be used"):
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())


async def test_a_page_that_says_it_is_a_clip_is_none(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"content": [{"status": 200}]})

    with pytest.raises(EngineFailed, match="cannot be read as MP4"):
        await (await start_engine()).render(an_order(tmp_path), RecordingWatch())


async def test_a_link_that_has_run_out_is_asked_for_afresh_and_its_host_gets_no_key(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    elsewhere = f"{server.url.replace('127.0.0.1', 'localhost')}/elsewhere/video_1"
    await server.script(faults={"content": [{"status": 410}, {"to": elsewhere}]})

    (clip,) = await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert "GET /elsewhere/video_1 no key" in (await server.seen())["asked"]


async def test_a_clip_that_is_kept_elsewhere_is_fetched_from_there(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    url = f"{server.url}/elsewhere/video_1"
    await server.script(faults={"content": [{"status": 404}] * 3}, ending={"status": "completed", "url": url})

    (clip,) = await (await start_engine()).render(an_order(tmp_path), RecordingWatch())

    assert clip.clip is not None
    assert "GET /elsewhere/video_1 no key" in (await server.seen())["asked"]


async def test_a_clip_that_the_server_keeps_to_itself_for_a_while_is_not_ordered_again(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"content": [{"status": 403}] * 3})
    engine, job, watch = await start_engine(), an_order(tmp_path), RecordingWatch()
    with pytest.raises(EngineFailed, match="could not be fetched"):
        await engine.render(job, watch)

    await engine.render(replace(job, resume_token=watch.tokens[-1]), RecordingWatch())

    assert len((await server.seen())["orders"]) == 1


async def test_a_clip_that_is_gone_from_a_server_that_is_ours_is_ordered_again(
    server: Upstream, start_engine: StartEngine, tmp_path: Path
) -> None:
    await server.script(faults={"content": [{"status": 404}] * 3})
    engine, job, watch = await start_engine(), an_order(tmp_path), RecordingWatch()

    with pytest.raises(EngineFailed, match="could not be fetched"):
        await engine.render(job, watch)

    await engine.render(replace(job, resume_token=watch.tokens[-1]), RecordingWatch())
    assert len((await server.seen())["orders"]) == 2
