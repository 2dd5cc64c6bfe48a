"""Which server is asked, with which key, and how its refusals read."""

from pathlib import Path

import httpx
import pytest

from filmgate.cli.client import Client
from filmgate.cli.connection import connected
from filmgate.cli.ending import CommandFailed, Refused, ServerAway
from filmgate.settings import Settings
from tests.cli.conftest import Server


async def _newest(**settings: object) -> list[object]:
    async with connected(Settings.model_validate(settings), renders=False) as client:
        return list(await client.newest(1))


async def test_the_server_on_the_data_folder_is_found_with_its_key(server: Server) -> None:
    task_id = await server.make("found")

    [newest] = await _newest(data=server.data)

    assert isinstance(newest, dict)
    assert newest["id"] == task_id


async def test_a_named_server_on_this_machine_takes_the_local_key(server: Server) -> None:
    assert len(await _newest(data=server.data, server=server.url)) <= 1


async def test_the_local_key_is_not_shown_to_other_machines(server: Server) -> None:
    with pytest.raises(CommandFailed, match=r"films\.example needs a key"):
        await _newest(data=server.data, server="http://films.example")


async def test_a_missing_local_key_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(CommandFailed, match=r"local\.key \(No such file or directory\): give --key"):
        await _newest(data=tmp_path, server=server.url)


async def test_a_look_into_a_folder_that_is_not_there_makes_none(tmp_path: Path) -> None:
    settings = Settings.model_validate({"data": tmp_path / "mistyped"})

    with pytest.raises(CommandFailed, match=r"no data folder .*mistyped: name another with --data"):
        async with connected(settings, renders=False, makes_folder=False):
            pass

    assert not (tmp_path / "mistyped").exists()


async def test_a_wrong_key_is_told(server: Server) -> None:
    with pytest.raises(Refused, match=r"not known here\. \(invalid_token\)"):
        await _newest(data=server.data, api_key="fg_wrong")


async def test_a_server_that_is_away_is_told(server: Server) -> None:
    with pytest.raises(ServerAway, match="does not answer"):
        await _newest(data=server.data, server="http://127.0.0.1:9")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>a router's start page</html>"),
        httpx.Response(200, json=["not", "an", "object"]),
        httpx.Response(404, json={"detail": "Not Found"}),
        httpx.Response(500, json={"error": "an error in another shape"}),
        httpx.Response(200, json={"no": "items"}),
    ],
)
async def test_something_else_that_answers_is_told(answer: httpx.Response) -> None:
    transport = httpx.MockTransport(lambda _request: answer)
    async with httpx.AsyncClient(transport=transport, base_url="http://router.example") as http:
        client = Client(http, url="http://router.example")

        with pytest.raises(Refused, match="does not speak this API"):
            await client.newest(1)
