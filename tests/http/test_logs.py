import json
import subprocess
import sys
from typing import Any

import pytest

from filmgate.logs import redact

SPEAK = """
import logging, structlog
from filmgate.logs import configure_logs
configure_logs({form!r})
with structlog.contextvars.bound_contextvars(trace_id="t-1"):
    structlog.get_logger("filmgate.x").info("fetching", url="https://cdn.example/a.png?sig=private")
    try:
        raise RuntimeError("GET https://cdn.example/a.png?sig=private with Bearer private-key")
    except RuntimeError:
        structlog.get_logger("filmgate.x").exception("broke")
logging.getLogger("uvicorn.error").error("at postgresql://u:private@db/x")
logging.getLogger("httpx").info("private")
"""


def spoken(form: str) -> list[str]:
    """Run a program that logs, and return its lines."""
    code = SPEAK.format(form=form)
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == ""
    return ran.stderr.splitlines()


def test_json_lines_are_structured_and_carry_the_trace_id() -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in spoken("json")]

    assert [line["event"] for line in lines] == ["fetching", "broke", "at postgresql://u:…@db/x"]
    assert [line.get("trace_id") for line in lines] == ["t-1", "t-1", None]
    assert lines[0]["url"] == "https://cdn.example/a.png?…"
    assert (lines[0]["level"], lines[0]["logger"]) == ("info", "filmgate.x")
    assert "RuntimeError" in lines[1]["exception"]


@pytest.mark.parametrize("form", ["json", "console"])
def test_no_form_of_the_log_tells_a_secret(form: str) -> None:
    told = "\n".join(spoken(form))

    assert "cdn.example/a.png" in told
    assert "private" not in told


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("key fg_abcdefghijklmnop refused", "key fg_abcd… refused"),
        ("authorization: bearer abc.def-ghi", "authorization: Bearer …"),
        ("see https://a.example/b?token=1 and http://c/?d", "see https://a.example/b?… and http://c/?…"),
        ("postgresql://filmgate:p4ss@db/filmgate", "postgresql://filmgate:…@db/filmgate"),
        ("nothing secret: fg_ok, 5 o'clock?", "nothing secret: fg_ok, 5 o'clock?"),
    ],
)
def test_keys_passwords_and_queries_are_taken_out(told: str, kept: str) -> None:
    event = redact(None, "info", {"event": told, "n": 3})

    assert event == {"event": kept, "n": 3}


def test_secrets_inside_lists_and_objects_are_taken_out_as_well() -> None:
    event = redact(None, "info", {"urls": ["https://a/b?c"], "head": {"authorization": "Bearer abc"}})

    assert event == {"urls": ["https://a/b?…"], "head": {"authorization": "Bearer …"}}


def test_an_error_as_a_value_is_told_without_its_secrets() -> None:
    event = redact(None, "info", {"error": ValueError("no https://a/b?c")})

    assert "b?c" not in str(event["error"])
