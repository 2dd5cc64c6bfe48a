"""The data folder: whole or absent, of one major version, and plain words when it cannot be used."""

import asyncio
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from filmgate.domain.errors import Unavailable
from filmgate.store.embedded.binaries import MAJOR, Binaries, wheel_binaries
from filmgate.store.embedded.refusals import refusals
from filmgate.store.embedded.users import Identity, named_user
from tests.store.ground import Ground, ask, connect_again

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


async def unfinished_cluster(ground: Ground) -> None:
    """Wait until initdb is at work."""
    async with asyncio.timeout(20):
        # The folder appears without an event that another program could wait for.
        while not list(ground.folder.glob("unfinished-*/cluster/base")):  # noqa: ASYNC110
            await asyncio.sleep(0.002)


@pytest.fixture
def small_files() -> Iterator[None]:
    """Let no file grow beyond 1 MB, which is how a full disk begins."""
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limit[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limit)


async def test_a_kill_in_the_middle_of_initdb_leaves_nothing_broken(ground: Ground) -> None:
    with ground.holder() as holder:
        await unfinished_cluster(ground)
        holder.kill()
        holder.wait()
        assert not (ground.folder / "cluster").exists()

    async with ground.database() as database:
        assert await ask(database.url, "SELECT current_database()") == "filmgate"
    assert list(ground.folder.glob("unfinished-*")) == []


async def test_a_cancelled_first_start_leaves_nothing_broken(ground: Ground) -> None:
    start = asyncio.create_task(ground.database().start())
    await unfinished_cluster(ground)
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)

    async with ground.database() as database:
        assert await ask(database.url, "SELECT 1") == 1


async def test_a_full_disk_is_named_and_the_next_start_works(ground: Ground, small_files: None) -> None:
    with pytest.raises(Unavailable, match=r"File too large.*Free some space"):
        await ground.database().start()

    assert not (ground.folder / "cluster").exists()
    assert list(ground.folder.glob("unfinished-*")) == []


def test_a_disk_error_of_ours_says_what_to_do() -> None:
    with pytest.raises(Unavailable, match=r"No space left.*Free some space"), refusals(Path("/data")):
        raise OSError(28, "No space left on device", "/data/lock")


@as_root
def test_a_folder_that_may_not_be_written_is_named(ground: Ground) -> None:
    with ground.holder(uid=65534, stderr=subprocess.PIPE) as holder:
        _, complaint = holder.communicate()

    assert f"{ground.folder} cannot be used: Permission denied" in complaint
    assert "name a folder this user may write in FILMGATE_DATA" in complaint


async def test_a_file_in_the_place_of_the_folder_is_named(ground: Ground) -> None:
    ground.folder.write_text("a file")

    with pytest.raises(Unavailable, match=f"{ground.folder} cannot be used: Not a directory"):
        await ground.database().start()


def cluster_of(ground: Ground, *, major: int) -> None:
    """Make as much of a cluster as is looked at before a server starts."""
    (ground.folder / "cluster").mkdir(parents=True)
    (ground.folder / "cluster" / "PG_VERSION").write_text(f"{major}\n")


async def test_another_major_version_is_answered_with_both_versions_and_the_commands(ground: Ground) -> None:
    cluster_of(ground, major=17)

    with pytest.raises(Unavailable) as refused:
        await ground.database().start()

    message = str(refused.value)
    assert f"written by PostgreSQL 17; this Filmgate runs PostgreSQL {MAJOR}" in message
    assert "pg_upgrade -U filmgate -b /path/to/postgresql-17/bin" in message


async def test_the_commands_carry_an_older_cluster_over(ground: Ground) -> None:
    make_old_cluster(ground)
    with pytest.raises(Unavailable) as refused:
        await ground.database().start()
    commands = [line for line in str(refused.value).splitlines() if line.startswith("  ")]

    script = ["sh", "-ec", "\n".join(commands)]
    await asyncio.to_thread(subprocess.run, script, check=True, capture_output=True)

    async with ground.database() as database:
        assert await ask(database.url, "SELECT n FROM kept") == 7
        assert await ask(database.url, "SELECT current_setting('server_version_num')::int / 10000") == MAJOR


async def test_a_setting_that_stops_the_server_is_quoted(seasoned: Ground) -> None:
    async with seasoned.database():
        pass
    settings = seasoned.folder / "cluster" / "postgresql.conf"
    good = settings.read_text()
    settings.write_text(f"{good}\nshared_bufers = 1GB\n")

    with pytest.raises(Unavailable, match='unrecognized configuration parameter "shared_bufers"'):
        await seasoned.database().start()

    settings.write_text(good)


async def test_a_lost_password_is_named(ground: Ground) -> None:
    cluster_of(ground, major=MAJOR)

    with pytest.raises(Unavailable, match="password of the embedded database is missing"):
        await ground.database().start()


async def test_an_error_of_the_server_is_in_a_file_of_the_data_folder(seasoned: Ground) -> None:
    async with seasoned.database() as database:
        connection = await connect_again(database.url)
        await connection.execute("DO $$ BEGIN RAISE WARNING 'a mark'; END $$")
        await connection.close()

    logs = [path.read_text() for path in (seasoned.folder / "cluster" / "log").iterdir()]

    assert any("a mark" in log for log in logs)


async def test_old_logs_are_removed(seasoned: Ground) -> None:
    async with seasoned.database() as database:
        limit = await ask(database.url, "SHOW log_rotation_size")
    log = seasoned.folder / "cluster" / "log"
    for day in range(10, 30):
        (log / f"postgresql-202001{day}-000000.log").write_text("old")

    async with seasoned.database():
        kept = sorted(path.name for path in log.iterdir())

    assert limit == "4MB"
    assert len(kept) <= 6
    assert "postgresql-20200110-000000.log" not in kept


def make_old_cluster(ground: Ground) -> None:
    """Make a cluster as PostgreSQL 16 would have been run by us, with one row in it."""
    old = wheel_binaries(16)
    assert old is not None
    ground.folder.mkdir(mode=0o711)
    made = ground.folder / "made"
    made.mkdir(mode=0o700)
    for path in (ground.folder / "password", made / "password"):
        path.write_text("sesame\n")
    maker = named_user() if os.geteuid() == 0 else None
    if maker is not None:
        maker.own_tree(made)
    run_old(old, made, identity=maker.identity() if maker is not None else Identity())
    (made / "cluster").rename(ground.folder / "cluster")


def run_old(old: Binaries, made: Path, *, identity: Identity) -> None:
    """Initialise, start, fill and stop the older server."""
    cluster = made / "cluster"
    login = ["-U", "filmgate", "-A", "scram-sha-256", f"--pwfile={made / 'password'}"]
    options = f"-c listen_addresses='' -k {made}"
    fill = "CREATE DATABASE filmgate", r"\c filmgate", "CREATE TABLE kept AS SELECT 7 AS n"
    ctl: list[Path | str] = [old.folder / "pg_ctl", "-w", "-D", cluster]
    commands: tuple[list[Path | str], ...] = (
        [old.initdb, "-D", cluster, *login, "-E", "UTF8", "--locale=C", "-N"],
        [*ctl, "-o", options, "-l", made / "log", "start"],
        [old.folder / "psql", "-h", made, "-U", "filmgate", "postgres", *(f"-c{line}" for line in fill)],
        [*ctl, "-m", "fast", "stop"],
    )
    environment = {"PGPASSWORD": "sesame", "LC_ALL": "C", "PATH": os.defpath}
    for command in commands:
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, **identity)
