"""What an operator reads when a server starts."""

from pathlib import Path

from filmgate.cli.start_lines import serve_lines, unknown_lines, warning_lines, worker_lines
from filmgate.settings import Settings

_URL = "http://127.0.0.1:8000"


def _settings(**given: object) -> Settings:
    return Settings.model_validate(given)


def _lines(settings: Settings, *, sheltered_in: Path | None = None, engines: tuple[str, ...] = ("e",)) -> str:
    lines = serve_lines(settings, url=_URL, claim="once", sheltered_in=sheltered_in, engines=engines)
    return "\n".join(lines)


def test_the_curl_line_is_whole_and_reads_the_key_where_it_lies() -> None:
    text = _lines(_settings(data=Path("/my films")))
    [line] = [line.strip() for line in text.splitlines() if "curl" in line]

    assert "key       /my films/local.key" in text
    bearer = """authorization: Bearer $(cat '/my films/local.key')"""
    assert line.startswith(f'curl {_URL}/kling/videos -H "{bearer}" ')
    assert line.endswith("""-d '{"prompt": "a cinematic sunset over the ocean"}'""")


def test_the_operators_account_is_claimed_by_a_link() -> None:
    assert f"\n  {_URL}/enter/once\n" in _lines(_settings())
    assert "\n  https://films.example/enter/once\n" in _lines(_settings(public_url="https://films.example"))


def test_a_sheltered_database_is_shown() -> None:
    text = _lines(_settings(data=Path("/closed/films")), sheltered_in=Path("/var/lib/filmgate/films-1"))

    assert "data      /closed/films" in text
    assert "database  /var/lib/filmgate/films-1" in text


def test_a_databases_password_is_not_printed() -> None:
    settings = _settings(database_url="postgresql://me:secret@db/films")

    assert "secret@" not in _lines(settings) + "\n".join(worker_lines(settings, slots={"e": 2}))


def test_without_a_worker_the_command_for_one_is_shown() -> None:
    text = _lines(_settings(data=Path("/my films")), engines=())

    assert "filmgate worker --data '/my films'" in text


def test_the_origin_that_outsiders_see_is_shown() -> None:
    assert "https://films.example" in _lines(_settings(public_url="https://films.example/"))


def test_others_without_a_public_url_are_warned_about() -> None:
    named = _settings(public_url="https://films.example")

    told = warning_lines(_settings(), is_loopback=False, other_url=None)

    assert "FILMGATE_PUBLIC_URL" in told[0]
    assert warning_lines(_settings(), is_loopback=True, other_url=None) == []
    assert warning_lines(named, is_loopback=False, other_url=None) == []


def test_a_variable_that_is_no_setting_is_told_with_the_nearest_that_is() -> None:
    assert unknown_lines([("FILMGATE_DTAA", "FILMGATE_DATA"), ("FILMGATE_XYZZY", None)]) == [
        "warning: FILMGATE_DTAA is no setting and has no effect; did you mean FILMGATE_DATA?",
        "warning: FILMGATE_XYZZY is no setting and has no effect.",
    ]
