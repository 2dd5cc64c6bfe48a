"""Acquiring the service: once, with free credits and a key that works."""

import asyncio
import re
from pathlib import Path

from tests.console.visit import PASSWORD, Visit
from tests.http.conftest import working
from tests.http.stage import Caller


async def _has(house: Caller, email: str) -> tuple[int, int]:
    """Return the account's balance, and the sum of its ledger."""
    row = await house.filmgate.store.database.row(
        """SELECT balance, (SELECT sum(millicredits) FROM ledger WHERE ledger.account_id = account.account_id)
            AS total FROM account WHERE email = $1""",
        email,
    )
    assert row is not None
    return row["balance"], row["total"]


async def test_acquire_leads_to_log_in_and_back_and_gives_a_key_that_works(
    visit: Visit, house: Caller
) -> None:
    await visit.look("/")
    await visit.send("/acquire")
    assert visit.page.url.path == "/log-in"
    assert "To acquire the API, log in or register. You come back to the same page." in visit.text
    register = re.search(r'class="button" href="(/register[^"]+)"', visit.page.text)
    assert register
    await visit.look(register[1])
    await visit.send(register[1], email=visit.email, password=PASSWORD)
    assert visit.page.url.path == "/"
    assert "You are logged in. Press Acquire once more" in visit.text

    await visit.send("/acquire")

    answer = await visit.create(visit.secret)
    assert answer.status_code == 200, answer.text
    assert await _has(house, visit.email) == (98_600, 98_600)


async def test_where_registration_is_closed_only_log_in_is_offered(house: Caller) -> None:
    stranger = Visit(house.filmgate, origin="https://films.example", address="203.0.113.7")

    first = await stranger.look("/")
    await stranger.send("/acquire")

    assert "It needs an account here: log in ." in first
    assert "To acquire the API, log in. You come back to the same page." in stranger.text
    assert "/register" not in stranger.page.text


async def test_acquiring_again_changes_nothing(visit: Visit, house: Caller) -> None:
    await visit.register()
    await visit.look("/")

    await asyncio.gather(*(visit.client.post("/acquire", data={"token": visit.token}) for _ in range(5)))
    await visit.look("/keys")

    assert await _has(house, visit.email) == (100_000, 100_000)
    assert visit.text.count("first key") == 1


async def test_a_task_that_costs_more_than_is_left_is_refused_with_both_numbers(visit: Visit) -> None:
    await visit.register()
    key = await visit.acquire()

    answer = await visit.create(key, model="kling-v3", mode="4k", duration=15, generate_audio=True)
    again = await visit.create(key, "another", model="kling-v3", mode="4k", duration=15)

    assert answer.status_code == 200
    assert again.status_code == 403
    assert again.json()["error"] == {
        "code": "used_up",
        "message": "Not enough credits: this request needs 63.00, 37.00 are left.",
    }


async def test_an_account_without_the_service_is_led_to_it(visit: Visit) -> None:
    await visit.register()

    text = await visit.look("/keys")

    assert "Keys come with the API. Acquire it first." in text


async def test_pages_allow_clips_from_a_bucket_only_where_they_are_kept_in_one(
    database_url: str, tmp_path: Path
) -> None:
    async with working(database_url, tmp_path, storage_url="memory:///") as caller:
        page = await Visit(caller.filmgate).client.get("/")

    assert "media-src 'self' data: blob: https: http:;" in page.headers["content-security-policy"]
