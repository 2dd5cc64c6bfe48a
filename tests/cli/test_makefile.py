"""What `make` does with what people type."""

import subprocess
from pathlib import Path

import pytest

_REPOSITORY = Path(__file__).parents[2]


@pytest.mark.parametrize(
    "prompt", ["a sea", 'it\'s "here"', "$HOME costs $5; `id` $(id)", "-o /etc/x", "ü\\n#"]
)
def test_a_prompt_reaches_the_command_as_it_was_typed(prompt: str, tmp_path: Path) -> None:
    command = tmp_path / "filmgate"
    command.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    command.chmod(0o755)
    # The environment of this run is ready; `-o` keeps make from looking whether it should be made anew.
    line = ["make", "-s", "-o", ".venv/.ready", "video", f"BIN={tmp_path}", f"PROMPT={prompt}"]

    ran = subprocess.run(line, cwd=_REPOSITORY, capture_output=True, text=True)

    assert (ran.returncode, ran.stdout) == (0, f"generate\n--\n{prompt}\n"), ran.stderr


def test_an_old_python_is_told(tmp_path: Path) -> None:
    old = tmp_path / "python3.8"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.10\nexit 1\n')
    old.chmod(0o755)

    ran = subprocess.run(
        ["make", "-B", "setup", f"PYTHON={old}"], cwd=_REPOSITORY, capture_output=True, text=True
    )

    assert ran.returncode == 2
    assert f"Filmgate needs Python 3.11 or newer, and '{old}' is Python 3.8.10." in ran.stderr
