"""Copying a whole folder of objects, for a backup or out of one."""

import shutil
from pathlib import Path


def copy_objects(source: Path, target: Path) -> int:
    """Copy every file of a local store, and return how many there were; blocks.

    Files that are still being written, whose names start with a dot, stay out, and so does what is deleted
    meanwhile.

    Raises:
        OSError: something could not be read or written.
    """
    n_files = 0
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in sorted(source.rglob("[!.]*")) if source.is_dir() else ():
        if not path.is_file():
            continue
        copy = target / path.relative_to(source)
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)
            continue
        copy.chmod(0o600)
        n_files += 1
    return n_files


def is_empty(folder: Path) -> bool:
    """Say whether there is no file below the folder, or no folder."""
    return not any(path.is_file() for path in folder.rglob("*")) if folder.is_dir() else True
