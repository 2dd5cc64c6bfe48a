"""A server of this process's own, with an engine that tests direct, and a terminal on its data folder."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import httpx
import pytest
import pytest_asyncio

from filmgate.app.whole import Filmgate
from filmgate.serve import Address, serving
from filmgate.settings import Settings
from tests.cli.terminal import Terminal
from tests.conftest import fresh_database
from tests.http.stage import Stage


@dataclass(frozen=True, kw_only=True)
class Server:
    """The running server."""

    url: str
    data: Path
    database_url: str
    filmgate: Filmgate
    stage: Stage

    async def ask(self, path: str, **body: object) -> dict[str, Any]:
        """Ask the server as any client does."""
        headers = {"authorization": f"Bearer {self.filmgate.local_key}"}
        async with httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30) as client:
            answer: dict[str, Any] = (await client.post(path, json=body)).json()
            return answer

    async def make(self, prompt: str) -> str:
        """Make a video and return the id of its task."""
        return str((await self.ask("/kling/videos", prompt=prompt))["task_id"])

    async def newest(self) -> str:
        """Return the id of the newest task."""
        return str((await self.ask("/kling/tasks", action="retrieve_batch", limit=1))["items"][0]["id"])


@pytest_asyncio.fixture(scope="session")
async def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """One server for all tests of commands."""
    data, stage = tmp_path_factory.mktemp("served"), Stage()
    async with fresh_database(postgres) as url:
        settings = Settings.model_validate({"data": data, "database_url": url, "max_tries": 1})
        serves = serving(settings, Address("127.0.0.1", 0), is_dev=True, with_worker=True, engines=[stage])
        async with serves as (filmgate, address, _):
            yield Server(url=address, data=data, database_url=url, filmgate=filmgate, stage=stage)


@pytest.fixture
def terminal(server: Server, tmp_path: Path) -> Terminal:
    """A terminal whose data folder is the server's."""
    settings = {"FILMGATE_DATA": str(server.data), "FILMGATE_DATABASE_URL": server.database_url}
    return Terminal(tmp_path, settings)


@pytest.fixture
def resting(lonely: Terminal, database_url: str) -> Terminal:
    """A `lonely` terminal whose database runs already, so that a start takes less."""
    lonely.environment["FILMGATE_DATABASE_URL"] = database_url
    return lonely


@pytest.fixture
def lonely() -> Iterator[Terminal]:
    """A terminal with a data folder of its own, on which no server runs."""
    # As root, a folder that the database's user cannot enter would leave a sheltered database behind.
    folder = Path(mkdtemp(prefix="filmgate-cli-"))
    folder.chmod(0o755)
    config = folder / "engines.toml"
    config.write_text(
        '[engines.scripted]\nkind = "renderer"\nrenderer = "tests.engines.scripted:ScriptedRenderer"\n'
        '[[routes]]\nmodels = ["*"]\nengines = ["scripted"]\n'
    )
    yield Terminal(folder, {"FILMGATE_CONFIG": str(config), "FILMGATE_DATA": str(folder / "own")})
    rmtree(folder)
