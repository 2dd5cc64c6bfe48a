"""A run is drawn from its seed, so that it can be made again."""

from tests.chaos.plan import Manner, Plan, Then, Victim, plan_of


def _plan(seed: int) -> Plan:
    return plan_of(seed, seconds=600, n_kills=240, n_freezes=24, n_wishes=600)


def test_the_same_seed_makes_the_same_plan_and_another_makes_another() -> None:
    assert _plan(7) == _plan(7)
    assert _plan(7).digest == _plan(7).digest
    assert _plan(7).digest != _plan(8).digest


def test_a_long_run_strikes_everything_and_asks_in_every_manner() -> None:
    plan = _plan(7)

    assert {strike.victim for strike in plan.strikes} == set(Victim)
    assert sum(strike.victim is not Victim.FROZEN_WORKER for strike in plan.strikes) == 240
    assert {(wish.manner, wish.script.then) for wish in plan.wishes} >= {
        (manner, Then.CLIP) for manner in Manner
    }
    for trait in ("has_picture", "patience", "cancel_after", "is_extended", "is_deleted", "refusals"):
        assert any(getattr(wish, trait) for wish in plan.wishes), trait


def test_strikes_fall_in_order_within_the_load() -> None:
    moments = [strike.at for strike in _plan(7).strikes]

    assert moments == sorted(moments)
    assert 0 < moments[0] < moments[-1] <= 600
