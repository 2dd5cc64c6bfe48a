"""The database in one file, written and read by PostgreSQL's own pg_dump and pg_restore."""

import asyncio
import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg

from filmgate.domain.errors import Unavailable
from filmgate.store.database import Database, lost_is_unavailable
from filmgate.store.embedded.binaries import wheel_binaries

_SCHEMA = "filmgate"
_ASIDE = "filmgate_replaced"


async def dump(url: str, target: Path, *, is_embedded: bool) -> None:
    """Write everything in our schema, as it is at one moment, to a file; servers may run meanwhile.

    Raises:
        Unavailable: pg_dump is missing or failed; its reason is in the message.
    """
    words = ("--format=custom", "--no-owner", "--no-privileges", f"--schema={_SCHEMA}", f"--file={target}")
    await _run(_program("pg_dump", is_embedded=is_embedded), url, *words)


async def load(url: str, source: Path, *, is_embedded: bool) -> None:
    """Make our schema anew from such a file, whole or not at all; the one that is there goes.

    Raises:
        Unavailable: pg_restore is missing or failed, as for a file that is damaged; nothing was changed.
    """
    words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    program = _program("pg_restore", is_embedded=is_embedded)
    await _tell(url, f"DROP SCHEMA IF EXISTS {_ASIDE} CASCADE")
    is_replacing = not await is_empty(url)
    if is_replacing:
        # The old one may hold more than the file knows of, so it makes way as a whole.
        await _tell(url, f"ALTER SCHEMA {_SCHEMA} RENAME TO {_ASIDE}")
    try:
        await _run(program, url, *words, str(source))
    except BaseException:
        if is_replacing:
            await _tell(url, f"ALTER SCHEMA {_ASIDE} RENAME TO {_SCHEMA}")
        raise
    await _tell(url, f"DROP SCHEMA IF EXISTS {_ASIDE} CASCADE")


async def is_empty(url: str) -> bool:
    """Say whether the database has no schema of ours.

    Raises:
        Unavailable, InvalidSettings: it cannot be reached, or does not let us in.
    """
    return await _ask(url, f"SELECT to_regnamespace('{_SCHEMA}') IS NULL")


async def is_in_use(url: str) -> bool:
    """Say whether a server or worker of ours is connected; raises as above."""
    question = """
        SELECT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE application_name = 'filmgate' AND datname = current_database() AND pid <> pg_backend_pid()
        )
    """
    return await _ask(url, question)


async def _ask(url: str, question: str) -> bool:
    connection: asyncpg.Connection = await Database(url).connect()
    try:
        with lost_is_unavailable():
            return bool(await connection.fetchval(question))
    finally:
        connection.terminate()


async def _tell(url: str, statement: str) -> None:
    connection: asyncpg.Connection = await Database(url).connect()
    try:
        with lost_is_unavailable():
            await connection.execute(statement)
    finally:
        connection.terminate()


def _program(name: str, *, is_embedded: bool) -> str:
    # A server of the operator's own may be newer than our programs, which then refuse it.
    found = None if is_embedded else shutil.which(name)
    carried = wheel_binaries()
    if found is None and carried is not None and (carried.folder / name).exists():
        found = str(carried.folder / name)
    if found is None:
        raise Unavailable(f"{name} is missing: install PostgreSQL's client programs, then try again.")
    return found


async def _run(program: str, url: str, *words: str) -> None:
    environment = {**os.environ, "PGCONNECT_TIMEOUT": "10", "LC_ALL": "C"}
    if (password := urlsplit(url).password) is not None:
        # Every user of the machine can read a command line.
        environment["PGPASSWORD"] = unquote(password)
    running = await asyncio.create_subprocess_exec(
        *(program, "--no-password", f"--dbname={_without_password(url)}", *words),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await running.communicate()
    except asyncio.CancelledError:
        running.kill()
        await running.wait()
        raise
    if running.returncode != 0:
        lines = [line for line in said.decode(errors="replace").splitlines() if "error:" in line]
        raise Unavailable("; ".join(lines) or f"{Path(program).name} ended with {running.returncode}.")


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    return parts._replace(netloc=f"{name}@{host}" if name else host).geturl()
