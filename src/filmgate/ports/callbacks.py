"""Telling callers how their tasks ended."""

from datetime import datetime, timedelta
from typing import Protocol

from filmgate.domain.accounts import (
    AccountId,
    WebhookSecrets,
)
from filmgate.domain.callbacks import Delivery, DeliveryId, DeliveryLog, Receipt
from filmgate.domain.inboxes import Arrival, Inbox, InboxAnswer, InboxEntry, InboxId, Verdict
from filmgate.domain.tasks import (
    Task,
    TaskId,
)


class DeliveryStore(Protocol):
    """The deliveries that finished tasks left behind."""

    async def delivery(self, delivery_id: DeliveryId) -> Delivery | None:
        """Return the delivery, or None when it is gone."""
        ...

    async def record_receipt(
        self, delivery: Delivery, receipt: Receipt, *, again_in: timedelta | None, now: datetime
    ) -> None:
        """Log one post; queue the next one, or close the delivery where `again_in` is None.

        A second word about the same post, told by the delivery's `n_posts`, changes nothing.
        """
        ...

    async def log(self, task_id: TaskId, *, account_id: AccountId) -> DeliveryLog | None:
        """Return the task's delivery with its posts, unless there is none or it is another account's."""
        ...

    async def replay(self, task_id: TaskId, *, account_id: AccountId) -> bool:
        """Have the task's delivery posted at once, under its old id, whatever became of it so far.

        Its schedule begins anew. A post that is under way is the one asked for. False when the account
        has no such delivery.
        """
        ...


class CallbackSender(Protocol):
    """Posts one callback."""

    async def send(self, delivery: Delivery, body: bytes, *, now: datetime) -> Receipt:
        """Sign and post; every outcome is a receipt, nothing is raised."""
        ...


class CallbackWriter(Protocol):
    """Writes what a callback says; the HTTP dialect of the create knows how."""

    def __call__(self, task: Task) -> bytes:
        """Return the JSON body for a task that has ended."""
        ...


class InboxStore(Protocol):
    """Callback inboxes, and what was posted to them in the last seven days.

    Every method is one transaction. All raise `Unavailable` when the store cannot be reached.
    """

    async def create(self, *, account_id: AccountId, now: datetime) -> Inbox:
        """Make an inbox with a new secret.

        Raises:
            InvalidRequest: the account has as many as it may.
        """
        ...

    async def inboxes(self, *, account_id: AccountId) -> list[Inbox]:
        """Return the account's inboxes, newest first, without those that are revoked."""
        ...

    async def inbox_of(self, secret: str) -> Inbox | None:
        """Return the inbox with this secret, revoked or not."""
        ...

    async def choose_answer(self, inbox_id: InboxId, answer: InboxAnswer, *, account_id: AccountId) -> bool:
        """Have an inbox answer so from now on; False when the account has no such inbox."""
        ...

    async def revoke(self, inbox_id: InboxId, *, account_id: AccountId, now: datetime) -> bool:
        """Close an inbox for good and forget what it received; False when the account has no such inbox."""
        ...

    async def receive(
        self, inbox_id: InboxId, arrival: Arrival, *, verdict: Verdict, now: datetime
    ) -> InboxAnswer:
        """Keep an arrival, drop the oldest where there are too many, and return what to answer.

        Raises:
            TooManyRequests: too many came in the last minute; also where they come at the same moment.
            FileGone: the inbox was revoked.
        """
        ...

    async def entries(
        self,
        *,
        account_id: AccountId,
        limit: int,
        now: datetime,
        inbox_id: InboxId | None = None,
        before: int | None = None,
    ) -> list[InboxEntry]:
        """Return what came to the account's inboxes, or to one of them, newest first.

        `before` is the number of an entry, from below which they are returned.
        """
        ...

    async def entry(self, number: int, *, account_id: AccountId, now: datetime) -> InboxEntry | None:
        """Return one entry, unless it is gone or another account's."""
        ...


class InboxReceiver(Protocol):
    """Takes what is posted to an inbox, by whatever way it comes."""

    async def __call__(self, secret: str, arrival: Arrival, /) -> InboxAnswer:
        """Check the signature, keep the arrival and return what to answer.

        Raises:
            FileUnknown, FileGone: there is no such inbox, or no more.
            TooLarge, TooManyRequests: it is more than an inbox takes.
        """
        ...


class SignatureCheck(Protocol):
    """Knows whether an account's secrets signed what has just arrived."""

    def __call__(self, arrival: Arrival, secrets: WebhookSecrets, /) -> Verdict:
        """Judge by the headers of Standard Webhooks, and by the time that it is now; never raises."""
        ...


class OwnInboxes(Protocol):
    """Knows which URLs are our own inboxes, so that nothing is ever posted to them over the network."""

    async def __call__(self, url: str, /) -> str | None:
        """Return the secret of the inbox behind a URL, or None for anybody else's URL.

        Raises:
            FileUnknown, FileGone: the URL is ours, and leads to no inbox, or to one that was revoked.
        """
        ...
