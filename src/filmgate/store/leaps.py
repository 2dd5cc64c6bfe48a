"""Noticing that the database's clock was set, so that nobody is taken for dead because of it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta


class LeapWatch:
    """Compares two readings of the database's clock with what passed here meanwhile.

    Heartbeats are times of that clock. Set forward, it makes all of them look old at once; so for as long as
    every living worker needs to beat again, silence means nothing.
    """

    def __init__(
        self, *, tolerance: timedelta, grace: timedelta, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._tolerance = tolerance
        self._grace = grace
        self._monotonic = monotonic
        self._last: tuple[datetime, float] | None = None
        self._silent_until = 0.0

    def leap(self, reading: datetime) -> timedelta:
        """Return by how much the clock was set since the last reading; within the tolerance, by nothing."""
        here, last = self._monotonic(), self._last
        self._last = (reading, here)
        if last is None:
            return timedelta(0)
        leap = reading - last[0] - timedelta(seconds=here - last[1])
        if abs(leap) <= self._tolerance:
            return timedelta(0)
        self._silent_until = here + self._grace.total_seconds()
        return leap

    @property
    def silence_means_death(self) -> bool:
        """Say whether a worker that has not been heard of may be taken for dead."""
        return self._monotonic() >= self._silent_until
