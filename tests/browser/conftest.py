"""A real server with the embedded engine, and Debian's Chromium in front of it."""

import shutil
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from filmgate.app.whole import Filmgate
from filmgate.serve import Address, serving
from filmgate.settings import Settings
from tests.conftest import fresh_database

# A crowded machine is slow, and no fault of the pages.
_PATIENCE_MS = 60_000
expect.set_options(timeout=20_000)

_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class House:
    """The server: what it is, and where."""

    def __init__(self, filmgate: Filmgate, url: str) -> None:
        self.filmgate = filmgate
        self.url = url


@pytest_asyncio.fixture(scope="session")
async def house(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One server for all tests in browsers."""
    data = tmp_path_factory.mktemp("browsed")
    async with fresh_database(postgres) as url:
        settings = Settings.model_validate({"data": data, "database_url": url})
        async with serving(settings, Address("127.0.0.1", 0), is_dev=False, with_worker=True) as served:
            filmgate, address, _ = served
            yield House(filmgate, address)


@pytest_asyncio.fixture(autouse=True)
async def _all_may_register(house: House) -> None:
    # The tests come from one address, and only ten may register from one in an hour.
    await house.filmgate.store.people.forgive_attempts("register:127.0.0.1")


@pytest_asyncio.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser; where there is none, these tests are left out."""
    if _CHROMIUM is None:
        pytest.skip("Chromium is not installed; `make test` installs it as root, or: apt install chromium")
    async with async_playwright() as playwright:
        # Its sandbox needs rights that a container seldom has, and it sees nothing but our own pages.
        browser = await playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


class Photographer:
    """Keeps pictures of pages where somebody asked for them."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder

    async def take(self, page: Page, name: str) -> None:
        """Keep a picture of what is seen of the page now."""
        if self._folder is not None:
            await page.screenshot(path=f"{self._folder}/{name}.jpg", type="jpeg", quality=82)


@pytest.fixture
def photographer(request: pytest.FixtureRequest) -> Photographer:
    """Somebody who is there, with a camera or without."""
    return Photographer(request.config.getoption("--screenshots"))


@pytest_asyncio.fixture
async def window(chromium: Browser, house: House) -> AsyncIterator[BrowserContext]:
    """A window that nobody has logged in with; an error in a page's script fails the test."""
    window = await chromium.new_context(base_url=house.url, viewport={"width": 1280, "height": 860})
    window.set_default_timeout(_PATIENCE_MS)
    faults: list[str] = []
    window.on("weberror", lambda error: faults.append(str(error.error)))
    yield window
    await window.close()
    assert faults == []
