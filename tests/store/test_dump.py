"""Which pg_dump writes a backup: one that the server accepts, wherever it is installed."""

import os
from pathlib import Path

import pytest

from filmgate.domain.errors import Unavailable
from filmgate.store import backup
from filmgate.store.backup import dump


def _install(folder: Path, *, major: int) -> None:
    """Leave a pg_dump in the folder that tells this version, and fails at whatever else it is asked."""
    folder.mkdir()
    program = folder / "pg_dump"
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo "pg_dump (PostgreSQL) {major}.4 (A Distribution)" && exit\n'
        "echo 'pg_dump: error: the installed one was asked' >&2\nexit 1\n"
    )
    program.chmod(0o755)


async def test_an_older_pg_dump_on_the_path_makes_way_for_our_own(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path / "bin", major=9)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    await dump(database_url, tmp_path / "dump", is_embedded=False)

    assert (tmp_path / "dump").read_bytes()[:5] == b"PGDMP"


async def test_a_newer_pg_dump_on_the_path_is_taken(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path / "bin", major=99)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")

    with pytest.raises(Unavailable, match="the installed one was asked"):
        await dump(database_url, tmp_path / "dump", is_embedded=False)


async def test_without_one_that_is_new_enough_the_version_is_named(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _install(tmp_path / "bin", major=9)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(backup, "wheel_binaries", lambda: None)

    with pytest.raises(Unavailable, match=r"pg_dump of PostgreSQL \d+ or newer is missing"):
        await dump(database_url, tmp_path / "dump", is_embedded=False)
