"""The programs of the try-it page, run as people run them, against a Filmgate that listens."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from filmgate.domain.errors import EngineFailed
from filmgate.http.console.snippets import LANGUAGES, Language, snippet
from tests.conftest import fresh_database
from tests.console.runtimes import Run, languages_here, need, run
from tests.http.sockets import Server, listening

BODY: dict[str, Any] = {
    "action": "text2video",
    "model": "kling-v3",
    "prompt": "a \"quiet\" sea, 夜の海 🎬\n`ticks` 'n' $HOME ${x} $(id) \\ %s <?php ?> */ \u2028",
    "duration": 5,
    "cfg_scale": 0.5,
    "camera_control": {"type": "simple", "config": {"horizontal": 5, "zoom": -2}},
    "generate_audio": True,
    "watermark_info": None,
}

every_language = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


@pytest_asyncio.fixture(scope="module")
async def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server for all programs."""
    data = tmp_path_factory.mktemp("snippets")
    async with fresh_database(postgres) as url, listening(url, data) as server:
        yield server


async def _run(language: Language, body: dict[str, Any], *, server: Server, folder: Path) -> Run:
    program = snippet(language, origin=f"http://{server.host}", body=body)
    return await run(language, program, folder=folder / language.id, key=server.filmgate.local_key)


async def _run_all(
    languages: Sequence[Language], body: dict[str, Any], *, server: Server, folder: Path
) -> list[Run]:
    """Run them side by side: each waits some seconds between two looks at its task."""
    return await asyncio.gather(
        *(_run(language, body, server=server, folder=folder) for language in languages)
    )


async def _newest(server: Server) -> dict[str, Any]:
    reply = await server.ask(server.post("/kling/tasks", {"action": "retrieve_batch", "limit": 1}))
    record: dict[str, Any] = reply.json()["items"][0]
    return record


@every_language
async def test_a_program_sends_its_body_and_prints_the_url_of_the_clip(
    language: Language, server: Server, tmp_path: Path
) -> None:
    need(language)

    ran = await _run(language, BODY, server=server, folder=tmp_path)

    record = await _newest(server)
    assert ran.status == 0, ran.errors
    assert record["request"] == BODY
    assert _url(language, ran) == record["response"]["video_url"]


@every_language
async def test_a_refusal_ends_the_program_with_its_code_and_message(
    language: Language, server: Server, tmp_path: Path
) -> None:
    need(language)

    ran = await _run(language, {"prompt": "sea", "mode": "4k"}, server=server, folder=tmp_path)

    code, message = "bad_request", 'mode "4k" is only supported by kling-v3 and kling-v3-omni'
    assert ran.status != 0
    assert _complaint(language, ran).startswith(f"{code}: {message}")


async def test_a_program_asks_for_an_asynchronous_task_until_it_has_ended(
    server: Server, tmp_path: Path
) -> None:
    here = _those_that_wait()

    runs = await _run_all(here, BODY | {"async": True}, server=server, folder=tmp_path)

    for language, ran in zip(here, runs, strict=True):
        assert (language.id, ran.status, ran.errors) == (language.id, 0, "")
        assert _url(language, ran).endswith(".mp4")


@pytest.mark.parametrize("is_asynchronous", [False, True], ids=["held", "asynchronous"])
async def test_a_failed_task_ends_the_program_with_its_code_and_message(
    server: Server, tmp_path: Path, is_asynchronous: bool
) -> None:
    server.stage.scene("a doomed ship").fail(EngineFailed('The "bow" broke.'))
    here = _those_that_wait()

    runs = await _run_all(
        here, {"prompt": "a doomed ship", "async": is_asynchronous}, server=server, folder=tmp_path
    )
    server.stage.forget("a doomed ship")

    for language, ran in zip(here, runs, strict=True):
        assert (language.id, ran.status, ran.output) == (language.id, 1, "")
        assert _complaint(language, ran) == 'api_error: The "bow" broke.'


@pytest.mark.parametrize("asking", [{"async": True}, {"callback_url": "https://example.com/hook"}])
async def test_curl_shows_how_to_look_an_asynchronous_task_up(
    server: Server, tmp_path: Path, asking: dict[str, Any]
) -> None:
    curl = LANGUAGES["curl"]
    need(curl)

    ran = await _run(curl, BODY | asking, server=server, folder=tmp_path)

    accepted, record = map(json.loads, ran.output.split("\n"))
    assert ran.status == 0
    assert (record["id"], record["request"]) == (accepted["task_id"], BODY | asking)


@every_language
async def test_a_wrong_key_ends_even_a_program_that_would_wait(
    language: Language, server: Server, tmp_path: Path
) -> None:
    need(language)
    program = snippet(language, origin=f"http://{server.host}/", body=BODY | {"async": True})

    ran = await run(language, program, folder=tmp_path, key="wrong")

    assert ran.status != 0
    assert _complaint(language, ran).startswith("invalid_token: ")


async def test_go_programs_are_formatted_as_gofmt_does(tmp_path: Path) -> None:
    go = LANGUAGES["go"]
    need(go)
    for asking in ({}, {"async": True}):
        source = tmp_path / f"{len(asking)}.go"
        source.write_text(snippet(go, origin="https://films.example", body=BODY | asking))

    gofmt = await asyncio.create_subprocess_exec("gofmt", "-d", str(tmp_path), stdout=subprocess.PIPE)

    assert (await gofmt.communicate())[0] == b""


def _those_that_wait() -> list[Language]:
    # Of what is asynchronous, cURL shows a single look.
    return [language for language in languages_here() if language.id != "curl"]


def _url(language: Language, ran: Run) -> str:
    return str(json.loads(ran.output)["video_url"]) if language.id == "curl" else ran.output.strip()


def _complaint(language: Language, ran: Run) -> str:
    if language.id == "curl":
        error = json.loads(ran.output)["error"]
        return f"{error['code']}: {error['message']}"
    # `go run` adds the exit status on a line of its own.
    return ran.errors.splitlines()[0]
