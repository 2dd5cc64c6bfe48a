"""What a killed process leaves in the scratch folder goes with the next start, and nobody else's does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import TaskId
from filmgate.media.scratch import LocalScratch

# Opens a folder below the one named, says so, and waits to be killed.
_RENDERING = """
import sys, uuid
from pathlib import Path
from filmgate.media.scratch import LocalScratch
with LocalScratch(Path(sys.argv[1]), min_free_bytes=0).folder(uuid.uuid4()) as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


def _scratch(parent: Path, *, min_free_bytes: int = 0) -> LocalScratch:
    return LocalScratch(parent, min_free_bytes=min_free_bytes)


def test_an_attempts_folder_goes_with_the_attempt_and_the_process_takes_its_own(tmp_path: Path) -> None:
    scratch = _scratch(tmp_path / "work")

    with scratch.folder(TaskId(uuid4())) as folder:
        made = sorted(path.name for path in folder.iterdir())
        (folder / "output" / "clip.mp4").write_bytes(b"x")
    scratch.close()

    assert made == ["inputs", "output"]
    assert list((tmp_path / "work").iterdir()) == []


def test_a_living_processs_folder_stays_and_a_killed_ones_goes(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _RENDERING, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())

        _scratch(tmp_path)
        stayed = folder.exists()
        process.kill()
        process.wait()
        _scratch(tmp_path)

    assert stayed
    assert not folder.parent.exists()


def test_a_folder_of_the_same_process_number_in_another_container_stays(tmp_path: Path) -> None:
    ours, theirs = _scratch(tmp_path), _scratch(tmp_path)

    with theirs.folder(TaskId(uuid4())) as folder:
        with ours.folder(TaskId(uuid4())):
            _scratch(tmp_path)

        assert folder.exists()


def test_what_an_earlier_version_left_is_removed_once_its_process_is_gone(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for name in (str(gone.pid), str(os.getpid()), str(os.getppid()), "notes"):
        (tmp_path / name / "attempt").mkdir(parents=True)

    _scratch(tmp_path)

    assert {path.name for path in tmp_path.iterdir()} == {str(os.getppid()), "notes"}


def test_a_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "work").write_bytes(b"a file is in the way")
    scratch = _scratch(tmp_path / "work")

    with pytest.raises(Unavailable, match="no room"), scratch.folder(TaskId(uuid4())):
        pass


def test_there_is_room_by_what_is_free_where_the_folder_is_to_be(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free

    assert _scratch(tmp_path / "not" / "yet").has_room()
    assert not _scratch(tmp_path, min_free_bytes=free * 2).has_room()
