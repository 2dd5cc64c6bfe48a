from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from tests.conftest import fresh_database
from tests.http.conftest import working
from tests.http.stage import CLIP, POSTER, Caller, HandWoundClock
from tests.http.test_refusals import refusal


@pytest_asyncio.fixture(scope="module")
async def clip(
    postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """Someone without a key, and the URL of a clip."""
    async with fresh_database(postgres) as url, working(url, tmp_path_factory.mktemp("files")) as operator:
        answer = await operator.create("A quiet sea, at 5 o'clock!")
        operator.client.headers.pop("authorization")
        yield operator.client, answer.json()["video_url"]


Clip = tuple[httpx.AsyncClient, str]


async def test_a_clip_is_sent_whole_with_all_a_player_needs(clip: Clip) -> None:
    client, url = clip

    answer = await client.get(url)

    assert answer.status_code == 200
    assert answer.content == CLIP
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(CLIP))
    assert answer.headers["content-disposition"] == 'inline; filename="a-quiet-sea-at-5-o-clock.mp4"'
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" in answer.headers


async def test_head_says_the_same_without_the_clip(clip: Clip) -> None:
    client, url = clip

    answer = await client.head(url)

    assert answer.status_code == 200
    assert answer.content == b""
    assert answer.headers["content-length"] == str(len(CLIP))


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, 10239),
        ("bytes=-5", 10235, 10239),
        ("BYTES=5-99999", 5, 10239),
    ],
)
async def test_a_range_is_sent_as_such(clip: Clip, asked: str, first: int, last: int) -> None:
    client, url = clip

    answer = await client.get(url, headers={"range": asked})

    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {first}-{last}/{len(CLIP)}"
    assert answer.content == CLIP[first : last + 1]


async def test_a_range_past_the_end_cannot_be_satisfied(clip: Clip) -> None:
    client, url = clip

    answer = await client.get(url, headers={"range": "bytes=10240-"})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(CLIP)}"
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("asked", ["bytes", "bytes=", "bytes=x-y", "lines=1-2", "bytes=9-5", "bytes=-"])
async def test_a_range_that_makes_no_sense_is_as_good_as_none(clip: Clip, asked: str) -> None:
    client, url = clip

    answer = await client.get(url, headers={"range": asked})

    assert (answer.status_code, answer.content) == (200, CLIP)


async def test_a_range_of_another_version_is_sent_whole(clip: Clip) -> None:
    client, url = clip

    answer = await client.get(url, headers={"range": "bytes=0-9", "if-range": '"another"'})

    assert (answer.status_code, answer.content) == (200, CLIP)


async def test_the_poster_can_be_had_as_well(operator: Caller) -> None:
    record = await operator.ended(await operator.begin("夕日"))

    answer = await operator.client.get(record["data"]["poster_url"])

    assert answer.content == POSTER
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["content-disposition"] == 'inline; filename="text2video.jpg"'


@pytest.mark.parametrize(
    "name", ["nothing.mp4", f"{'0' * 32}.mp4", "%00.mp4", "..%2f..%2flocal.key", "%ff", "a" * 9000]
)
async def test_a_file_that_never_was_is_not_found(clip: Clip, name: str) -> None:
    client, _ = clip

    answer = await client.get(f"/files/{name}")

    assert refusal(answer)[0] == 404
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_file_past_its_retention_is_gone(database_url: str, tmp_path: Path) -> None:
    clock = HandWoundClock()
    async with working(database_url, tmp_path, clock=clock, retention_days=1) as operator:
        url = (await operator.create()).json()["video_url"]
        clock.advance(timedelta(days=1, seconds=1))

        answer = await operator.client.get(url)

    assert refusal(answer)[:2] == (410, "expired")
    assert "kept for 1 day" in refusal(answer)[2]


async def test_a_file_whose_bytes_were_lost_is_gone(operator: Caller) -> None:
    url = (await operator.create()).json()["video_url"]
    for path in operator.filmgate.settings.data.glob("objects/**/clip.mp4"):
        path.unlink()

    answer = await operator.client.get(url)

    assert refusal(answer)[:2] == (410, "expired")
