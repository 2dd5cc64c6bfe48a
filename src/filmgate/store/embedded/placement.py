"""Where the database lives: the asked folder, or the shelter when the server's user cannot reach that."""

import contextlib
import errno
import hashlib
import os
import re
import secrets
import socket
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from filmgate.store.embedded.users import ServerUser, server_user

SHELTER = Path("/var/lib/filmgate")
_PORT = 5432
_TEMPORARY = "filmgate-"
# The kernel's sun_path holds 108 bytes on Linux and 104 on macOS, the closing zero among them.
_LONGEST_SOCKET_PATH = 103
# Commas separate folders in PostgreSQL's setting and hosts in a URL; only plain names go there.
_PLAIN = re.compile(r"/[A-Za-z0-9._/-]+")


@dataclass(frozen=True)
class Placement:
    """The folder that holds everything of one database, and the user of its server (None: ourselves)."""

    folder: Path
    user: ServerUser | None
    sheltered: bool

    @property
    def cluster(self) -> Path:
        """Return PostgreSQL's own folder, mode 0700, owned by the server's user."""
        return self.folder / "cluster"

    @property
    def lock(self) -> Path:
        """Return the file whose flock tells who owns the server."""
        return self.folder / "lock"

    @property
    def password(self) -> Path:
        """Return the file of the password, mode 0600."""
        return self.folder / "password"

    @property
    def start_log(self) -> Path:
        """Return what the latest server printed before its own log was open."""
        return self.folder / "start.log"

    @property
    def label(self) -> str:
        """Return the name that the title of each of the server's processes carries."""
        return f"filmgate-{_digest(self.cluster)}"


def place(wanted: Path, *, shelter: Path) -> Placement:
    """Find or make the folder of the database. Folders that exist keep their modes and owners.

    Raises:
        OSError: a folder could not be made or entered.
    """
    folder = _make(wanted.absolute())
    pointer = folder / "location"
    # The pointer goes with the folder: renaming it must not lead to a new, empty database.
    if os.geteuid() == 0 and pointer.exists():
        moved = _make(Path(pointer.read_text(encoding="utf-8").strip()))
        return Placement(moved, server_user(moved / "cluster"), sheltered=True)
    user = server_user(folder / "cluster")
    if user is None or user.reaches(folder):
        return Placement(folder, user, sheltered=False)
    open_shelter(shelter)
    moved = _make(shelter / f"{folder.name}-{_digest(folder)}")
    if not user.reaches(moved):
        raise PermissionError(
            errno.EACCES, f"the server's user {user.uid} reaches neither it nor", str(moved)
        )
    unfinished = pointer.with_name(f".location.{secrets.token_hex(4)}")
    unfinished.write_text(f"{moved}\n", encoding="utf-8")
    unfinished.rename(pointer)
    return Placement(moved, server_user(moved / "cluster"), sheltered=True)


def open_shelter(shelter: Path) -> None:
    """Make the shelter where it is missing, open to passers-through whatever our umask; keep an existing one.

    Raises:
        OSError: it could not be made.
    """
    if not shelter.exists():
        shelter.mkdir(parents=True)
        shelter.chmod(0o755)


def make_socket_folder(placement: Placement) -> Path:
    """Return a folder of mode 0700 with a short, plain path, owned by the server's user.

    It is the same one on every start where the database's folder allows it, and a new temporary one where
    that path is too long or its file system has no sockets.

    Raises:
        OSError: no place could be made.
    """
    beside = placement.folder / "socket"
    if _fits(beside):
        restore_socket_folder(beside, user=placement.user)
        if _takes_sockets(beside):
            return beside
    for parent in dict.fromkeys((Path(tempfile.gettempdir()), Path("/tmp"), Path("/run"))):  # noqa: S108 - mkdtemp makes a 0700 folder of a random name there.
        if _fits(parent / f"{_TEMPORARY}12345678") and os.access(parent, os.W_OK | os.X_OK):
            made = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=parent))
            if placement.user is not None:
                placement.user.own(made)
            return made
    raise OSError(f"no folder with a short path for the database's socket: {beside} is too long")


def restore_socket_folder(folder: Path, *, user: ServerUser | None) -> None:
    """Make `folder` where it is missing or has gone.

    Raises:
        OSError: it could not be made, or what is there is not the server's own closed folder.
    """
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        if user is not None:
            user.own(folder)
    # Another user may have made a folder of this name where everyone may write.
    if not _is_closed(folder, user=user):
        reason = "the folder of the socket must be the server's own, with mode 0700"
        raise PermissionError(errno.EACCES, reason, str(folder))


def is_own_temporary(folder: Path, *, user: ServerUser | None) -> bool:
    """Say whether we made `folder` for want of a short path, and it is still the server's own."""
    return folder.name.startswith(_TEMPORARY) and folder.exists() and _is_closed(folder, user=user)


def _is_closed(folder: Path, *, user: ServerUser | None) -> bool:
    found = folder.lstat()
    owner = user.uid if user is not None else os.geteuid()
    return found.st_mode == stat.S_IFDIR | 0o700 and found.st_uid == owner


def open_private(path: Path) -> IO[bytes]:
    """Open `path` for appending, made with mode 0600 where it is missing; links are not followed.

    Raises:
        OSError: it is another user's, or a link.
    """
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "ab")


def _make(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, mode=0o700)
    except FileExistsError:
        return folder
    if os.geteuid() == 0:
        # The server's user passes through to its cluster; nothing else in here is open to it.
        folder.chmod(0o711)
    return folder


def _digest(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def _fits(folder: Path) -> bool:
    path = str(folder / f".s.PGSQL.{_PORT}")
    return len(os.fsencode(path)) <= _LONGEST_SOCKET_PATH and _PLAIN.fullmatch(path) is not None


def _takes_sockets(folder: Path) -> bool:
    trial = folder / f"trial-{secrets.token_hex(2)}"
    with socket.socket(socket.AF_UNIX) as opened:
        try:
            opened.bind(str(trial))
        except OSError:
            return False
    trial.unlink()
    return True
