"""A wrong command line ends with 2 and says what would be right, before anything is started."""

import pytest
from typer.testing import CliRunner

from filmgate.cli import app


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("nope", "No such command"),
        ("serve --port 99999", "--port"),
        ("generate", "PROMPT"),
        ("generate x --image gone.png", "cannot be read"),
        ("generate x --image pyproject.toml", "not a JPEG, PNG or WebP"),
        ("generate x --end-image pyproject.toml", "--end-image"),
        ("generate x --image ftp://a/b.png", "ftp://a/b.png is no http, https or data URL"),
        ("generate x --cfg-scale nan --price", "cfg_scale must be a finite number, not nan"),
        ("generate \udcff --price", "prompt is not text in UTF-8"),
        ("generate x --camera orbit=3", "is not a camera move"),
        ("generate x --duration 5.5", "--duration"),
        ("generate x -o gone/x.mp4", "there is no folder gone"),
        ("generate x -o /proc/x.mp4", "nothing can be written to /proc: "),
        (f"generate x -o {'long' * 100}/x.mp4", "File name too long"),
        ("tasks --server foo", '--server\': "foo" cannot be used: must be absolute'),
        ("tasks --server http://x:y", "--server"),
        ("tasks --key é", "'--key': must be a key as it was printed"),
        ("tasks --limit 1000", "--limit"),
        (f"keys create {'x' * 61}", "give the key a name of at most 60 characters"),
        ("keys create x --expires soon", "is not a time span"),
        ("worker --engines animatic,foo", "foo is not configured"),
        ("worker --concurrency 0", "--concurrency"),
    ],
)
def test_a_wrong_line_is_usage(line: str, told: str) -> None:
    result = CliRunner().invoke(app, line.split())

    assert result.exit_code == 2
    assert told in result.output


def test_help_names_the_exit_codes() -> None:
    result = CliRunner().invoke(app, ["--help"])

    assert result.exit_code == 0
    assert "3 the" in result.output
