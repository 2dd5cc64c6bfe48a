"""A server's data is backed up while it runs, and a new server serves what came back."""

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Filmgate

_SLOW = "script: steps=20 pause=0.2"
Start = Callable[..., Awaitable[Filmgate]]


async def _command(*words: str | Path, **settings: str) -> tuple[int, str]:
    """Run a command, and return its exit code and what it said."""
    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "filmgate", *map(str, words)),
        env={**os.environ, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await command.communicate()
    assert command.returncode is not None
    return command.returncode, said.decode()


@pytest.mark.timeout(300)
async def test_what_was_backed_up_is_served_from_a_new_folder(start_filmgate: Start, tmp_path: Path) -> None:
    first = await start_filmgate(scripted=True)
    async with first.client() as client:
        made = await client.post("/kling/videos", json={"prompt": "a quiet sea"})
        clip = await client.get(made.json()["video_url"])
        waiting = await client.post("/kling/videos", json={"prompt": _SLOW, "async": True})

        backed_up = await _command("backup", tmp_path / "saved", "--data", first.data)
    again = await _command("backup", tmp_path / "saved", "--data", first.data)
    key = first.key
    await first.end(signal.SIGTERM)

    second = Filmgate(data=first.data / "second", config=first.config)
    second.data.mkdir(mode=0o755)
    restored = await _command("restore", tmp_path / "saved", "--data", second.data)
    refused = await _command("restore", tmp_path / "saved", "--data", second.data)
    await second.start()
    try:
        while_running = await _command("restore", tmp_path / "saved", "--data", second.data, "--replace")
        async with second.client() as client:
            headers = {"authorization": f"Bearer {key}"}
            path = made.json()["video_url"].removeprefix(first.url)
            same = await client.get(path)
            record = await client.post(
                "/kling/tasks", json={"id": waiting.json()["task_id"]}, headers=headers
            )
            while record.json()["data"]["state"] != "succeed":
                await asyncio.sleep(0.2)
                record = await client.post(
                    "/kling/tasks", json={"id": waiting.json()["task_id"]}, headers=headers
                )
    finally:
        await second.end(signal.SIGTERM)

    assert backed_up[0] == 0, backed_up
    assert again == (1, f"filmgate: {tmp_path / 'saved'} exists already; name a new folder.\n")
    assert restored[0] == 0, restored
    assert refused == (1, "filmgate: The database is not empty; --replace removes what is in it.\n")
    assert while_running[0] == 1
    assert "stop it first" in while_running[1]
    assert (same.status_code, same.content) == (200, clip.content)


@pytest.mark.timeout(300)
async def test_a_backup_replaces_what_is_there_and_a_damaged_one_nothing(
    start_filmgate: Start, tmp_path: Path
) -> None:
    filmgate = await start_filmgate(scripted=True)
    async with filmgate.client() as client:
        made = await client.post("/kling/videos", json={"prompt": "a quiet sea"})
    await _command("backup", tmp_path / "saved", "--data", filmgate.data)
    await filmgate.end(signal.SIGTERM)
    whole = await _command("restore", tmp_path / "saved", "--data", filmgate.data, "--replace")
    dump = tmp_path / "saved" / "database.dump"
    dump.write_bytes(dump.read_bytes()[: dump.stat().st_size // 2])
    shutil.rmtree(tmp_path / "saved" / "objects")

    code, said = await _command("restore", tmp_path / "saved", "--data", filmgate.data, "--replace")
    await filmgate.start()

    async with filmgate.client() as client:
        clip = await client.get(made.json()["video_url"])
    assert whole[0] == 0, whole
    assert (code, "error" in said) == (1, True)
    assert clip.status_code == 200


@pytest.mark.parametrize("content", [None, "", "[]", '{"format": 7, "has_files": true}'])
async def test_what_is_no_backup_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "backup.json").write_text(content)

    code, said = await _command("restore", tmp_path, "--data", tmp_path / "new")

    assert code == 1
    assert str(tmp_path) in said
    assert not (tmp_path / "new").exists()
