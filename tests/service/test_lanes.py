"""Lanes: room for a few, and turns that are told to everybody else."""

from datetime import UTC, datetime, timedelta

from filmgate.service.lanes import Lanes

SECOND = timedelta(seconds=1)
NOTHING = timedelta(0)


class StandingClock:
    """A `Clock` that stands still until the test moves it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """See the port."""
        return self.moment


def test_nobody_waits_for_another_lane() -> None:
    lanes = Lanes(room=1, clock=StandingClock())

    with lanes.inside("a"):
        assert lanes.wait("a") > NOTHING
        assert lanes.wait("b") == NOTHING
    assert lanes.wait("a") == NOTHING


def test_turns_go_by_the_last_stay_and_the_room() -> None:
    clock = StandingClock()
    lanes = Lanes(room=2, clock=clock)

    with lanes.inside("a"):
        with lanes.inside("a"):
            clock.moment += 8 * SECOND
        with lanes.inside("a"):
            waits = [lanes.wait("a") for _ in range(3)]

    # The stay of eight seconds is the newest one known while two are inside.
    assert waits == [4 * SECOND, 8 * SECOND, 12 * SECOND]


def test_no_turn_is_more_than_a_minute_away() -> None:
    lanes = Lanes(room=1, clock=StandingClock())

    with lanes.inside("a"):
        waits = [lanes.wait("a") for _ in range(1000)]

    assert waits[0] == SECOND
    assert waits[-1] == 60 * SECOND


def test_a_clock_that_was_wrong_keeps_nobody_waiting() -> None:
    clock = StandingClock()
    lanes = Lanes(room=1, clock=clock)

    with lanes.inside("a"):
        lanes.wait("a")
        clock.moment -= timedelta(hours=1)
        with lanes.inside("a"):
            clock.moment -= timedelta(hours=1)
        assert lanes.wait("a") == 60 * SECOND
