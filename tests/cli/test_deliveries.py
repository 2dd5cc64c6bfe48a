"""`filmgate deliveries` and `filmgate webhooks`, on a running server and a real receiver."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from standardwebhooks.webhooks import Webhook

from filmgate.cli.deliveries import state_in_words
from tests.cli.conftest import Server
from tests.cli.terminal import Terminal
from tests.media.loopback import Loopback, loopback, plain


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Loopback]:
    """A receiver on loopback."""
    async with loopback() as running:
        yield running


async def _gone(server: Server, receiver: Loopback, prompt: str) -> str:
    """A task whose receiver wanted no more of it; returns its id."""
    url = receiver.url("/hook", plain(410, b"the receiver's own words"))
    task_id = str((await server.ask("/kling/videos", prompt=prompt, callback_url=url))["task_id"])
    await _until(server, task_id, "given_up")
    return task_id


async def _until(server: Server, task_id: str, state: str) -> None:
    while (await server.ask("/kling/deliveries", task_id=task_id)).get("state") != state:
        pass


async def test_the_posts_of_a_callback_are_listed_and_never_the_receivers_words(
    server: Server, terminal: Terminal, receiver: Loopback
) -> None:
    task_id = await _gone(server, receiver, "told to nobody")

    short = await terminal.run("deliveries", task_id)
    whole = await terminal.run("deliveries", "show", task_id, "--json")

    head, row = (line.split("\t") for line in short.out.splitlines())
    assert head == ["post", "sent", "status", "ms", "reason"]
    assert (row[0], row[2], row[4]) == ("1", "410", "answered 410")
    assert short.err.startswith("Given up ")
    assert json.loads(whole.out)["posts"][0]["status"] == 410
    assert "own words" not in short.out + whole.out


async def test_a_callback_is_sent_again_under_the_same_id(
    server: Server, terminal: Terminal, receiver: Loopback
) -> None:
    task_id = await _gone(server, receiver, "told twice")
    receiver.answers["/hook"] = plain(204)

    outcome = await terminal.run("deliveries", "replay", task_id)

    await _until(server, task_id, "delivered")
    first, second = receiver.received
    assert (outcome.code, outcome.out) == (0, f"The callback of task {task_id} is sent again.\n")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body


@pytest.mark.parametrize("words", [("deliveries",), ("deliveries", "replay")])
async def test_a_task_without_a_callback_is_told(
    server: Server, terminal: Terminal, words: tuple[str, ...]
) -> None:
    task_id = await server.make("waited for")

    outcome = await terminal.run(*words, task_id)

    assert outcome.code == 1
    assert outcome.err.startswith(f"filmgate: There is no callback of a task {task_id}")


async def test_a_rotated_secret_signs_beside_the_one_before_it(
    server: Server, terminal: Terminal, receiver: Loopback
) -> None:
    old = (await terminal.run("webhooks", "secret")).out.strip()
    rotated = await terminal.run("webhooks", "rotate", "--keep", "12h")
    new = (await terminal.run("webhooks", "secret")).out.strip()

    await _gone(server, receiver, "signed twice")

    (request,) = receiver.received
    assert rotated.out.strip() == new != old
    assert rotated.err.startswith("The secret before it signs as well until 20")
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    for secret in (old, new):
        Webhook(secret).verify(request.body, dict(request.headers))


async def test_a_secret_that_leaked_signs_no_more(
    server: Server, terminal: Terminal, receiver: Loopback
) -> None:
    rotated = await terminal.run("webhooks", "rotate", "--at-once")

    await _gone(server, receiver, "signed once")

    (request,) = receiver.received
    assert rotated.err == ""
    assert len(request.headers["webhook-signature"].split(" ")) == 1
    Webhook(rotated.out.strip()).verify(request.body, dict(request.headers))


async def test_a_span_that_cannot_be_rotates_nothing(terminal: Terminal) -> None:
    before = await terminal.run("webhooks", "secret")

    outcome = await terminal.run("webhooks", "rotate", "--keep", "soon")

    assert outcome.code == 2
    assert "--keep" in outcome.err
    assert (await terminal.run("webhooks", "secret")).out == before.out


_NOW = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
_AN_HOUR = timedelta(hours=1).total_seconds()


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ({"state": "delivered", "ended_at": _NOW - _AN_HOUR}, "Delivered 1 h ago."),
        ({"state": "given_up", "ended_at": _NOW - 5}, "Given up 5 s ago."),
        ({"state": "pending", "next_post_at": _NOW + 300}, "The next post is due in 5 min."),
        ({"state": "pending", "next_post_at": _NOW - 3}, "The next post is due now."),
        ({"state": "pending"}, "A post is under way."),
    ],
)
def test_what_became_of_a_callback_is_a_sentence(record: dict[str, object], words: str) -> None:
    assert state_in_words(record, now=_NOW) == words
