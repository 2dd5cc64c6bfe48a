"""Telling a caller's own server how a task ended: one delivery, its posts, and when the next is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NewType
from uuid import UUID

from filmgate.domain.accounts import AccountId
from filmgate.domain.tasks import TaskId

DeliveryId = NewType("DeliveryId", UUID)

LONGEST_PUT_OFF = timedelta(days=1)
"""A receiver's `Retry-After` counts up to this."""

SCATTER = 0.1
"""How much longer a wait may be by chance, as a part of it."""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One message to one receiver; its id is the `webhook-id` of every post.

    `n_posts` counts the posts made so far, `n_earlier` those of them that came before the last replay; the
    schedule begins anew with each replay. `secrets` sign the message (Standard Webhooks, `whsec_…`), the
    newest first; two while one is rotated out.
    """

    delivery_id: DeliveryId
    task_id: TaskId
    account_id: AccountId
    url: str
    secrets: tuple[str, ...]
    n_posts: int
    created_at: datetime
    n_earlier: int = 0
    delivered_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Say whether it is neither delivered nor given up."""
        return self.delivered_at is None and self.given_up_at is None


@dataclass(frozen=True, kw_only=True)
class Post:
    """A post that was made: when, what came back (a status, or None with the reason), and after how long."""

    number: int
    sent_at: datetime
    status: int | None
    reason: str
    elapsed: timedelta


@dataclass(frozen=True, kw_only=True)
class DeliveryLog:
    """A delivery and its newest posts, oldest first; `next_post_at` is None where none waits its turn."""

    delivery: Delivery
    posts: tuple[Post, ...]
    next_post_at: datetime | None


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
    receipt: Receipt, *, n_posts: int, delays: Sequence[timedelta], chance: float
) -> timedelta | None:
    """Return how long to wait before the next post, or None when there is none.

    `n_posts` counts the posts of this round of the schedule, this one included. A receiver's `Retry-After`
    can only lengthen the wait. `chance`, from 0 to 1, lengthens it too, so that a receiver which comes back
    does not meet all that it missed at the same moment.
    """
    if receipt.is_accepted or receipt.is_refused_for_good or n_posts > len(delays):
        return None
    put_off = min(receipt.retry_after or timedelta(0), LONGEST_PUT_OFF)
    return max(delays[n_posts - 1], put_off) * (1 + SCATTER * chance)
