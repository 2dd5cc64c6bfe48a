"""PostgreSQL's data folder: made whole or not at all, and never opened by another major version."""

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil

from filmgate.domain.errors import Unavailable
from filmgate.store.embedded.binaries import MAJOR, Binaries
from filmgate.store.embedded.placement import Placement
from filmgate.store.embedded.refusals import refusal
from filmgate.store.embedded.upgrade import FORMAT, NAME, upgrade_commands
from filmgate.store.embedded.users import ServerUser, named_user, we_have_a_name

ENVIRONMENT = {"LC_ALL": "C", "TZ": "UTC", "PATH": "/usr/bin:/bin"}
"""All that PostgreSQL's programs see of ours; a stray PGDATA or PGPORT must not steer them."""

_MAKER_DIES_SECONDS = 5

# They go into postgresql.conf, where an operator may change them.
_SETTINGS = {
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "huge_pages": "off",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
_LOGIN = f"# Filmgate writes this file once. Only the role {NAME} logs in, through the socket, by password.\n"
_LOGIN += f"local all {NAME} scram-sha-256\n"


def read_password(placement: Placement) -> str:
    """Return the password of the cluster's role.

    Raises:
        Unavailable: the file has gone although the cluster is there.
    """
    try:
        return placement.password.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise Unavailable(
            f"The password of the embedded database is missing: put {placement.password} back from a backup."
        ) from error


async def make_cluster(placement: Placement, *, binaries: Binaries) -> None:
    """Make the cluster where there is none. Called by the owner alone.

    All of it happens in a folder of another name, which becomes the cluster by one rename when every byte is
    on the disk; what a killed start left behind is removed.

    Raises:
        Unavailable: initdb failed; its reason is in the message.
        OSError: a folder or file could not be written.
    """
    for left in placement.folder.glob("unfinished-*"):
        await asyncio.to_thread(_abandon, left)
    if placement.cluster.exists():
        return
    maker = _maker(placement)
    password = _keep_password(placement)
    unfinished = placement.folder / f"unfinished-{secrets.token_hex(4)}"
    unfinished.mkdir(mode=0o700)
    password_file = unfinished / "password"
    _write_secret(password_file, password)
    if maker is not None:
        maker.own_tree(unfinished)
    cluster = unfinished / "cluster"
    try:
        await _fill(cluster, placement, binaries=binaries, maker=maker, password_file=password_file)
        if placement.user is not None:
            # From here on other programs of initdb's user cannot get in and swap a file for a link.
            os.chown(unfinished, 0, 0)
        (cluster / "pg_hba.conf").write_text(_LOGIN, encoding="utf-8")
        if placement.user is not None:
            await asyncio.to_thread(placement.user.own_tree, cluster)
            placement.user.own(unfinished)
        await _run([binaries.initdb, "--sync-only", "-D", cluster], placement, user=placement.user)
        cluster.rename(placement.cluster)
    finally:
        await asyncio.to_thread(shutil.rmtree, unfinished, ignore_errors=True)


def _abandon(left: Path) -> None:
    """Remove what a killed start was making; its initdb may be at it still, and fill the folder again."""
    makers = []
    for found in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if any(str(left) in word for word in found.cmdline()):
                found.kill()
                makers.append(found)
    psutil.wait_procs(makers, timeout=_MAKER_DIES_SECONDS)
    shutil.rmtree(left, ignore_errors=True)


def check_version(placement: Placement, *, binaries: Binaries) -> None:
    """Refuse a cluster of another major version.

    Raises:
        Unavailable: the message names both versions and the commands that upgrade the cluster.
    """
    found = (placement.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    if found == str(MAJOR):
        return
    commands = "\n".join(f"  {line}" for line in upgrade_commands(placement, found=found, new=binaries))
    raise Unavailable(
        f"The embedded database in {placement.cluster} was written by PostgreSQL {found}; this Filmgate runs "
        f"PostgreSQL {MAJOR}. Nothing was changed. Make a copy of {placement.folder}, then upgrade it with:\n"
        f"{commands}"
    )


def _maker(placement: Placement) -> ServerUser | None:
    """Return who runs initdb; its files are given to the server's user afterwards."""
    if placement.user is None:
        if not we_have_a_name():
            raise refusal(
                placement.folder,
                reason="PostgreSQL's initdb needs a user with a name, and this one has only a number; "
                "add a line for it to /etc/passwd, or name a PostgreSQL server in FILMGATE_DATABASE_URL",
            )
        return None
    try:
        return named_user()
    except LookupError as error:
        raise refusal(placement.folder, reason=str(error)) from error


def _keep_password(placement: Placement) -> str:
    # It is written before the cluster that needs it, so a kill between the two loses nothing.
    if not placement.password.exists():
        unfinished = placement.password.with_name(f".password.{secrets.token_hex(4)}")
        _write_secret(unfinished, secrets.token_urlsafe(32))
        unfinished.rename(placement.password)
    return read_password(placement)


def _write_secret(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(f"{secret}\n", encoding="utf-8")


async def _fill(
    cluster: Path,
    placement: Placement,
    *,
    binaries: Binaries,
    maker: ServerUser | None,
    password_file: Path,
) -> None:
    settings = [f"--set={name}={value}" for name, value in _SETTINGS.items()]
    login = (f"--username={NAME}", "--auth=scram-sha-256", f"--pwfile={password_file}")
    # Syncing once, when the cluster is whole, takes a third of the time of syncing at every step.
    init: list[Path | str] = [
        binaries.initdb,
        "-D",
        cluster,
        *FORMAT,
        *login,
        *settings,
        "--no-sync",
        "--no-instructions",
    ]
    await _run(init, placement, user=maker)
    # A single-user server would give a number below 16384, which pg_upgrade takes for PostgreSQL's own.
    single: list[Path | str] = [binaries.postgres, "--single", "-F", "-D", cluster, "template1"]
    await _run(single, placement, user=maker, typed=f"CREATE DATABASE {NAME} OID 16384 STRATEGY FILE_COPY\n")


async def _run(
    command: Sequence[Path | str], placement: Placement, *, user: ServerUser | None, typed: str = ""
) -> None:
    started = _open(command, user=user)
    try:
        printed, _ = await asyncio.to_thread(started.communicate, typed)
    except asyncio.CancelledError:
        started.kill()
        raise
    if started.returncode != 0 or "ERROR:" in printed:
        lines = [line for line in printed.splitlines() if "error:" in line.lower() or "FATAL" in line]
        name = Path(command[0]).name
        raise refusal(placement.folder, reason="; ".join(lines) or f"{name} ended with {started.returncode}")


def _open(command: Sequence[Path | str], *, user: ServerUser | None) -> subprocess.Popen[str]:
    identity = user.identity() if user is not None else {}
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
        umask=0o077,
        cwd="/",
        start_new_session=True,
        **identity,
    )
