"""Room for the files of attempts, which a killed process leaves behind and the next one clears."""

import os
import shutil
from pathlib import Path

import psutil


def own_scratch(parent: Path) -> Path:
    """Return this process's folder below `parent`, after removing those of processes that are gone."""
    own = parent / str(os.getpid())
    if parent.is_dir():
        for folder in parent.iterdir():
            # In a container every start has the same number: what lies under ours is an earlier one's.
            if folder == own or (folder.name.isdigit() and not psutil.pid_exists(int(folder.name))):
                shutil.rmtree(folder, ignore_errors=True)
    return own
