"""Every URL of the corpus is refused at create, as a picture and as a callback, in the documented shape."""

import socket
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.http.conftest import working
from tests.http.stage import Caller
from tests.media.hostile import HOSTILE_URLS, OPEN_URLS

PLACES: dict[str, dict[str, Any]] = {
    "start_image_url": {"action": "image2video"},
    "callback_url": {},
}

OPENED = ["http://10.20.0.1/", "http://10.20.255.255:8080/", "http://[fd00:1::1]/", "http://hooks.localhost/"]
STILL_CLOSED = [
    "http://10.21.0.1/",
    "http://127.0.0.1/",
    "http://localhost/",
    "http://other.localhost/",
    "http://[fd00:2::1]/",
    "http://[::ffff:10.20.0.1]/",
    "http://10.20.1/",
    "http://10.20.0.1:25/",
]


def test_the_corpus_is_long_enough_to_be_trusted() -> None:
    urls = [url for group in HOSTILE_URLS.values() for url in group]

    assert len(urls) == len(set(urls)) >= 150


@pytest.mark.parametrize("field", PLACES)
@pytest.mark.parametrize("words", HOSTILE_URLS)
async def test_a_hostile_url_is_the_callers_mistake_and_names_the_field(
    onlooker: Caller, words: str, field: str
) -> None:
    for url in HOSTILE_URLS[words]:
        answer = await onlooker.create("a quiet sea", **PLACES[field], **{field: url})

        assert answer.status_code == 400, url
        message = answer.json()["error"]["message"]
        assert answer.json() == {
            "success": False,
            "trace_id": str(UUID(answer.headers["x-trace-id"])),
            "error": {"code": "bad_request", "message": message},
        }
        assert message.startswith(field), url
        assert words in message.replace(" or a data:image/…;base64, URL of a JPEG, PNG or WebP", ""), url


@pytest.mark.parametrize("field", PLACES)
async def test_nothing_is_said_against_a_url_that_only_the_network_can_judge(
    onlooker: Caller, field: str
) -> None:
    for url in OPEN_URLS:
        answer = await onlooker.post("/kling/price", {"prompt": "a quiet sea", **PLACES[field], field: url})

        assert answer.status_code == 200, (url, answer.text)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"video_list": [{"video_url": "http://10.0.0.1/v.mp4"}]}, ["video_list[0].video_url"]),
        (
            {"image_list": [{"image_url": "http://a.example/"}, {"image_url": "http://10.0.0.1/"}]},
            ["image_list[1].image_url"],
        ),
        ({"element_list": [{"image_url": "http://0x7f.1/"}]}, ["element_list[0].image_url"]),
        (
            {"callback_url": "http://10.0.0.1/", "element_list": [{"image_url": "http://[::1]/"}]},
            ["element_list[0].image_url", "callback_url"],
        ),
    ],
)
async def test_every_place_for_a_url_is_checked_and_all_are_named_at_once(
    onlooker: Caller, body: dict[str, Any], fields: list[str]
) -> None:
    answer = await onlooker.create("a quiet sea", model="kling-v3-omni", **body)

    message = answer.json()["error"]["message"]
    assert answer.status_code == 400
    assert [message.find(field) >= 0 for field in fields] == [True] * len(fields), message
    assert message.index(fields[0]) == 0


async def test_secrets_of_a_refused_url_are_not_repeated(onlooker: Caller) -> None:
    answer = await onlooker.create("a quiet sea", callback_url="http://10.0.0.1/hook?token=s3cret#s3cret")

    assert answer.status_code == 400
    assert "s3cret" not in answer.text


async def test_a_clip_of_ours_is_accepted_by_whatever_address_its_maker_reaches_us(operator: Caller) -> None:
    task_id = await operator.begin("a quiet sea")
    record = await operator.ended(task_id)
    name = record["response"]["video_url"].rpartition("/")[2]

    async def price_with(file: str) -> int:
        reference = {"video_url": f"http://127.0.0.1:8000/files/{file}", "refer_type": "feature"}
        body = {"prompt": "dawn", "model": "kling-v3-omni", "video_list": [reference]}
        return (await operator.post("/kling/price", body)).status_code

    assert await price_with(name) == 200
    assert await price_with(f"{'0' * 32}.mp4") == 400


async def test_the_operator_opens_what_is_named_and_nothing_else(database_url: str, tmp_path: Path) -> None:
    allow = ("10.20.0.0/16", "fd00:1::/32", "hooks.localhost")

    async with working(database_url, tmp_path, egress_allow=allow) as caller:

        async def status(url: str) -> int:
            answer = await caller.post("/kling/price", {"prompt": "dawn", "callback_url": url})
            return answer.status_code

        assert [await status(url) for url in OPENED] == [200] * len(OPENED)
        assert [await status(url) for url in STILL_CLOSED] == [400] * len(STILL_CLOSED)


async def test_a_callback_that_finds_nobody_does_not_fail_its_task(database_url: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/health"

    async with working(database_url, tmp_path, egress_allow=("127.0.0.1",)) as caller:
        task_id = await caller.begin("a quiet sea", callback_url=url)
        record = await caller.ended(task_id)

    assert record["response"]["success"] is True
