from fractions import Fraction

import pytest

from filmgate.domain.accounts import price
from filmgate.domain.models import ModelSpec
from filmgate.domain.objections import objections
from filmgate.domain.requests import AspectRatio, GenerationRequest, Mode
from tests.domain.matrix import CATALOG, EVERY_DURATION, FEATURES, MATRIX, Row, a_request, a_request_for

rows = pytest.mark.parametrize("row", MATRIX, ids=lambda row: f"{row.model}/{row.mode}")


def spec_of(row: Row) -> ModelSpec:
    return CATALOG.specs[row.model, Mode(row.mode)]


def is_accepted(request: GenerationRequest, row: Row) -> bool:
    return not list(objections(request, spec_of(row), CATALOG.limits))


def test_the_catalogue_has_exactly_the_rows_of_the_contract() -> None:
    assert list(CATALOG.specs) == [(row.model, Mode(row.mode)) for row in MATRIX]


@rows
@pytest.mark.parametrize("feature", FEATURES)
def test_each_cell_accepts_its_durations_and_refuses_all_others(row: Row, feature: str) -> None:
    accepted = tuple(
        duration for duration in EVERY_DURATION if is_accepted(a_request_for(feature, row, duration), row)
    )

    assert accepted == getattr(row, feature)


@rows
def test_each_refusal_names_its_field_and_what_was_asked(row: Row) -> None:
    for feature in set(FEATURES) - {"text2video", "image2video", "extend"}:
        if getattr(row, feature) or not row.text2video:
            continue
        request = a_request_for(feature, row, row.text2video[0])

        refusals = list(objections(request, spec_of(row), CATALOG.limits, rows=CATALOG.specs.values()))

        field = "element_list" if feature == "references" else feature
        assert [refusal.field for refusal in refusals] == [field]
        assert row.model in refusals[0].message or "4k" in refusals[0].message
        assert field in refusals[0].message


@rows
def test_each_row_has_the_size_and_rate_of_the_contract(row: Row) -> None:
    spec = spec_of(row)

    if row.size is None:
        assert (spec.short_side, spec.fps) == (None, None)
    else:
        assert spec.frame_size(AspectRatio.WIDE.fraction) == row.size
        assert spec.frame_size(AspectRatio.TALL.fraction) == (row.size[1], row.size[0])
        assert spec.frame_size(AspectRatio.SQUARE.fraction) == (row.size[1], row.size[1])
        assert spec.fps == row.fps


@rows
def test_each_row_costs_what_the_contract_says(row: Row) -> None:
    spec = spec_of(row)

    for duration in spec.durations:
        silent = price(a_request(row.model, row.mode, duration, generate_audio=False), spec)
        assert silent.millicredits == row.price * duration
        if row.sound is not None:
            loud = price(a_request(row.model, row.mode, duration, generate_audio=True), spec)
            assert loud.millicredits == row.price * duration * Fraction(row.sound)


def test_only_the_three_first_models_extend_clips_of_others() -> None:
    able = {spec.model for spec in CATALOG.specs.values() if spec.extend}

    assert able == {"kling-v1", "kling-v1-5", "kling-v1-6"}


def test_only_the_two_masters_have_a_single_mode() -> None:
    single = {spec.model for spec in CATALOG.specs.values() if spec.single_mode}

    assert single == {"kling-v2-master", "kling-v2-1-master"}


def test_the_limits_are_those_of_the_contract() -> None:
    limits = CATALOG.limits

    assert (limits.prompt_characters, limits.negative_prompt_characters) == (2500, 200)
    assert (limits.shots, limits.shot_prompt_characters) == (6, 512)
    assert (limits.elements, limits.videos, limits.images, limits.images_with_video) == (3, 1, 7, 4)
    assert (limits.image_short_side, limits.image_longest_ratio) == (300, Fraction(5, 2))
    assert limits.image_bytes == 10 * 1024 * 1024
    assert (limits.clip_seconds, limits.seed) == (180, 2**31 - 1)


def test_the_defaults_and_the_alias_are_those_of_the_contract() -> None:
    assert (CATALOG.default_model, CATALOG.default_mode.value) == ("kling-v1", "std")
    assert (CATALOG.default_duration, CATALOG.default_aspect_ratio.value) == (5, "16:9")
    assert CATALOG.aliases == {"kling-o1": "kling-video-o1"}


def test_a_new_clip_has_the_shape_asked_for_or_else_that_of_what_it_begins_from() -> None:
    spec = CATALOG.spec("kling-v1", Mode.STD)
    portrait = Fraction(3, 4)

    assert spec.new_size(None) == (1280, 720)
    assert spec.new_size(None, given=portrait) == (720, 960)
    assert spec.new_size(AspectRatio.SQUARE, given=portrait) == (720, 720)
