"""Which operating-system user runs the server. PostgreSQL refuses root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

# Free by the conventions of Debian, Fedora and systemd, and below 65536, the end of what containers map.
# `nobody` is shared by unrelated services, which could then open each other's sockets.
_OWN_UID = 61083


class Identity(TypedDict, total=False):
    """The arguments that make `subprocess.Popen` start a program as another user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class ServerUser:
    """A numeric user, with no groups but its own."""

    uid: int
    gid: int

    def identity(self) -> Identity:
        """Return what `subprocess.Popen` needs to run as this user."""
        return Identity(user=self.uid, group=self.gid, extra_groups=[])

    def own(self, path: Path) -> None:
        """Give `path`, which we have just made, to this user; links are not followed."""
        os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def own_tree(self, root: Path) -> None:
        """Give `root` and all below it to this user."""
        for folder, folders, files in os.walk(root):
            for name in (*folders, *files):
                self.own(Path(folder, name))
        self.own(root)

    def reaches(self, folder: Path) -> bool:
        """Say whether this user may pass through `folder` and every folder above it."""
        real = folder.resolve()
        return all(self.may_run(step) for step in (real, *real.parents))

    def may_run(self, path: Path) -> bool:
        """Say whether the mode of `path` lets this user run (or, a folder, enter) it; lists are not read."""
        found = path.stat()
        if found.st_uid == self.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == self.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        return bool(found.st_mode & needed)


def server_user(cluster: Path) -> ServerUser | None:
    """Return who must run the server of `cluster`: None for ourselves, who are not root.

    An existing cluster keeps its owner, so that a root start never locks its user out of it.
    """
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return ServerUser(owner.st_uid, owner.st_gid)
    uid = _OWN_UID
    while _name_of(uid) is not None:
        uid += 1
    return ServerUser(uid, uid)


def named_user() -> ServerUser | None:
    """Return an unprivileged user with a name, for initdb, which gives up where its user has none.

    None means ourselves; `nobody` exists nearly everywhere. Called as root.

    Raises:
        LookupError: no user but root has a name here.
    """
    entries = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not entries:
        raise LookupError("no user but root has a name")
    entry = next((entry for entry in entries if entry.pw_name == "nobody"), entries[0])
    return ServerUser(entry.pw_uid, entry.pw_gid)


def we_have_a_name() -> bool:
    """Say whether the user we run as is known to the operating system by name."""
    return _name_of(os.geteuid()) is not None


def _name_of(uid: int) -> str | None:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return None
