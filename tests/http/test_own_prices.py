"""An operator's price is the same one wherever it is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest_asyncio

from filmgate.app.whole import open_filmgate
from filmgate.settings import Settings


@pytest_asyncio.fixture
async def shop(database_url: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of a Filmgate that nobody renders for, and that has a price of its own."""
    config = tmp_path / "filmgate.toml"
    config.write_text("[prices.kling-v3]\npro = 31.415\naudio_factor.pro = 2\n")
    settings = Settings.model_validate({"database_url": database_url, "data": tmp_path, "config": config})
    async with open_filmgate(settings) as filmgate:
        headers = {"authorization": f"Bearer {filmgate.local_key}"}
        transport = httpx.ASGITransport(filmgate.http)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1:8000", headers=headers
        ) as client:
            yield client


async def test_an_operators_price_is_told_and_asked_everywhere(shop: httpx.AsyncClient) -> None:
    body = {"prompt": "a quiet sea", "model": "kling-v3", "mode": "pro", "generate_audio": True}

    price = (await shop.post("/kling/price", json=body)).json()

    assert price["credits"] == "314.15"
    assert price["breakdown"] == [
        {"item": "kling-v3 pro, 5 s at 31.415", "credits": "157.075"},
        {"item": "sound, x 2", "credits": "157.075"},
    ]
    for page in ("/", "/docs", "/docs.md"):
        assert "31.415" in (await shop.get(page)).text, page
