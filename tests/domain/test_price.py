from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from filmgate.domain.accounts import PriceItem, price
from filmgate.domain.requests import Action, Mode
from tests.domain.matrix import CATALOG, a_request


def lines(model: str, mode: str = "std", duration: int = 5, **given: Any) -> list[tuple[str, int]]:
    cost = price(a_request(model, mode, duration, **given), CATALOG.spec(model, Mode(mode)))
    return [(item.label, item.millicredits) for item in cost.items]


def test_a_silent_clip_has_one_line() -> None:
    assert lines("kling-v1") == [("kling-v1 std, 5 s at 0.28", 1400)]


def test_sound_has_a_line_of_its_own() -> None:
    assert lines("kling-v3", "pro", 7, generate_audio=True) == [
        ("kling-v3 pro, 7 s at 1.12", 7840),
        ("sound, x 1.5", 3920),
    ]


def test_sound_is_not_charged_at_4k() -> None:
    assert lines("kling-v3", "4k", 3, generate_audio=True) == [
        ("kling-v3 4k, 3 s at 4.20", 12600),
        ("sound, included", 0),
    ]


@pytest.mark.parametrize("audio", [None, True])
def test_sound_that_comes_unasked_is_included(audio: bool | None) -> None:
    assert lines("kling-v3-turbo", generate_audio=audio) == [
        ("kling-v3-turbo std, 5 s at 1.008", 5040),
        ("sound, included", 0),
    ]


def test_sound_that_is_declined_has_no_line() -> None:
    assert lines("kling-v3-turbo", generate_audio=False) == [("kling-v3-turbo std, 5 s at 1.008", 5040)]


def test_a_single_mode_is_not_named() -> None:
    assert lines("kling-v2-master", duration=10) == [("kling-v2-master, 10 s at 2.00", 20000)]


def test_an_extend_pays_for_the_seconds_it_adds() -> None:
    assert lines("kling-v1-6", "pro", 10, action=Action.EXTEND) == [
        ("kling-v1-6 pro, extend, 10 s at 0.56", 5600)
    ]


def test_an_odd_factor_is_rounded_up_to_whole_millicredits() -> None:
    spec = replace(
        CATALOG.spec("kling-v3", Mode.STD), audio_factor=Fraction(13, 10), millicredits_per_second=1
    )

    cost = price(a_request("kling-v3", duration=4, generate_audio=True), spec)

    assert cost.items[1] == PriceItem("sound, x 1.3", 2)
    assert cost.millicredits == 6
