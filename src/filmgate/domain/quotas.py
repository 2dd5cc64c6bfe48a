"""How much may be asked of a server at once, and what is said to whoever asks for more."""

from dataclasses import dataclass
from math import ceil

from filmgate.domain.errors import TooManyRequests
from filmgate.domain.wording import counted

# Nobody can tell when a task will end; a client that asks again this often does no harm.
_ASK_AGAIN_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Quotas:
    """What a create is held against; 0 is no limit.

    `open_of_account` and `a_minute_of_account` count for accounts that have no numbers of their own and
    are not unlimited: how many of its tasks may wait and run at once, and how many it may create at once
    and then each minute. `open_of_all` is how many tasks of all accounts may wait and run.
    """

    open_of_account: int = 0
    a_minute_of_account: int = 0
    open_of_all: int = 0


def many_open(most: int) -> TooManyRequests:
    """The refusal of an account that has too many open tasks."""
    return TooManyRequests(
        f"This account may have {counted(most, 'task')} waiting or running at once, and has; "
        "wait for one to end, or delete one.",
        retry_after_seconds=_ASK_AGAIN_SECONDS,
    )


def too_fast(most: int, *, seconds_to_wait: float) -> TooManyRequests:
    """The refusal of an account that creates tasks too fast."""
    wait = max(1, ceil(seconds_to_wait))
    return TooManyRequests(
        f"This account may create {counted(most, 'task')} a minute; try again in {wait} s.",
        retry_after_seconds=wait,
    )


def queue_full(most: int) -> TooManyRequests:
    """The refusal of a server that has too many open tasks."""
    return TooManyRequests(
        f"The queue is full: this server takes {counted(most, 'task')} at once; try again in a moment.",
        retry_after_seconds=_ASK_AGAIN_SECONDS,
    )
