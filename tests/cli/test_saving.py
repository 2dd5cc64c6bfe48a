"""A video gets a name of its own, and no file is ever overwritten or left half-written."""

import asyncio
from pathlib import Path

import httpx
import pytest
import typer

from filmgate.cli.client import Client
from filmgate.cli.ending import CommandFailed, Refused, ServerAway
from filmgate.cli.saving import save, wanted_path


def _client(answer: httpx.Response | httpx.TransportError) -> Client:
    def respond(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, httpx.TransportError):
            raise answer
        return answer

    http = httpx.AsyncClient(
        transport=httpx.MockTransport(respond), headers={"authorization": "Bearer secret"}
    )
    return Client(http, url="http://films.example")


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("prompt", "name"),
    [
        ("A cinematic sunset, over the ocean!", "a-cinematic-sunset-over-the-ocean.mp4"),
        ("../../etc/passwd", "etc-passwd.mp4"),
        ("Été à Nîmes", "été-à-nîmes.mp4"),
        ("!?", "video.mp4"),
        ("word " * 100, "word-word-word-word-word-word-word-word-word-wor.mp4"),
    ],
)
def test_the_prompt_names_the_file(prompt: str, name: str, tmp_path: Path) -> None:
    assert wanted_path(tmp_path, prompt=prompt) == tmp_path / name


def test_a_given_file_name_is_kept(tmp_path: Path) -> None:
    assert wanted_path(tmp_path / "out.mov", prompt="x") == tmp_path / "out.mov"


def test_a_missing_folder_is_refused_before_anything_is_rendered(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter, match="there is no folder"):
        wanted_path(tmp_path / "gone" / "out.mp4", prompt="x")


async def test_videos_of_one_name_get_numbers(tmp_path: Path) -> None:
    wanted = tmp_path / "sea.mp4"
    client = _client(httpx.Response(200, content=b"film"))

    paths = await asyncio.gather(*(save(client, "http://films.example/a", wanted) for _ in range(3)))

    assert len(set(paths)) == 3
    assert [path.read_bytes() for path in paths] == [b"film"] * 3
    assert _names(tmp_path) == ["sea-2.mp4", "sea-3.mp4", "sea.mp4"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(410, json={"error": {"code": "expired", "message": "Gone."}}), Refused),
        (httpx.Response(502, text="<html>bad gateway</html>"), Refused),
        (httpx.ReadError("cut"), ServerAway),
    ],
)
async def test_a_download_that_fails_leaves_nothing(
    answer: httpx.Response | httpx.TransportError, error: type[CommandFailed], tmp_path: Path
) -> None:
    with pytest.raises(error):
        await save(_client(answer), "http://films.example/a", tmp_path / "sea.mp4")

    assert _names(tmp_path) == []


async def test_a_video_that_cannot_be_written_is_not_lost(tmp_path: Path) -> None:
    client = _client(httpx.Response(200, content=b"film"))

    with pytest.raises(CommandFailed, match=r"could not be saved.*It is at http://films\.example/a"):
        await save(client, "http://films.example/a", tmp_path / "gone" / "sea.mp4")


async def test_the_key_stays_away_from_where_files_lie() -> None:
    seen: list[httpx.Headers] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(404, json={"error": {"code": "not_found", "message": "No."}})

    http = httpx.AsyncClient(transport=httpx.MockTransport(note), headers={"authorization": "Bearer secret"})

    with pytest.raises(Refused):
        await Client(http, url="http://films.example").download("http://bucket.example/a", Path("unused"))

    assert "authorization" not in seen[0]
