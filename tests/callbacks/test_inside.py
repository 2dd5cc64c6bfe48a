"""Callbacks to inboxes of our own: handed over inside, with the receipt that HTTP would have brought."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import structlog

from filmgate.callbacks.inside import InsideSender
from filmgate.callbacks.verifying import signature_verdict
from filmgate.domain.accounts import WebhookSecrets
from filmgate.domain.callbacks import Delivery, Receipt
from filmgate.domain.errors import (
    FileGone,
    FileUnknown,
    FilmgateError,
    TooLarge,
    TooManyRequests,
    Unavailable,
)
from filmgate.domain.inboxes import Arrival, InboxAnswer, Verdict
from tests.callbacks.test_sender import BODY, SECRET, delivery

OURS = "http://127.0.0.1:8000/inbox/s3cret?order=7"
ELSEWHERE = "http://receiver.example/hook"


@dataclass
class Desk:
    """Knows one URL as an inbox, takes what comes there, and posts nothing anywhere."""

    outcome: InboxAnswer | FilmgateError = InboxAnswer.TAKEN
    arrived: list[Arrival] = field(default_factory=list)
    posted: list[Delivery] = field(default_factory=list)

    async def find(self, url: str) -> str | None:
        return "s3cret" if url == OURS else None

    async def receive(self, secret: str, arrival: Arrival) -> InboxAnswer:
        self.arrived.append(arrival)
        if isinstance(self.outcome, FilmgateError):
            raise self.outcome
        return self.outcome

    async def send(self, delivery: Delivery, body: bytes, *, now: datetime) -> Receipt:
        self.posted.append(delivery)
        return Receipt(status=204, reason="answered 204", elapsed=timedelta(0))

    @property
    def sender(self) -> InsideSender:
        return InsideSender(self, own_inboxes=self.find, receive=self.receive)


async def test_an_inbox_gets_what_a_receiver_would_get() -> None:
    desk = Desk()

    receipt = await desk.sender.send(delivery(OURS), BODY, now=datetime.now(UTC))

    (arrival,) = desk.arrived
    assert (receipt.status, receipt.reason, desk.posted) == (200, "answered 200", [])
    assert (arrival.query, arrival.body) == ("order=7", BODY)
    assert dict(arrival.headers).keys() == {
        *("host", "content-length", "user-agent", "content-type"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
    }
    assert signature_verdict(arrival, WebhookSecrets(newest=SECRET)) is Verdict.SIGNED


async def test_everything_else_goes_its_way() -> None:
    desk = Desk()

    receipt = await desk.sender.send(delivery(ELSEWHERE), BODY, now=datetime.now(UTC))

    assert (receipt.status, desk.arrived) == (204, [])
    assert [each.url for each in desk.posted] == [ELSEWHERE]


@pytest.mark.parametrize(
    ("outcome", "status", "retry_after"),
    [
        (InboxAnswer.BROKEN, 500, None),
        (InboxAnswer.BUSY, 503, timedelta(seconds=30)),
        (InboxAnswer.GONE, 410, None),
        (FileUnknown("There is no such inbox."), 404, None),
        (FileGone("This inbox was revoked."), 410, None),
        (TooLarge("It is too long."), 413, None),
        (TooManyRequests("Wait.", retry_after_seconds=7), 429, timedelta(seconds=7)),
        (Unavailable("The database cannot be reached."), None, None),
    ],
)
async def test_every_outcome_is_a_receipt(
    outcome: InboxAnswer | FilmgateError, status: int | None, retry_after: timedelta | None
) -> None:
    desk = Desk(outcome)

    receipt = await desk.sender.send(delivery(OURS), BODY, now=datetime.now(UTC))

    assert (receipt.status, receipt.retry_after) == (status, retry_after)
    assert receipt.is_refused_for_good is (status == 410)


async def test_a_secret_that_cannot_sign_is_a_receipt_and_nothing_arrives() -> None:
    desk = Desk()

    receipt = await desk.sender.send(delivery(OURS, secrets=("whsec_!",)), BODY, now=datetime.now(UTC))

    assert receipt.status is None
    assert "could not be signed" in receipt.reason
    assert desk.arrived == []


async def test_the_log_tells_of_it_without_the_inboxs_secret() -> None:
    with structlog.testing.capture_logs() as lines:
        await Desk().sender.send(delivery(OURS), BODY, now=datetime.now(UTC))

    (line,) = lines
    assert (line["event"], line["host"], line["status"]) == ("callback posted", "127.0.0.1", 200)
    assert "s3cret" not in str(line)
