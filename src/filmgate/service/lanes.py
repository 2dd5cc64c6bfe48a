"""Room for a few at once, and a turn for everybody else."""

from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from filmgate.ports import Clock

_FIRST_GUESS = timedelta(seconds=1)
_LONGEST_WAIT = timedelta(minutes=1)


@dataclass
class _Lane:
    n_inside: int = 0
    usual_stay: timedelta = _FIRST_GUESS
    next_turn: datetime | None = None


class Lanes:
    """A lane for each key, in which `room` may be at once.

    Whoever finds a lane full is told to come back when those before it should have passed, going by the
    last stay. So thousands that wait behind a slow one ask seldom, and nobody keeps a place meanwhile.
    """

    def __init__(self, *, room: int, clock: Clock) -> None:
        self._room = room
        self._clock = clock
        self._lanes: dict[Hashable, _Lane] = {}

    def wait(self, key: Hashable) -> timedelta:
        """Return zero where there is room now, else when to ask again: a minute at most."""
        lane = self._lanes.get(key)
        if lane is None or lane.n_inside < self._room:
            return timedelta(0)
        now = self._clock.now()
        lane.next_turn = max(lane.next_turn or now, now) + lane.usual_stay / self._room
        return min(lane.next_turn - now, _LONGEST_WAIT)

    @contextmanager
    def inside(self, key: Hashable) -> Iterator[None]:
        """Be in the lane for as long as the block runs."""
        lane = self._lanes.setdefault(key, _Lane())
        lane.n_inside += 1
        entered = self._clock.now()
        try:
            yield
        finally:
            lane.n_inside -= 1
            lane.usual_stay = max(self._clock.now() - entered, timedelta(milliseconds=1))
            if not lane.n_inside:
                # Lanes that nobody uses would pile up otherwise.
                del self._lanes[key]
