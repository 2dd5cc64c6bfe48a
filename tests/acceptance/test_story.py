"""What a newcomer does, with the real engine: words, photographs, an extension, a callback, any client."""

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import numpy.typing as npt
import pytest
import pytest_asyncio
from PIL import Image
from standardwebhooks.webhooks import Webhook

from filmgate.store.database import Database
from filmgate.store.embedded import EmbeddedPostgres
from tests.acceptance.conftest import Filmgate, Receiver

Start = Callable[..., Awaitable[Filmgate]]
Pixels = npt.NDArray[np.float64]
pytestmark = pytest.mark.timeout(300)


@pytest_asyncio.fixture
async def filmgate(start_filmgate: Start) -> AsyncIterator[Filmgate]:
    """A server with the engine that everybody starts with."""
    yield await start_filmgate()


async def test_curl_gets_a_clip_of_the_documented_shape(filmgate: Filmgate, tmp_path: Path) -> None:
    body = {"model": "kling-v1", "action": "text2video", "prompt": "a cinematic sunset over the ocean"}

    answer = await _curl(filmgate, "/kling/videos", body)

    assert answer["state"] == "succeed"
    assert answer["duration"] == "5.000"
    assert answer["data"]["video_url"] == answer["video_url"]
    clip = await _download(answer["video_url"], tmp_path / "sunset.mp4")
    assert _shape(clip) == ((1280, 720), Fraction(30), 150)


async def test_a_photograph_becomes_a_clip_that_ends_on_another_and_goes_on(
    filmgate: Filmgate, tmp_path: Path
) -> None:
    first, last = _photograph(seed=1), _photograph(seed=2)
    async with filmgate.client() as client:
        made = await client.post(
            "/kling/videos",
            json={
                "action": "image2video",
                "prompt": "gently",
                "start_image_url": _data_url(first),
                "end_image_url": _data_url(last),
            },
        )
        once = await _extend(client, made.json()["video_id"])
        twice = await _extend(client, once["video_id"])
        refused = await client.post(
            "/kling/videos", json={"action": "extend", "video_id": "1", "prompt": "on"}
        )

    original = await _download(made.json()["video_url"], tmp_path / "made.mp4")
    whole = await _download(twice["video_url"], tmp_path / "whole.mp4")
    frames, extended = _frames(original), _frames(whole)
    assert _psnr(frames[0], np.asarray(first.resize((960, 720)))) > 34
    assert _psnr(frames[-1], np.asarray(last.resize((960, 720)))) > 34
    assert _shape(whole) == ((960, 720), Fraction(30), 450)
    assert all(np.array_equal(mine, theirs) for mine, theirs in zip(frames, extended, strict=False))
    assert twice["duration"] == "15.000"
    assert refused.json()["error"]["code"] == "bad_request"


async def test_a_callback_says_what_the_synchronous_answer_says_and_is_signed(
    filmgate: Filmgate, receiver: Receiver
) -> None:
    receiver.answers.append(503)
    async with filmgate.client() as client:
        accepted = await client.post(
            "/kling/videos", json={"prompt": "dawn", "callback_url": receiver.url, "duration": "5"}
        )
        refused_headers, refused_body = await receiver.received.get()
        headers, body = await receiver.received.get()
        record = await client.post("/kling/tasks", json={"id": accepted.json()["task_id"]})

    secret = await _operators_secret(filmgate)
    outcome: dict[str, Any] = Webhook(secret).verify(body, headers)
    assert refused_body == body
    assert refused_headers["webhook-id"] == headers["webhook-id"]
    assert outcome["task_id"] == accepted.json()["task_id"]
    assert outcome["video_url"] == record.json()["response"]["video_url"]
    assert outcome["data"]["id"] == outcome["video_id"]


