"""What goes wrong around a command ends in one line that says so, never in a traceback."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal


@pytest.mark.parametrize(
    "line",
    [
        "keys list",
        "keys revoke laptop",
        "accounts list",
        "accounts grant operator 5",
        "accounts limit operator --open 5",
        "engines unknown",
        "backup copy",
    ],
)
async def test_a_folder_that_is_not_there_is_no_empty_filmgate(lonely: Terminal, line: str) -> None:
    outcome = await lonely.run(*line.split(), "--data", "mistyped")

    assert outcome.code == 1
    assert outcome.err == (
        f"filmgate: There is no data folder {lonely.folder / 'mistyped'}: name another with --data "
        "(FILMGATE_DATA).\n"
    )
    assert sorted(each.name for each in lonely.folder.iterdir()) == ["engines.toml"]


async def test_a_full_disk_behind_stdout_is_one_line(terminal: Terminal) -> None:
    outcome = await terminal.shell("filmgate keys list > /dev/full")

    assert (outcome.code, outcome.err) == (
        1,
        "filmgate: Nothing more can be written: No space left on device.\n",
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
async def test_streams_that_are_closed_harm_nothing(terminal: Terminal, closed: str) -> None:
    outcome = await terminal.shell(f"filmgate keys list {closed}")

    assert (outcome.code, outcome.err) == (0, "")


async def test_a_reader_that_has_seen_enough_ends_a_list_in_silence(terminal: Terminal) -> None:
    outcome = await terminal.shell("filmgate keys list | true")

    assert (outcome.out, outcome.err) == ("", "")


async def test_ctrl_c_while_modules_are_imported_prints_nothing(terminal: Terminal, tmp_path: Path) -> None:
    # A module of this name is imported early, and tells here that it is.
    (tmp_path / "typer.py").write_text("import time\nprint('importing', flush=True)\ntime.sleep(60)\n")
    paths = f"{tmp_path}{os.pathsep}{Path(__file__).parents[2] / 'src'}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "filmgate", "tasks"),
        env=os.environ | {"PYTHONPATH": paths},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()

    process.send_signal(signal.SIGINT)
    _, err = await process.communicate()

    assert (process.returncode, err) == (-signal.SIGINT, b"")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "engines.toml cannot be read: No such file or directory"),
        (b"\xff\xfe", "engines.toml is not text in UTF-8 (byte 0)"),
    ],
)
async def test_a_file_of_engines_that_cannot_be_read_is_told(
    lonely: Terminal, content: bytes | None, told: str
) -> None:
    path = lonely.folder / "engines.toml"
    path.unlink()
    if content is not None:
        path.write_bytes(content)

    outcome = await lonely.run("engines", "check")

    assert (outcome.code, outcome.err) == (1, f"filmgate: {lonely.folder}/{told}\n")


async def test_a_database_that_is_not_there_is_told_by_its_address(lonely: Terminal) -> None:
    lonely.environment["FILMGATE_DATABASE_URL"] = "postgresql://me:secret@127.0.0.1:1/films"

    outcome = await lonely.run("keys", "list")

    assert outcome.code == 1
    assert outcome.err.startswith("filmgate: The database at 127.0.0.1:1 cannot be reached: ")
    assert "secret" not in outcome.err


async def test_a_new_folder_is_made_where_database_and_store_are_elsewhere(resting: Terminal) -> None:
    resting.environment["FILMGATE_STORAGE_URL"] = "memory:///"
    assert not (resting.folder / "own").exists()

    running = await resting.start("serve", "--port", "0")
    await running.says("local.key")

    assert (resting.folder / "own" / "local.key").is_file()
    assert (await running.end(signal.SIGINT)).code == 0


async def test_an_address_that_is_not_ours_asks_for_another_host(lonely: Terminal) -> None:
    outcome = await lonely.run("serve", "--host", "192.0.2.1")

    assert (outcome.code, outcome.err.splitlines()[-1]) == (
        1,
        "filmgate: Cannot listen on 192.0.2.1:8000: Cannot assign requested address. Choose another --host.",
    )


async def test_a_worker_names_its_own_option_for_a_port_in_use(lonely: Terminal) -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as taken:
        port = taken.sockets[0].getsockname()[1]

        outcome = await lonely.run("worker", "--metrics-port", str(port))

    assert outcome.code == 1
    assert outcome.err.endswith("Address already in use. Choose another --metrics-port.\n")


@pytest.mark.parametrize("arguments", [["peaks", "beach"], ["beach"]])
async def test_a_measurement_of_memory_names_what_it_knows(arguments: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.memory", *arguments),
        cwd=Path(__file__).parents[2],
        stderr=asyncio.subprocess.PIPE,
    )

    _, err = await process.communicate()

    assert process.returncode == 2
    assert "beach" in err.decode()
    assert "ocean" in err.decode() or "peaks" in err.decode()
