"""Deaths and heirs: what happens to the server when it, its owner or its owner's neighbour ends."""

import asyncio
import contextlib
import os
import signal

import psutil

from filmgate.store.embedded import EmbeddedPostgres
from filmgate.store.embedded.placement import place
from tests.store.ground import Ground, ask, connect_again, ended, line_of


def kill(pid: int | None) -> None:
    """Kill a program as the out-of-memory killer would."""
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def recovery_of(database: EmbeddedPostgres) -> int | None:
    """Return the process that brings the server to a usable state, while there is one."""
    title = f"postgres: {place(database.location, shelter=database.location).label}: startup"
    for found in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if " ".join(found.cmdline()).startswith(title):
                return found.pid
    return None


async def became_owner(database: EmbeddedPostgres) -> bool:
    """Wait until an attached one owns the server."""
    async with asyncio.timeout(20):
        while not database.owns_server:  # noqa: ASYNC110 - the promise is about the property, which has no event.
            await asyncio.sleep(0.01)
    return True


async def test_closing_stops_the_server_and_may_be_done_twice(seasoned: Ground) -> None:
    database = seasoned.database()
    await database.start()
    pid = database.pid
    assert pid is not None

    await database.close()
    await database.close()

    assert await ended(pid)


async def test_data_outlives_a_stop(seasoned: Ground) -> None:
    async with seasoned.database() as first:
        await ask(first.url, "CREATE TABLE stopped AS SELECT 7 AS n")

    async with seasoned.database() as second:
        found = await ask(second.url, "SELECT n FROM stopped")

    assert found == 7


async def test_a_killed_server_comes_back_at_the_same_url_with_its_data(seasoned: Ground) -> None:
    async with seasoned.database() as database:
        await ask(database.url, "CREATE TABLE kept AS SELECT 7 AS n")
        before, url = database.pid, database.url
        kill(before)

        connection = await connect_again(url)
        found = await connection.fetchval("SELECT n FROM kept")
        await connection.close()

        assert found == 7
        assert database.pid != before


async def test_a_backend_busy_in_a_query_does_not_keep_a_new_server_away(seasoned: Ground) -> None:
    async with seasoned.database() as database:
        busy = await connect_again(database.url)
        backend = busy.get_server_pid()
        # This loop never waits for anything, so the backend does not see that its server has gone.
        query = asyncio.create_task(busy.execute("DO $$ BEGIN LOOP NULL; END LOOP; END $$"))
        await asyncio.sleep(0)
        kill(database.pid)

        connection = await connect_again(database.url)
        await connection.close()
        await asyncio.gather(query, return_exceptions=True)

        assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE


async def test_a_server_that_dies_again_and_again_comes_back_each_time(seasoned: Ground) -> None:
    async with seasoned.database() as database:
        pids = {database.pid}
        for _ in range(3):
            kill(database.pid)
            await (await connect_again(database.url)).close()
            pids.add(database.pid)

        assert len(pids) == 4


async def test_a_server_whose_recovery_is_killed_as_well_comes_back(seasoned: Ground) -> None:
    async with seasoned.database() as database:
        connection = await connect_again(database.url)
        kill(connection.get_server_pid())
        async with asyncio.timeout(20):
            while (recovery := recovery_of(database)) is None:  # noqa: ASYNC110 - it tells nobody.
                await asyncio.sleep(0)
        kill(recovery)

        again = await connect_again(database.url)
        await again.close()

        assert connection.is_closed()


async def test_a_second_start_attaches_and_leaves_the_server_running(seasoned: Ground) -> None:
    async with seasoned.database() as owner:
        async with seasoned.database() as guest:
            attached = (guest.pid, guest.url, guest.owns_server)

        assert attached == (owner.pid, owner.url, False)
        assert await ask(owner.url, "SELECT 1") == 1


async def test_two_first_starts_at_once_make_one_server(ground: Ground) -> None:
    one, other = ground.database(), ground.database()

    urls = await asyncio.gather(one.start(), other.start())
    owners, pids = [one.owns_server, other.owns_server], {one.pid, other.pid}
    await asyncio.gather(one.close(), other.close())

    assert urls[0] == urls[1]
    assert sorted(owners) == [False, True]
    assert len(pids) == 1


async def test_the_server_of_a_killed_holder_is_adopted_and_stopped(seasoned: Ground) -> None:
    with seasoned.holder() as holder:
        orphan, url = await line_of(holder)
        holder.kill()
        holder.wait()

    async with seasoned.database() as heir:
        found = (heir.pid, heir.url, heir.owns_server, await ask(heir.url, "SELECT 1"))

    assert found == (orphan, url, True, 1)
    assert await ended(orphan)


async def test_a_killed_holder_and_its_killed_server_are_replaced(seasoned: Ground) -> None:
    with seasoned.holder() as holder:
        orphan, _ = await line_of(holder)
        holder.kill()
        holder.wait()
    kill(orphan)

    async with seasoned.database() as heir:
        assert await ask(heir.url, "SELECT 1") == 1
        assert heir.pid != orphan


async def test_an_adopted_server_comes_back_when_it_dies(seasoned: Ground) -> None:
    with seasoned.holder() as holder:
        orphan, url = await line_of(holder)
        holder.kill()
        holder.wait()

    async with seasoned.database():
        kill(orphan)
        connection = await connect_again(url)
        await connection.close()


async def test_an_attached_one_inherits_the_server_of_a_killed_owner(seasoned: Ground) -> None:
    with seasoned.holder() as holder:
        pid, _ = await line_of(holder)
        guest = seasoned.database()
        await guest.start()
        holder.kill()
        holder.wait()

    assert await became_owner(guest)
    assert guest.pid == pid
    await guest.close()
    assert await ended(pid)


async def test_an_attached_one_keeps_a_server_when_the_owner_closes(seasoned: Ground) -> None:
    owner, guest = seasoned.database(), seasoned.database()
    url = await owner.start()
    await guest.start()

    await owner.close()
    connection = await connect_again(url)
    await connection.close()

    assert await became_owner(guest)
    await guest.close()


async def test_the_end_of_the_interpreter_stops_a_server_that_nobody_closed(seasoned: Ground) -> None:
    with seasoned.holder() as holder:
        pid, _ = await line_of(holder)
        holder.communicate()

    assert holder.returncode == 0
    assert not (seasoned.folder / "cluster" / "postmaster.pid").exists()
    assert await ended(pid)


async def test_another_program_with_the_number_of_a_dead_server_is_not_taken_for_it(seasoned: Ground) -> None:
    async with seasoned.database() as first:
        pid_file = seasoned.folder / "cluster" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        stopped = first.pid
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    os.chown(pid_file, *_owner(seasoned))

    async with seasoned.database() as second:
        found = second.pid

    assert found not in (None, os.getpid(), stopped)


def _owner(ground: Ground) -> tuple[int, int]:
    found = (ground.folder / "cluster").stat()
    return found.st_uid, found.st_gid
