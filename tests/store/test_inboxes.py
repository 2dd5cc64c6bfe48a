"""Inboxes: what they keep, how much of it and for how long, whoever posts at the same moment."""

import asyncio
from datetime import datetime, timedelta

import pytest

from filmgate.domain.errors import FileGone, InvalidRequest, TooManyRequests
from filmgate.domain.inboxes import (
    KEPT_FOR,
    MOST_A_MINUTE,
    MOST_ENTRIES,
    MOST_INBOXES,
    Arrival,
    Inbox,
    InboxAnswer,
    InboxEntry,
    Verdict,
)
from filmgate.store.inboxes import PostgresInboxStore
from tests.store.stock import NOW, Stock

MINUTE = timedelta(minutes=1)
ARRIVAL = Arrival(query="order=7", headers=(("b", "2"), ("a", "\0"), ("b", "é")), body=b"\0\xff")


async def _inbox(stock: Stock) -> tuple[PostgresInboxStore, Inbox]:
    inboxes = PostgresInboxStore(stock.database)
    return inboxes, await inboxes.create(account_id=(await stock.caller()).account_id, now=NOW)


async def _receive(
    inboxes: PostgresInboxStore, inbox: Inbox, *, at: datetime = NOW, body: bytes = b"{}"
) -> InboxAnswer:
    arrival = Arrival(query="", headers=(), body=body)
    return await inboxes.receive(inbox.inbox_id, arrival, verdict=Verdict.UNSIGNED, now=at)


async def _entries(inboxes: PostgresInboxStore, inbox: Inbox, *, at: datetime = NOW) -> list[InboxEntry]:
    return await inboxes.entries(account_id=inbox.account_id, limit=1000, now=at)


async def test_what_arrives_is_kept_as_it_came(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)

    await inboxes.receive(inbox.inbox_id, ARRIVAL, verdict=Verdict.SIGNED, now=NOW)

    (entry,) = await _entries(inboxes, inbox)
    assert entry.arrival == ARRIVAL
    assert (entry.verdict, entry.answer, entry.received_at) == (Verdict.SIGNED, InboxAnswer.TAKEN, NOW)
    assert await inboxes.entry(entry.number, account_id=inbox.account_id, now=NOW) == entry


async def test_of_many_at_the_same_moment_no_more_than_the_limit_are_taken(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    for _ in range(MOST_A_MINUTE - 1):
        await _receive(inboxes, inbox)

    outcomes = await asyncio.gather(*(_receive(inboxes, inbox) for _ in range(8)), return_exceptions=True)

    refused = [each for each in outcomes if isinstance(each, TooManyRequests)]
    assert (outcomes.count(InboxAnswer.TAKEN), len(refused)) == (1, 7)
    assert len(await _entries(inboxes, inbox)) == MOST_A_MINUTE


async def test_who_comes_too_often_is_told_when_there_is_room_again(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    await _receive(inboxes, inbox)
    for _ in range(MOST_A_MINUTE - 1):
        await _receive(inboxes, inbox, at=NOW + MINUTE / 2)

    with pytest.raises(TooManyRequests) as caught:
        await _receive(inboxes, inbox, at=NOW + timedelta(seconds=50))

    assert caught.value.retry_after_seconds == 10
    assert await _receive(inboxes, inbox, at=NOW + MINUTE) is InboxAnswer.TAKEN


async def test_the_newest_are_kept_of_each_inbox(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    other = await inboxes.create(account_id=inbox.account_id, now=NOW)
    await _receive(inboxes, other)

    for number in range(MOST_ENTRIES + 2):
        await _receive(inboxes, inbox, at=NOW + number * timedelta(seconds=2), body=b"%d" % number)

    entries = await inboxes.entries(account_id=inbox.account_id, limit=1000, now=NOW, inbox_id=inbox.inbox_id)
    assert [int(each.arrival.body) for each in entries] == [*range(MOST_ENTRIES + 1, 1, -1)]
    assert await stock.value("SELECT count(*) FROM inbox_entry") == MOST_ENTRIES + 1


async def test_after_seven_days_an_entry_is_not_shown_and_then_forgotten(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    await _receive(inboxes, inbox)
    await _receive(inboxes, inbox, at=NOW + MINUTE)
    late = NOW + KEPT_FOR + MINUTE / 2

    shown = await _entries(inboxes, inbox, at=late)
    forgotten = await stock.past.forget_past(sent_before=NOW - KEPT_FOR, now=late, limit=10)

    assert [each.received_at for each in shown] == [NOW + MINUTE]
    assert forgotten == 1
    assert await stock.value("SELECT count(*) FROM inbox_entry") == 1


async def test_a_revoked_inbox_takes_nothing_and_keeps_nothing(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    await _receive(inboxes, inbox)

    revoked = await inboxes.revoke(inbox.inbox_id, account_id=inbox.account_id, now=NOW)

    assert revoked
    with pytest.raises(FileGone):
        await _receive(inboxes, inbox)
    assert await stock.value("SELECT count(*) FROM inbox_entry") == 0
    assert await inboxes.inboxes(account_id=inbox.account_id) == []
    known = await inboxes.inbox_of(inbox.secret)
    assert known is not None
    assert known.revoked_at == NOW


async def test_of_many_made_at_the_same_moment_no_more_than_the_limit_are_there(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    account_id = inbox.account_id

    made = await asyncio.gather(
        *(inboxes.create(account_id=account_id, now=NOW) for _ in range(MOST_INBOXES + 4)),
        return_exceptions=True,
    )

    assert sum(isinstance(each, InvalidRequest) for each in made) == 5
    secrets = {each.secret for each in await inboxes.inboxes(account_id=account_id)}
    assert len(secrets) == MOST_INBOXES
    assert {len(secret) for secret in secrets} == {32}


async def test_another_account_changes_nothing_and_sees_nothing(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    await _receive(inboxes, inbox)
    (entry,) = await _entries(inboxes, inbox)
    eve = (await stock.caller()).account_id

    assert not await inboxes.revoke(inbox.inbox_id, account_id=eve, now=NOW)
    assert not await inboxes.choose_answer(inbox.inbox_id, InboxAnswer.GONE, account_id=eve)
    assert await inboxes.inboxes(account_id=eve) == []
    assert await inboxes.entries(account_id=eve, limit=9, now=NOW, inbox_id=inbox.inbox_id) == []
    assert await inboxes.entry(entry.number, account_id=eve, now=NOW) is None
    assert await _receive(inboxes, inbox) is InboxAnswer.TAKEN


async def test_the_chosen_answer_is_given_and_noted(stock: Stock) -> None:
    inboxes, inbox = await _inbox(stock)
    await inboxes.choose_answer(inbox.inbox_id, InboxAnswer.BUSY, account_id=inbox.account_id)

    answer = await _receive(inboxes, inbox)

    assert answer is InboxAnswer.BUSY
    assert [each.answer for each in await _entries(inboxes, inbox)] == [InboxAnswer.BUSY]
