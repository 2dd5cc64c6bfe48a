import tomllib
from collections.abc import Callable
from typing import Any

import pytest

from filmgate.domain.catalog import load_catalog
from filmgate.domain.errors import InvalidCatalog, InvalidRequest
from filmgate.domain.requests import Mode
from tests.domain.matrix import CATALOG, CATALOG_TEXT

V3 = "[models.kling-v3]"


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    content = tomllib.loads(CATALOG_TEXT)
    change(content)
    return content


def test_text_and_what_it_reads_as_make_the_same_catalogue() -> None:
    from_mapping = load_catalog(tomllib.loads(CATALOG_TEXT))

    assert from_mapping == CATALOG


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["models"]["kling-v3"].pop("fps"), "lacks models.kling-v3.modes.std.fps"),
        (
            lambda c: c["models"]["kling-v3"].update(fsp=24),
            "no entry by the name of models.kling-v3.modes.std.fsp",
        ),
        (
            lambda c: c["models"]["kling-v3"].update(audio="yes"),
            'audio must be none, optional or default_on, not "yes"',
        ),
        (
            lambda c: c["models"]["kling-v3"].update(durations=[10, 5]),
            "durations must be ascending whole seconds",
        ),
        (
            lambda c: c["models"]["kling-v3"].update(durations=[True]),
            "durations must be ascending whole seconds",
        ),
        (
            lambda c: c["models"]["kling-v3"].update(durations={"from": 9, "to": 3}),
            "durations must be ascending",
        ),
        (
            lambda c: c["models"]["kling-v3"].update(durations={"from": 3}),
            "lacks models.kling-v3.modes.std.durations.to",
        ),
        (lambda c: c["models"]["kling-v3"].update(end_image=[2]), "end_image must be among the durations"),
        (lambda c: c["models"]["kling-v3"].update(multi_shot="true"), "multi_shot must be true or false"),
        (lambda c: c["models"]["kling-v3"].update(actions="text2video"), "actions must be a list"),
        (lambda c: c["models"]["kling-v3"].update(actions=["extend"]), "see extends_any"),
        (lambda c: c["models"]["kling-v3"].update(single_mode=True), "single_mode must be false"),
        (lambda c: c["models"]["kling-v3"].update(modes={}), "modes must be a table of at least one mode"),
        (lambda c: c["models"]["kling-v3"]["modes"].update(hd={}), "modes.hd must be named std, pro or 4k"),
        (
            lambda c: c["models"]["kling-v3"]["modes"]["std"].update(short_side=721),
            "an even number of pixels",
        ),
        (
            lambda c: c["models"]["kling-v3"]["modes"]["std"].update(credits_per_second=0.1234),
            "at most three decimals",
        ),
        (
            lambda c: c["models"]["kling-v3"]["modes"]["std"].update(credits_per_second=-1),
            "a number of at least 0",
        ),
        (
            lambda c: c["models"]["kling-v3"]["modes"]["std"].update(audio_factor=float("inf")),
            "a number of at least 1",
        ),
        (
            lambda c: c["models"]["kling-v3"]["modes"]["std"].update(audio_factor="2"),
            "audio_factor must be a number",
        ),
        (lambda c: c["limits"].update(images=0), "limits.images must be a whole number of at least 1, not 0"),
        (lambda c: c["limits"].pop("shots"), "lacks limits.shots"),
        (lambda c: c["limits"].update(shot=1), "no entry by the name of limits.shot"),
        (lambda c: c["aliases"].update(x="kling-v9"), "aliases.x must be one of the models"),
        (
            lambda c: c["aliases"].update({"kling-v3": "kling-v1"}),
            "aliases.kling-v3 must be a name that no model has",
        ),
        (
            lambda c: c["defaults"].update(mode="4k"),
            "defaults.model must be a model that has the default mode",
        ),
        (
            lambda c: c["defaults"].update(duration=7),
            "defaults.duration must be a duration of the default model",
        ),
        (lambda c: c.update(price={}), "no entry by the name of price"),
        (lambda c: c.update(models=[]), "models must be a table"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_entry(
    change: Callable[[dict[str, Any]], object], message: str
) -> None:
    with pytest.raises(InvalidCatalog) as error:
        load_catalog(changed(change))

    assert message in str(error.value)


def test_a_broken_file_is_an_error_that_names_the_line() -> None:
    with pytest.raises(InvalidCatalog, match="line 2"):
        load_catalog("[defaults]\nmodel = \n")


def test_an_alias_finds_the_row_of_its_model() -> None:
    assert CATALOG.spec("kling-o1", Mode.PRO) is CATALOG.specs["kling-video-o1", Mode.PRO]


@pytest.mark.parametrize(
    ("model", "mode", "message"),
    [
        (
            "kling-v1",
            "4k",
            'mode "4k" is only supported by kling-v3 and kling-v3-omni; kling-v1 accepts std or pro.',
        ),
        ("kling-v2-master", "pro", "leave mode out, or send std."),
        ("kling-v2-1-master", "4k", 'mode "4k" is only supported by kling-v3 and kling-v3-omni;'),
        ("kling-v33", "std", 'model is invalid. "kling-v33" is not known; accepted: kling-v1, '),
        ("KLING-V3", "std", "model is invalid. "),
    ],
)
def test_a_row_that_is_not_there_is_refused_in_known_words(model: str, mode: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        CATALOG.spec(model, Mode(mode))

    assert message in str(error.value)


@pytest.mark.parametrize(
    ("asked", "nearest"),
    [
        ("kling-v3-omnni", "kling-v3-omni"),
        ("KLING-V3", "kling-v3"),
        ("kling-v2", "kling-v2-master"),
        ("kling-v2.0", "kling-v2-master"),
        ("kling-v2-1", "kling-v2-1-master"),
        ("kling_v2.1", "kling-v2-1-master"),
        ("kling-v21", "kling-v2-1-master"),
        ("Kling 2.1 Master", "kling-v2-1-master"),
        ("kling-v2-5", "kling-v2-5-turbo"),
        ("kling-2.6", "kling-v2-6"),
        ("kling-v1.6-pro", "kling-v1-6"),
        ("kling-v3-4k", "kling-v3"),
        ("kling-video-01", "kling-video-o1"),
        ("kling-v2-7", "kling-v2-6"),
    ],
)
def test_a_mistyped_model_is_told_the_nearest(asked: str, nearest: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        CATALOG.spec(asked, Mode.STD)

    assert str(error.value).endswith(f" Did you mean {nearest}?")


@pytest.mark.parametrize("asked", ["", "sora-2", "v2", "gpt-4o", "!"])
def test_a_model_of_another_kind_has_no_nearest(asked: str) -> None:
    with pytest.raises(InvalidRequest, match=r"kling-v3-turbo\.$"):
        CATALOG.spec(asked, Mode.STD)
