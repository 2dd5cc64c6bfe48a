"""The database goes away, and comes back."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest_asyncio

from tests.http.conftest import working
from tests.http.stage import Caller
from tests.http.test_refusals import refusal

WISH = {"prompt": "a quiet sea"}


class Cable:
    """Leads to the real database, and can be cut."""

    def __init__(self, folder: Path, *, database_url: str) -> None:
        parts = urlsplit(database_url)
        query = parse_qs(parts.query)
        self._here = folder / f".s.PGSQL.{query['port'][0]}"
        self._there = Path(query["host"][0]) / self._here.name
        changed = urlencode({"host": str(folder), "port": query["port"][0]})
        self.url = parts._replace(query=changed).geturl()
        self._server: asyncio.Server | None = None
        self._ends: list[asyncio.StreamWriter] = []

    async def plug_in(self) -> None:
        """Accept connections."""
        self._server = await asyncio.start_unix_server(self._join, self._here)

    def cut(self) -> None:
        """Refuse connections, and end those there are."""
        assert self._server is not None
        self._server.close()
        self._here.unlink(missing_ok=True)
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._there)
        self._ends += [writer, far_writer]
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@asynccontextmanager
async def _cabled(database_url: str) -> AsyncIterator[Cable]:
    with tempfile.TemporaryDirectory() as folder:
        cable = Cable(Path(folder), database_url=database_url)
        await cable.plug_in()
        try:
            yield cable
        finally:
            cable.cut()


@pytest_asyncio.fixture
async def cable(database_url: str) -> AsyncIterator[Cable]:
    """A way to the database that a test may cut."""
    async with _cabled(database_url) as cable:
        yield cable


@pytest_asyncio.fixture
async def operator(cable: Cable, tmp_path: Path) -> AsyncIterator[Caller]:
    """The operator of a Filmgate whose database hangs on the cable."""
    async with working(cable.url, tmp_path) as caller:
        yield caller


async def test_everything_says_503_while_the_database_is_away_and_recovers(
    cable: Cable, operator: Caller
) -> None:
    url = (await operator.create()).json()["video_url"]
    cable.cut()

    answers = [
        await operator.post("/kling/videos", WISH),
        await operator.post("/kling/videos", WISH, headers={"accept": "application/x-ndjson"}),
        await operator.post("/kling/tasks", {"action": "retrieve_batch"}),
        await operator.client.get(url),
    ]

    for answer in answers:
        assert refusal(answer)[:2] == (503, "unavailable")
        assert answer.headers["retry-after"] == "2"
        assert answer.headers["access-control-allow-origin"] == "*"
    await cable.plug_in()
    again = await operator.post("/kling/videos", WISH | {"async": True})
    listed = await operator.post("/kling/tasks", {"action": "retrieve_batch"})
    assert again.status_code == 200
    assert listed.json()["count"] == 2


async def test_readyz_names_what_is_away_while_healthz_lives(cable: Cable, operator: Caller) -> None:
    await operator.create()
    ready = await operator.client.get("/readyz")
    cable.cut()

    away = await operator.client.get("/readyz")
    alive = await operator.client.get("/healthz")

    assert (ready.status_code, ready.json()["ready"]) == (200, True)
    assert (away.status_code, away.json()["storage"]) == (503, "ok")
    assert "cannot be reached" in away.json()["database"]
    assert alive.status_code == 200


async def test_a_held_call_outlasts_an_outage(cable: Cable, operator: Caller) -> None:
    scene = operator.stage.scene("a slow tide")
    held = asyncio.create_task(operator.create("a slow tide"))
    await scene.begun.wait()

    cable.cut()
    await cable.plug_in()
    scene.finish()

    answer = await held
    assert answer.status_code == 200
    assert answer.json()["state"] == "succeed"
