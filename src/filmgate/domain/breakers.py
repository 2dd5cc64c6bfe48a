"""When an engine that takes no jobs, or breaks every one, is left alone, and when it is tried again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta


@dataclass(frozen=True, kw_only=True)
class BreakerRules:
    """How many failures in a row are too many, and how long the first and the longest pause are."""

    failures: int = 5
    first_pause: timedelta = timedelta(seconds=5)
    longest_pause: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """What is known of an engine from its last jobs; every move returns a new one.

    `rests_until` is None while it gets jobs. After a pause one job alone is its probe: until the engine
    takes that, others keep away.
    """

    rules: BreakerRules
    n_failures: int = 0
    reason: str = ""
    rests_until: datetime | None = None
    is_probing: bool = False

    def pause_left(self, *, now: datetime) -> timedelta:
        """Return zero where a job may be given to it now, else how long to wait before asking again."""
        if self.rests_until is None:
            return timedelta(0)
        if self.is_probing:
            return self.rules.first_pause
        return max(self.rests_until - now, timedelta(0))

    def given(self) -> "Breaker":
        """A job was given to it; after a pause, it is the probe."""
        return self if self.rests_until is None else replace(self, is_probing=True)

    def took(self) -> "Breaker":
        """It took a job: others may come. Whether it ends well is not known yet, so nothing is forgiven."""
        return replace(self, rests_until=None, is_probing=False)

    def ended_well(self) -> "Breaker":
        """It did what it is there for."""
        return Breaker(rules=self.rules)

    def told_nothing(self) -> "Breaker":
        """A job ended by other causes; the next one may be the probe instead."""
        return replace(self, is_probing=False)

    def failed(self, reason: str, *, now: datetime) -> "Breaker":
        """It did not take a job, or broke it. Pauses double with each failure from the last permitted one."""
        n_failures = self.n_failures + 1
        known = replace(self, n_failures=n_failures, reason=reason, is_probing=False)
        if n_failures < self.rules.failures:
            return known
        if self.rests_until is not None and not self.is_probing:
            # One of those that were under way when the pause began; the probe alone makes it longer.
            return replace(known, n_failures=self.n_failures)
        doublings = min(n_failures - self.rules.failures, 32)
        pause = min(self.rules.first_pause * 2**doublings, self.rules.longest_pause)
        return replace(known, rests_until=now + pause)
