"""`POST /inbox/{secret}`: open to whoever knows the secret, bounded, and refused in the documented shape."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from filmgate.domain.inboxes import MOST_A_MINUTE, Arrival, Inbox, InboxAnswer, InboxEntry, Verdict
from filmgate.store.inboxes import PostgresInboxStore
from tests.http.stage import Caller
from tests.http.test_refusals import refusal


def _inboxes(caller: Caller) -> PostgresInboxStore:
    return caller.filmgate.store.inboxes


async def _inbox(caller: Caller, *, answer: InboxAnswer = InboxAnswer.TAKEN) -> Inbox:
    """Make an inbox of an account of its own."""
    people, now = caller.filmgate.store.people, datetime.now(UTC)
    account = await people.register(f"{uuid4()}@example.com", "a hash", now=now)
    inbox = await _inboxes(caller).create(account_id=account.account_id, now=now)
    await _inboxes(caller).choose_answer(inbox.inbox_id, answer, account_id=inbox.account_id)
    return inbox


async def _entries(caller: Caller, inbox: Inbox) -> list[InboxEntry]:
    return await _inboxes(caller).entries(account_id=inbox.account_id, limit=1000, now=datetime.now(UTC))


async def test_anybody_who_knows_the_url_may_post(onlooker: Caller) -> None:
    inbox = await _inbox(onlooker)
    headers = [
        (b"X-First", b"1"),
        (b"cookie", b"filmgate_session=x"),
        (b"X-Second", "é".encode()),
        (b"X-First", b"2"),
    ]

    answer = await onlooker.client.post(
        f"/inbox/{inbox.secret}/?a=1&b=%20", content=b"\xff\0", headers=headers
    )

    assert (answer.status_code, answer.json()) == (200, {"success": True})
    (entry,) = await _entries(onlooker, inbox)
    assert (entry.arrival.query, entry.arrival.body, entry.verdict) == (
        "a=1&b=%20",
        b"\xff\0",
        Verdict.UNSIGNED,
    )
    sent = [(name, value) for name, value in entry.arrival.headers if name.startswith("x-")]
    assert sent == [("x-first", "1"), ("x-second", "Ã©"), ("x-first", "2")]
    assert "cookie" not in entry.arrival.by_name()


@pytest.mark.parametrize("secret", ["0" * 32, "0" * 31, "%00", "x" * 5000, "ENTRIES"])
async def test_an_inbox_that_never_was_is_not_found(onlooker: Caller, secret: str) -> None:
    answer = await onlooker.client.post(f"/inbox/{secret}", content=b"{}")

    assert refusal(answer) == (404, "not_found", "There is no such inbox.")


async def test_a_revoked_inbox_is_gone(onlooker: Caller) -> None:
    inbox = await _inbox(onlooker)
    await _inboxes(onlooker).revoke(inbox.inbox_id, account_id=inbox.account_id, now=datetime.now(UTC))

    answer = await onlooker.client.post(f"/inbox/{inbox.secret}", content=b"{}")

    assert refusal(answer) == (410, "expired", "This inbox was revoked.")


async def test_64_kib_are_taken_and_no_byte_more(onlooker: Caller) -> None:
    inbox = await _inbox(onlooker)
    await onlooker.client.post(f"/inbox/{inbox.secret}", content=b"")
    (empty,) = await _entries(onlooker, inbox)
    # The header `content-length` of the longer body has four characters more.
    room = 64 * 1024 - empty.arrival.n_bytes - 4

    fits = await onlooker.client.post(f"/inbox/{inbox.secret}", content=b"x" * room)
    over = await onlooker.client.post(f"/inbox/{inbox.secret}", content=b"x" * (room + 1))
    far_over = await onlooker.client.post(f"/inbox/{inbox.secret}", content=bytes(2**20))

    assert fits.status_code == 200
    message = "An inbox takes posts of at most 64 KiB, headers included."
    assert refusal(over) == refusal(far_over) == (413, "too_large", message)
    assert len(await _entries(onlooker, inbox)) == 2


async def test_the_61st_in_a_minute_is_told_when_to_come_again(onlooker: Caller) -> None:
    inbox, now = await _inbox(onlooker), datetime.now(UTC)
    for _ in range(MOST_A_MINUTE):
        arrival = Arrival(query="", headers=(), body=b"")
        await _inboxes(onlooker).receive(inbox.inbox_id, arrival, verdict=Verdict.UNSIGNED, now=now)

    answer = await onlooker.client.post(f"/inbox/{inbox.secret}", content=b"{}")

    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert "60 posts a minute" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("answer", "code", "retry_after"),
    [
        (InboxAnswer.BROKEN, "api_error", None),
        (InboxAnswer.BUSY, "unavailable", "30"),
        (InboxAnswer.GONE, "expired", None),
    ],
)
async def test_an_inbox_answers_as_its_owner_has_chosen_and_keeps_what_came(
    onlooker: Caller, answer: InboxAnswer, code: str, retry_after: str | None
) -> None:
    inbox = await _inbox(onlooker, answer=answer)

    answered = await onlooker.client.post(f"/inbox/{inbox.secret}", content=b"{}")

    message = f"The owner of this inbox has it answer {answer:d}."
    assert refusal(answered) == (answer, code, message)
    assert answered.headers.get("retry-after") == retry_after
    assert [each.answer for each in await _entries(onlooker, inbox)] == [answer]


async def test_other_methods_are_told_which_one_is_right(onlooker: Caller) -> None:
    answer = await onlooker.client.put(f"/inbox/{'0' * 32}", content=b"{}")

    assert refusal(answer) == (405, "method_not_allowed", "PUT is not allowed here; use POST.")
