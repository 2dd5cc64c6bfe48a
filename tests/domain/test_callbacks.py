"""When the next post is due."""

from datetime import timedelta

import pytest

from filmgate.domain.callbacks import Receipt, next_post_after

SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)
DELAYS = (5 * SECOND, HOUR)


def after(
    status: int | None, *, n_posts: int = 1, retry_after: timedelta | None = None, chance: float = 0
) -> timedelta | None:
    receipt = Receipt(status=status, reason="", elapsed=SECOND, retry_after=retry_after)
    return next_post_after(receipt, n_posts=n_posts, delays=DELAYS, chance=chance)


@pytest.mark.parametrize("status", [None, 100, 302, 400, 401, 404, 429, 500, 503])
def test_whoever_does_not_take_it_is_asked_again_by_the_schedule(status: int | None) -> None:
    waits = [after(status, n_posts=count) for count in (1, 2, 3)]

    assert waits == [5 * SECOND, HOUR, None]


@pytest.mark.parametrize("status", [200, 204, 299, 410])
def test_whoever_takes_it_or_wants_no_more_is_left_alone(status: int) -> None:
    assert after(status, retry_after=SECOND) is None


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        (timedelta(0), 5 * SECOND),
        (SECOND, 5 * SECOND),
        (60 * SECOND, 60 * SECOND),
        (timedelta(days=400), timedelta(days=1)),
    ],
)
def test_retry_after_lengthens_a_wait_up_to_a_day(asked: timedelta, wait: timedelta) -> None:
    assert after(503, retry_after=asked) == wait


@pytest.mark.parametrize(("chance", "wait"), [(0, 60), (0.5, 63), (1, 66)])
def test_chance_makes_a_wait_longer_by_a_tenth_at_most(chance: float, wait: float) -> None:
    assert after(503, retry_after=60 * SECOND, chance=chance) == wait * SECOND
