"""Running what the console writes in other languages, where this machine can."""

import asyncio
import os
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from filmgate.http.console.snippets import LANGUAGES, Language

# Each ends with status 0 only where the language is there and new enough for our programs.
_PROBES: Mapping[str, str] = {
    "curl": "curl --fail-with-body --version",
    "python": "python3 --version",
    "javascript": "node --eval 'fetch; [].at(0)'",
    # The second module came with Java 17; the first one runs source files.
    "java": "java --add-modules jdk.compiler,jdk.random --version",
    "go": "go version",
    "php": "php --run 'exit(PHP_VERSION_ID < 80000);'",
}


@dataclass(frozen=True)
class Run:
    """How a program ended and what it said."""

    status: int
    output: str
    errors: str


@cache
def is_here(language: Language) -> bool:
    """Say whether programs in this language can run on this machine."""
    try:
        subprocess.run(shlex.split(_PROBES[language.id]), check=True, capture_output=True, timeout=30)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return False
    return True


def need(language: Language) -> None:
    """Skip the test where the language cannot run."""
    if not is_here(language):
        pytest.skip(f"no {language.name} here that runs our programs: {_PROBES[language.id]}")


def languages_here() -> list[Language]:
    """Return the languages that can run."""
    return [language for language in LANGUAGES.values() if is_here(language)]


async def run(language: Language, program: str, *, folder: Path, key: str = "") -> Run:
    """Save a program in a folder and run it as people are told to."""
    _save(program, folder / language.file_name)
    process = await asyncio.create_subprocess_exec(
        *shlex.split(language.run),
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            # Where Go keeps what it has compiled.
            "HOME": str(Path.home()),
            "FILMGATE_API_KEY": key,
            # The poorest of all: a program must not depend on its machine being set to UTF-8.
            "LC_ALL": "C",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    output, errors = await process.communicate()
    assert process.returncode is not None
    return Run(process.returncode, output.decode(), errors.decode())


def _save(program: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(program, encoding="utf-8")
