"""A local store on a disk that is full or read-only, and in a process that is killed: whole files or none."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from filmgate.domain.errors import Unavailable
from filmgate.media.objects import LocalObjects
from tests.disks import fill, is_refused, small_disk

_MIB = 2**20

# Puts a file whose second half never arrives, and says when its first half was written.
_PUTTING = """
import asyncio, sys
from pathlib import Path
from filmgate.media.objects import LocalObjects
asyncio.run(LocalObjects(Path(sys.argv[1])).put("t/1/clip.mp4", Path(sys.argv[2]), content_type="video/mp4"))
"""


async def test_a_full_disk_takes_a_whole_file_or_none_and_again_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        objects = LocalObjects(disk / "objects")
        await objects.put("t/1/first.mp4", b"x" * _MIB, content_type="video/mp4")

        too_large = await is_refused(objects, "t/2/clip.mp4", b"y" * 4 * _MIB)
        left = _files(disk)
        filler = fill(disk)
        when_full = await is_refused(objects, "t/3/clip.mp4", b"z" * _MIB)
        filler.unlink()
        after = await is_refused(objects, "t/3/clip.mp4", b"z" * _MIB)

        assert (too_large, when_full, after) == (True, True, False)
        assert left == ["objects/t/1/first.mp4"]
        assert _files(disk) == ["objects/t/1/first.mp4", "objects/t/3/clip.mp4"]


async def test_a_fetch_to_a_full_disk_is_unavailable_and_leaves_no_part(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path / "objects")
    await objects.put("t/1/clip.mp4", os.urandom(2 * _MIB), content_type="video/mp4")
    with small_disk(tmp_path / "disk", mib=1) as disk:
        with pytest.raises(Unavailable):
            await objects.fetch("t/1/clip.mp4", disk / "clip.mp4")

        assert _files(disk) == []


async def test_a_disk_that_turns_read_only_is_unavailable(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        objects = LocalObjects(disk / "objects")
        _remount(disk, "ro")
        with pytest.raises(Unavailable):
            await objects.check()
        read_only = await is_refused(objects, "t/1/clip.mp4", b"x")
        _remount(disk, "rw")

        assert (read_only, await is_refused(objects, "t/1/clip.mp4", b"x")) == (True, False)


def test_a_file_over_the_limit_of_the_process_leaves_no_part(tmp_path: Path) -> None:
    limited = "import resource, signal; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096));"
    limited += " signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    source = tmp_path / "source"
    source.write_bytes(bytes(_MIB))

    ended = subprocess.run(
        [sys.executable, "-c", limited + _PUTTING, tmp_path / "objects", source], capture_output=True
    )

    assert b"Unavailable" in ended.stderr
    assert _files(tmp_path / "objects") == []


def test_a_process_killed_in_the_middle_of_a_put_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    half, objects = tmp_path / "half", LocalObjects(tmp_path / "objects")
    os.mkfifo(half)
    with subprocess.Popen([sys.executable, "-c", _PUTTING, tmp_path / "objects", half]) as putting:
        writing = half.open("wb", buffering=0)
        # More than the pipe holds: once it is written, the other side has read and written a part of it.
        writing.write(bytes(4 * _MIB))
        putting.send_signal(signal.SIGKILL)
        putting.wait()
        writing.close()

    final = objects.local_path("t/1/clip.mp4")
    assert final is not None
    assert not final.exists()
    assert [path.startswith("t/1/.clip.mp4.") for path in _files(tmp_path / "objects")] == [True]
    asyncio.run(objects.delete_all("t"))
    assert _files(tmp_path / "objects") == []


def test_a_put_that_is_cancelled_does_not_appear_afterwards(tmp_path: Path) -> None:
    half, objects = tmp_path / "half", LocalObjects(tmp_path / "objects")
    os.mkfifo(half)

    async def cancel_in_the_middle() -> None:
        putting = asyncio.create_task(objects.put("t/1/clip.mp4", half, content_type="video/mp4"))
        writing = await asyncio.to_thread(half.open, "wb", buffering=0)
        await asyncio.to_thread(writing.write, bytes(_MIB))
        putting.cancel()
        await asyncio.gather(putting, return_exceptions=True)
        writing.close()

    # The loop ends only when its threads have.
    asyncio.run(cancel_in_the_middle())

    assert _files(tmp_path / "objects") == []


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _remount(disk: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", disk], check=True)
