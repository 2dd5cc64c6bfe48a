"""Room for the files of attempts, which a killed process leaves behind and another one clears."""

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from filmgate.domain.errors import Unavailable
from filmgate.domain.tasks import TaskId

_OWN = re.compile(r"(\d+)(-[0-9a-f]{16})?")


class LocalScratch:
    """A `Scratch` in a folder of this process's own below `parent`, which processes may share.

    Each keeps a lock on its folder, and the kernel lets go of it when the process dies, in whichever
    container: numbers of processes say nothing across two of them.
    """

    def __init__(self, parent: Path, *, min_free_bytes: int) -> None:
        """Remove the folders of processes that are gone; nothing is made yet."""
        self._parent = parent
        self._min_free_bytes = min_free_bytes
        self._own: Path | None = None
        self._lock = -1
        # That they cannot be removed is no reason not to start.
        with suppress(OSError), _locked(parent):
            for folder in parent.iterdir():
                _remove_if_left(folder)

    @contextmanager
    def folder(self, task_id: TaskId) -> Iterator[Path]:
        """As the port says."""
        try:
            made = Path(tempfile.mkdtemp(dir=self._own_folder(), prefix=f"{task_id}-"))
        except OSError as error:
            raise Unavailable("There is no room for the files of a render.") from error
        try:
            try:
                (made / "inputs").mkdir()
                (made / "output").mkdir()
            except OSError as error:
                raise Unavailable("There is no room for the files of a render.") from error
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def has_room(self) -> bool:
        """As the port says; a disk that cannot be asked has none."""
        free = self.free_bytes()
        return free is not None and free >= self._min_free_bytes

    def free_bytes(self) -> int | None:
        """As the port says."""
        try:
            nearest = next(each for each in (self._parent, *self._parent.parents) if each.exists())
            return shutil.disk_usage(nearest).free
        except OSError:
            return None

    def close(self) -> None:
        """Remove this process's folder; safe to call twice."""
        if self._own is not None:
            shutil.rmtree(self._own, ignore_errors=True)
            os.close(self._lock)
            self._own = None

    def _own_folder(self) -> Path:
        if self._own is None:
            self._parent.mkdir(parents=True, exist_ok=True)
            own = self._parent / f"{os.getpid()}-{secrets.token_hex(8)}"
            # Whoever clears waits meanwhile: a folder that is not locked yet looks left behind.
            with _locked(self._parent):
                own.mkdir(mode=0o700)
                self._lock = os.open(own, os.O_RDONLY)
                # Where a file system has no locks, nobody can take this one either, and the folder stays.
                with suppress(OSError):
                    fcntl.flock(self._lock, fcntl.LOCK_EX)
            self._own = own
        return self._own


def _remove_if_left(folder: Path) -> None:
    name = _OWN.fullmatch(folder.name)
    if name is None or folder.is_symlink():
        return
    # Earlier versions locked nothing; what they named is a process's number alone.
    if name[2] is None and int(name[1]) != os.getpid() and psutil.pid_exists(int(name[1])):
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return
    finally:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
