"""`filmgate accounts`, on the database of a running server."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from filmgate.domain.accounts import Account
from tests.cli.conftest import Server
from tests.cli.terminal import Terminal
from tests.store.stock import NOW


@pytest_asyncio.fixture
async def friend(server: Server) -> Account:
    """Somebody who has registered."""
    return await server.filmgate.store.people.register(f"{uuid4().hex}@example.com", "no hash", now=NOW)


@pytest_asyncio.fixture
async def browser(server: Server, friend: Account) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which the friend is logged in."""
    secret = await server.filmgate.store.people.begin_session(
        friend.account_id, browser="a test", address="127.0.0.1", now=datetime.now(UTC)
    )
    async with httpx.AsyncClient(base_url=server.url, cookies={"filmgate_session": secret}) as client:
        yield client


async def test_accounts_are_listed_newest_first_with_their_credits(
    terminal: Terminal, friend: Account
) -> None:
    listed = await terminal.run("accounts", "list")

    lines = [line.split("\t") for line in listed.out.splitlines()]
    assert lines[0] == ["account", "credits", "state", "made", "id"]
    assert [friend.email, "0.00", "registered", str(friend.account_id)] in [
        [*line[:3], line[4]] for line in lines
    ]
    assert ["no limit", "operator"] in [line[1:3] for line in lines]


async def test_a_grant_is_told_and_stands_on_the_usage_page(
    terminal: Terminal, friend: Account, browser: httpx.AsyncClient
) -> None:
    granted = await terminal.run("accounts", "grant", str(friend.email), "12.5", "--note", "for the film")
    taken = await terminal.run("accounts", "grant", str(friend.account_id), "-2.25")

    usage = " ".join(re.sub("<[^>]+>", " ", (await browser.get("/usage")).text).split())
    assert (granted.code, granted.out) == (0, f"{friend.email} has 12.50 credits.\n")
    assert (taken.code, taken.out) == (0, f"{friend.email} has 10.25 credits.\n")
    assert "Left 10.25 Granted 10.25 Spent 0.00" in usage
    assert re.search(r"granted by the operator -2\.25 .*for the film 12\.50", usage)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("grant", "nobody@example.com", "1"), 1, 'There is no account "nobody@example.com"'),
        (("grant", "operator", "0"), 2, "0 is no amount"),
        (("grant", "operator", "--nte", "1.2345"), 2, "nexpected extra argument"),
        (("link", "nobody"), 1, 'There is no account "nobody"; see: filmgate accounts list'),
    ],
)
async def test_what_cannot_be_is_refused(
    terminal: Terminal, words: tuple[str, ...], code: int, told: str
) -> None:
    outcome = await terminal.run("accounts", *words)

    assert (outcome.code, outcome.out) == (code, "")
    assert told in outcome.err


async def test_more_than_there_is_cannot_be_taken_back(terminal: Terminal, friend: Account) -> None:
    outcome = await terminal.run("accounts", "grant", str(friend.email), "-0.001")

    assert (outcome.code, outcome.out) == (1, "")
    assert "0.001 cannot be taken; the account has less." in outcome.err


async def test_a_link_leads_to_the_running_server_and_voids_the_one_before(
    server: Server, terminal: Terminal, friend: Account
) -> None:
    first = (await terminal.run("accounts", "link", str(friend.email))).out.strip()
    second = (await terminal.run("accounts", "link", str(friend.email))).out.strip()

    async with httpx.AsyncClient() as client:
        answers = [await client.get(link) for link in (first, second)]
    assert second.startswith(f"{server.url}/enter/")
    assert [answer.status_code for answer in answers] == [410, 200]
    assert str(friend.email) in answers[1].text
