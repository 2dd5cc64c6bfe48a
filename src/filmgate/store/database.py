"""One pool of connections, and the one place where PostgreSQL's troubles become ours."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from filmgate.domain.errors import InvalidSettings, Unavailable
from filmgate.store.schema import is_current

# Losing the server, running out of its resources, finding it on its way up or down, reaching one that is
# no longer the primary, or being chosen to end a deadlock: nothing was stored, and all of it passes.
_AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    # A server that ends in the middle of an answer is reported as a fault of the client.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresSystemError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.TransactionRollbackError,
)

_NOT_FOR_US = (
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)


class Database:
    """The PostgreSQL database at `url`; every connection looks into the schema `filmgate` first."""

    def __init__(self, url: str, *, pool_size: int = 20) -> None:
        self._url = url
        self._pool_size = pool_size
        self._pool: asyncpg.Pool | None = None

    async def open(self) -> None:
        """Bring the schema up to date and fill the pool.

        Raises:
            Unavailable: the server cannot be reached.
            InvalidSettings: it does not let us in.
        """
        with lost_is_unavailable():
            await self._bring_up_to_date()
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=2,
                max_size=self._pool_size,
                init=_speak_json,
                reset=_leave_as_it_is,
                server_settings=_SETTINGS,
                command_timeout=60,
            )

    async def _bring_up_to_date(self) -> None:
        connection = await self.connect()
        try:
            if await is_current(connection):
                return
        finally:
            await connection.close()
        # Most starts have nothing to migrate, and should not wait half a second for what migrates.
        from filmgate.store.migration import migrate

        await migrate(self.connect)

    async def close(self) -> None:
        """Let go of every connection; safe to call twice."""
        if self._pool is not None:
            pool, self._pool = self._pool, None
            # A server that stops in the same moment breaks the pool's good-bye; no connection is left then.
            with suppress(Unavailable), lost_is_unavailable():
                await pool.close()

    async def connect(self) -> asyncpg.Connection:
        """Open a connection outside the pool, for listening or migrating; the caller closes it."""
        with lost_is_unavailable():
            try:
                connection = await asyncpg.connect(self._url, server_settings=_SETTINGS, timeout=10)
            except _NOT_FOR_US as error:
                raise InvalidSettings(f"FILMGATE_DATABASE_URL: {error}") from error
            except OSError as error:
                parts = urlsplit(self._url)
                at = f"at {parts.hostname}:{parts.port or 5432} " if parts.hostname else ""
                reason = error.strerror or str(error) or "no answer"
                raise Unavailable(f"The database {at}cannot be reached: {reason}.") from error
            await _speak_json(connection)
            return connection

    @property
    def pool(self) -> asyncpg.Pool:
        """The pool itself, for the queue's own library."""
        if self._pool is None:
            raise Unavailable("The database is not open.")
        return self._pool

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[asyncpg.Connection]:
        """One connection in one transaction: committed at the end, rolled back by any exception.

        Raises:
            Unavailable: the server went away; whether a commit in flight arrived is not known.
        """
        with lost_is_unavailable():
            async with self.pool.acquire() as connection, connection.transaction():
                yield connection

    async def fetch(self, statement: str, *values: Any) -> list[asyncpg.Record]:
        """Run one statement on its own and return its rows; raises `Unavailable` as above."""
        with lost_is_unavailable():
            rows: list[asyncpg.Record] = await self.pool.fetch(statement, *values)
            return rows

    async def row(self, statement: str, *values: Any) -> asyncpg.Record | None:
        """Run one statement on its own and return its first row, if any; raises `Unavailable`."""
        with lost_is_unavailable():
            return await self.pool.fetchrow(statement, *values)


_SETTINGS = {"search_path": "filmgate", "timezone": "UTC", "application_name": "filmgate"}


@contextmanager
def lost_is_unavailable() -> Iterator[None]:
    """A block in which a lost database raises `Unavailable`."""
    try:
        yield
    except _AWAY as error:
        # asyncpg reports a value that cannot be sent as an error of its interface too: a fault of ours.
        if isinstance(error, ValueError):
            raise
        raise Unavailable("The database cannot be reached; try again in a moment.") from error


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    # Nothing here changes a pooled session: locks are a transaction's, and listening has connections of its
    # own. Resetting it nevertheless, as asyncpg does, would be a second round trip after each statement.
    return


async def _speak_json(connection: asyncpg.Connection) -> None:
    # Escapes stay escapes: PostgreSQL's text cannot hold every code point that JSON can name.
    for type_name in ("json", "jsonb"):
        await connection.set_type_codec(
            type_name, schema="pg_catalog", encoder=json.dumps, decoder=json.loads
        )
