"""What a killed process leaves in the scratch folder goes with the next start."""

import os
import subprocess
import sys
from pathlib import Path

from filmgate.media.scratch import own_scratch


def test_the_folders_of_processes_that_are_gone_are_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / str(gone.pid) / "attempt"
    left.mkdir(parents=True)

    own_scratch(tmp_path)

    assert not left.parent.exists()


def test_the_folders_of_living_processes_and_other_files_stay(tmp_path: Path) -> None:
    living = tmp_path / str(os.getppid())
    living.mkdir()
    (tmp_path / "notes").mkdir()

    own = own_scratch(tmp_path)

    assert living.exists()
    assert (tmp_path / "notes").exists()
    assert own == tmp_path / str(os.getpid())


def test_what_an_earlier_process_of_the_same_number_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / str(os.getpid()) / "attempt"
    left.mkdir(parents=True)

    own_scratch(tmp_path)

    assert not left.exists()
