"""When what was given is there: not on frames that repeat a given picture."""

from collections.abc import Callable

Presence = Callable[[float], float]
"""How much of something is there at a time in seconds, from 0 to 1."""


def always(time: float) -> float:
    """Be there from the beginning to the end."""
    del time
    return 1.0
