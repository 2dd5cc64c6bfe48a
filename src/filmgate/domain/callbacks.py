"""Telling a caller's own server how a task ended: one delivery, its posts, and when the next is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

from filmgate.domain.accounts import AccountId
from filmgate.domain.tasks import TaskId

DeliveryId = NewType("DeliveryId", UUID)

RETRY_DELAYS: tuple[timedelta, ...] = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message to one receiver; its id is the `webhook-id` of every post.

    `n_posts` counts the posts made so far. `secrets` sign the message (Standard Webhooks, `whsec_…`), the
    newest first; two while one is rotated out.
    """

    delivery_id: DeliveryId
    task_id: TaskId
    account_id: AccountId
    url: str
    secrets: tuple[str, ...]
    n_posts: int
    created_at: datetime
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it is neither delivered nor given up."""
        return self.delivered_at is None and self.given_up_at is None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a receiver answered: an HTTP status, or None with the reason no answer came."""

    status: int | None
    reason: str
    elapsed: timedelta
    retry_after: timedelta | None = None

    @property
    def is_accepted(self) -> bool:
        """Say whether the receiver took the message (2xx)."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_refused_for_good(self) -> bool:
        """Say whether the receiver wants no more of it (410 Gone)."""
        return self.status == 410


def next_post_after(
    receipt: Receipt, *, n_posts: int, delays: Sequence[timedelta] = RETRY_DELAYS
) -> timedelta | None:
    """Return how long to wait before the next post, or None when there is none.

    `n_posts` counts the posts made, this one included. A receiver's `Retry-After` can only lengthen
    the wait, never beyond the longest of the schedule.
    """
    if receipt.is_accepted or receipt.is_refused_for_good or n_posts > len(delays):
        return None
    delay = delays[n_posts - 1]
    return max(delay, min(receipt.retry_after or delay, delays[-1]))
