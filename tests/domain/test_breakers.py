"""When an engine is left alone, and when it gets a job again."""

from datetime import UTC, datetime, timedelta

from filmgate.domain.breakers import Breaker, BreakerRules

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RULES = BreakerRules(failures=3, first_pause=5 * SECOND, longest_pause=30 * SECOND)


def after_failures(n: int, *, breaker: Breaker | None = None, now: datetime = NOW) -> Breaker:
    breaker = breaker or Breaker(rules=RULES)
    for _ in range(n):
        breaker = breaker.given().failed("It is down.", now=now)
    return breaker


def test_some_failures_in_a_row_are_forgiven() -> None:
    assert after_failures(2).pause_left(now=NOW) == timedelta(0)


def test_too_many_in_a_row_are_a_pause() -> None:
    breaker = after_failures(3)

    assert breaker.pause_left(now=NOW) == 5 * SECOND
    assert breaker.pause_left(now=NOW + 4 * SECOND) == SECOND
    assert breaker.reason == "It is down."


def test_one_good_end_forgets_all_failures() -> None:
    breaker = after_failures(2, breaker=after_failures(2).ended_well())

    assert breaker.pause_left(now=NOW) == timedelta(0)


def test_after_the_pause_one_job_is_the_probe_and_the_others_wait() -> None:
    later = NOW + 5 * SECOND
    breaker = after_failures(3)

    assert breaker.pause_left(now=later) == timedelta(0)
    assert breaker.given().pause_left(now=later) == 5 * SECOND


def test_each_probe_that_fails_doubles_the_pause_up_to_the_longest() -> None:
    breaker, now, pauses = after_failures(3), NOW, []
    for _ in range(5):
        pauses.append(breaker.pause_left(now=now))
        now += pauses[-1]
        breaker = breaker.given().failed("It is down.", now=now)

    assert [pause / SECOND for pause in pauses] == [5, 10, 20, 30, 30]


def test_a_probe_that_is_taken_lets_others_in_and_its_failure_is_a_longer_pause() -> None:
    later = NOW + 5 * SECOND
    taken = after_failures(3).given().took()

    assert taken.pause_left(now=later) == timedelta(0)
    assert taken.failed("It broke.", now=later).pause_left(now=later) == 10 * SECOND


def test_a_probe_that_tells_nothing_leaves_its_place_to_the_next_job() -> None:
    later = NOW + 5 * SECOND

    assert after_failures(3).given().told_nothing().pause_left(now=later) == timedelta(0)


def test_failures_of_jobs_that_were_under_way_do_not_make_the_pause_longer() -> None:
    breaker = after_failures(3)
    for _ in range(50):
        breaker = breaker.failed("It is down.", now=NOW + SECOND)

    assert breaker.pause_left(now=NOW + SECOND) == 4 * SECOND