async def test_sound_is_as_long_as_the_picture(filmgate: Filmgate, tmp_path: Path) -> None:
    body = {
        "model": "kling-v3",
        "duration": 3,
        "generate_audio": True,
        "aspect_ratio": "1:1",
        "prompt": "storm",
    }

    async with filmgate.client() as client:
        answer = await client.post("/kling/videos", json=body)

    clip = await _download(answer.json()["video_url"], tmp_path / "storm.mp4")
    with av.open(str(clip)) as container:
        sound = container.streams.audio[0]
        samples = sum(frame.samples for frame in container.decode(audio=0))
        assert (sound.rate, sound.layout.name) == (48000, "stereo")
        assert samples / sound.rate == pytest.approx(3, abs=1024 / 48000)
    assert _shape(clip) == ((720, 720), Fraction(24), 72)


async def test_what_the_engine_cannot_do_is_refused_by_name(filmgate: Filmgate) -> None:
    video = {"video_url": "https://example.com/a.mp4", "refer_type": "base", "keep_original_sound": "no"}
    body: dict[str, object] = {"model": "kling-v3-omni", "prompt": "two shots", "video_list": [video]}
    body |= {"multi_shot": True, "shot_type": "intelligence"}

    async with filmgate.client() as client:
        answer = await client.post("/kling/videos", json=body)
        tasks = await client.post("/kling/tasks", json={"action": "retrieve_batch"})

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "api_not_implemented"
    assert "multi_shot" in answer.json()["error"]["message"]
    assert tasks.json()["count"] == 0


async def _curl(filmgate: Filmgate, path: str, body: object) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        *("curl", "-sS", filmgate.url + path, "-d", json.dumps(body)),
        *("-H", f"authorization: Bearer {filmgate.key}", "-H", "content-type: application/json"),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    answer: dict[str, Any] = json.loads(printed)
    return answer


async def _extend(client: httpx.AsyncClient, video_id: str) -> dict[str, Any]:
    """Extend as published clients do: with every default in the body."""
    answer = await client.post(
        "/kling/videos",
        json={
            "action": "extend",
            "video_id": video_id,
            "prompt": "and on",
            "duration": 5.0,
            "mode": "std",
            "aspect_ratio": "16:9",
            "generate_audio": False,
        },
    )
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


async def _download(url: str, target: Path) -> Path:
    async with httpx.AsyncClient() as client:
        answer = await client.get(url)
    assert answer.headers["content-type"] == "video/mp4"
    target.write_bytes(answer.content)  # noqa: ASYNC240 - nothing else runs here.
    return target


async def _operators_secret(filmgate: Filmgate) -> str:
    # Attaches to the server that runs, as `filmgate keys` does.
    async with EmbeddedPostgres(filmgate.data / "database") as postgres:
        database = Database(postgres.url)
        await database.open()
        row = await database.row("SELECT webhook_secrets FROM account WHERE is_operator")
        await database.close()
    assert row is not None
    return str(row["webhook_secrets"][0])


def _shape(clip: Path) -> tuple[tuple[int, int], Fraction, int]:
    with av.open(str(clip)) as container:
        video = container.streams.video[0]
        n_frames = sum(1 for _ in container.decode(video=0))
        assert video.average_rate is not None
        return (video.width, video.height), video.average_rate, n_frames


def _frames(clip: Path) -> list[npt.NDArray[np.uint8]]:
    with av.open(str(clip)) as container:
        return [np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) for frame in container.decode(video=0)]


def _psnr(one: npt.NDArray[np.uint8], other: npt.NDArray[np.uint8]) -> float:
    error: Pixels = (one.astype(float) - other.astype(float)) ** 2
    return float(10 * np.log10(255**2 / error.mean()))


def _photograph(*, seed: int) -> Image.Image:
    """A 4:3 picture with light, texture and depth enough to see motion in it."""
    random = np.random.default_rng(seed)
    coarse = random.integers(30, 225, (9, 12, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((800, 600), Image.Resampling.BICUBIC)


def _data_url(picture: Image.Image) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
