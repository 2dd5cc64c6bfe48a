"""Settings that cannot be used end a start with a sentence that names them."""

from pathlib import Path

import pytest

from filmgate.app.whole import open_filmgate
from filmgate.domain.errors import InvalidSettings
from filmgate.settings import load_settings, unknown_variables


@pytest.mark.parametrize("url", ["nonsense", "mysql://db/filmgate", "//db/filmgate"])
def test_a_database_url_of_something_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^FILMGATE_DATABASE_URL: must read like postgresql://"):
        load_settings(database_url=url)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"storage_url": "ftp://files"}, "^FILMGATE_STORAGE_URL: .*ftp"),
        ({"storage_url": "file:relative"}, "^FILMGATE_STORAGE_URL: .*file:///"),
        ({"egress_allow": ("http://pictures.example",)}, "^FILMGATE_EGRESS_ALLOW: .*pictures.example"),
    ],
)
async def test_a_setting_that_cannot_be_used_is_named(
    database_url: str, tmp_path: Path, given: dict[str, object], words: str
) -> None:
    settings = load_settings(data=tmp_path, database_url=database_url, **given)

    with pytest.raises(InvalidSettings, match=words):
        async with open_filmgate(settings):
            pytest.fail("nothing can be opened with this setting")


@pytest.mark.parametrize("key", ["é", "two words", "", "fg_a\n"])
def test_a_key_that_no_header_can_carry_is_refused_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("FILMGATE_API_KEY", key)

    with pytest.raises(InvalidSettings, match=r"^FILMGATE_API_KEY: must be a key") as refusal:
        load_settings()

    assert not key or key not in str(refusal.value)


def test_what_looks_like_a_setting_and_is_none_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FILMGATE_DTAA", "filmgate_retention_day", "FILMGATE_DATA", "FILMGATEWAY"):
        monkeypatch.setenv(name, "1")

    assert unknown_variables() == [
        ("FILMGATE_DTAA", "FILMGATE_DATA"),
        ("filmgate_retention_day", "FILMGATE_RETENTION_DAYS"),
    ]


@pytest.mark.parametrize(
    ("written", "seconds"), [("0.2s, 5m,2h,1d", [0.2, 300, 7200, 86400]), ("30d", [2592000]), ("", [])]
)
def test_the_waits_between_callbacks_are_read_with_their_units(
    monkeypatch: pytest.MonkeyPatch, written: str, seconds: list[float]
) -> None:
    monkeypatch.setenv("FILMGATE_CALLBACK_RETRIES", written)

    settings = load_settings()

    assert [delay.total_seconds() for delay in settings.callback_retries] == seconds


def test_by_default_a_callback_is_tried_for_three_days() -> None:
    waits = load_settings().callback_retries

    minutes = [wait.total_seconds() / 60 for wait in waits]
    assert minutes == [5 / 60, 5, 30, 2 * 60, 5 * 60, 10 * 60, 14 * 60, 20 * 60, 24 * 60]


@pytest.mark.parametrize("written", ["5", "5 m", "-5s", "1w", "31d", "5m,,soon", "\u0665s", "9" * 400 + "s"])
def test_a_wait_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("FILMGATE_CALLBACK_RETRIES", written)

    with pytest.raises(
        InvalidSettings, match=r'^FILMGATE_CALLBACK_RETRIES: ".*" is not a wait; write each like'
    ):
        load_settings()
