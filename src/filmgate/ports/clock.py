"""The time."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The time of domain deadlines. Liveness of workers goes by the database's clock instead."""

    def now(self) -> datetime:
        """Return the current time, in UTC and aware of it."""
        ...
