"""The database in one file, written and read by PostgreSQL's own pg_dump and pg_restore."""

import asyncio
import os
import re
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
    await _run(await _program("pg_dump", url, is_embedded=is_embedded), url, *words)


async def load(url: str, source: Path, *, is_embedded: bool) -> None:
    """Make our schema anew from such a file, whole or not at all; the one that is there goes.

    Raises:
        Unavailable: pg_restore is missing or failed, as for a file that is damaged; nothing was changed.
    """
    words = ("--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges")
    program = await _program("pg_restore", url, is_embedded=is_embedded)
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
    return bool(await _ask(url, f"SELECT to_regnamespace('{_SCHEMA}') IS NULL"))


async def is_in_use(url: str) -> bool:
    """Say whether a server or worker of ours is connected; raises as above."""
    question = """
        SELECT EXISTS (
            SELECT FROM pg_stat_activity
            WHERE application_name = 'filmgate' AND datname = current_database() AND pid <> pg_backend_pid()
        )
    """
    return bool(await _ask(url, question))


async def _ask(url: str, question: str) -> int:
    connection: asyncpg.Connection = await Database(url).connect()
    try:
        with lost_is_unavailable():
            return int(await connection.fetchval(question))
    finally:
        connection.terminate()


async def _tell(url: str, statement: str) -> None:
    connection: asyncpg.Connection = await Database(url).connect()
    try:
        with lost_is_unavailable():
            await connection.execute(statement)
    finally:
        connection.terminate()


async def _program(name: str, url: str, *, is_embedded: bool) -> str:
    """Return the first of PATH's program and our own that is at least as new as the server.

    Raises:
        Unavailable: there is none.
    """
    carried = wheel_binaries()
    own = None if carried is None else shutil.which(name, path=str(carried.folder))
    if is_embedded and own is not None:
        return own
    server = int(await _ask(url, "SELECT current_setting('server_version_num')::int / 10000"))
    # A server of the operator's own may be newer than our programs, or newer than what is installed here.
    for program in filter(None, (shutil.which(name), own)):
        if await _major(program) >= server:
            return program
    raise Unavailable(
        f"{name} of PostgreSQL {server} or newer is missing: install that version's client programs, "
        "then try again."
    )


async def _major(program: str) -> int:
    running = await asyncio.create_subprocess_exec(
        program, "--version", stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await running.communicate()
    found = re.search(rb"\) (\d+)", said)
    return int(found[1]) if found else 0


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
