"""`filmgate accounts limit`: an account's own numbers, at its next task."""

from datetime import UTC, datetime
from uuid import uuid4

from filmgate.domain.accounts import KeyTerms
from tests.cli.conftest import Server
from tests.cli.terminal import Terminal
from tests.console.visit import Visit


async def _somebody(server: Server) -> tuple[str, str]:
    """Return the e-mail and a key of a new account with credits."""
    store, now, email = server.filmgate.store, datetime.now(UTC), f"{uuid4().hex}@example.com"
    account = await store.people.register(email, "no hash", now=now)
    key = await store.credits.acquire(
        account.account_id, millicredits=100_000, first_key=KeyTerms(name="k"), now=now
    )
    assert key is not None
    return email, key


async def test_an_account_with_a_limit_of_its_own_is_held_to_it(server: Server, terminal: Terminal) -> None:
    email, key = await _somebody(server)
    visit = Visit(server.filmgate)

    limited = await terminal.run("accounts", "limit", email, "--per-minute", "1", "--weight", "2")
    first, second = [await visit.create(key, f"sea {number}") for number in range(2)]

    assert limited.out == f"{email} has the new limits from its next task on.\n"
    assert (first.status_code, second.status_code) == (200, 429)
    assert "may create 1 task a minute" in second.json()["error"]["message"]


async def test_nothing_to_change_is_a_mistake(terminal: Terminal) -> None:
    refused = await terminal.run("accounts", "limit", "operator")

    assert refused.code == 2
    assert "name at least one of --open, --per-minute and --weight" in " ".join(refused.err.split())
