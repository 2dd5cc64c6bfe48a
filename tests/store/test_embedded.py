"""The embedded server as its users meet it: the address, the settings, the closed doors."""

import os
import socket
import stat
import subprocess
import sys
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import pytest
from sqlalchemy import make_url

from filmgate.domain.errors import Unavailable
from filmgate.store.embedded import EmbeddedPostgres
from filmgate.store.embedded.binaries import wheel_binaries
from filmgate.store.embedded.users import ServerUser
from tests.store.ground import Ground, ask, ended, line_of

NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")


def socket_of(database: EmbeddedPostgres) -> str:
    """Return the path of the server's socket."""
    return parse_qs(urlsplit(database.url).query)["host"][0] + "/.s.PGSQL.5432"


async def test_asyncpg_connects_to_the_url_as_it_is(running: EmbeddedPostgres) -> None:
    found = await ask(running.url, "SELECT current_user || '@' || current_database()")

    assert found == "filmgate@filmgate"


async def test_sqlalchemy_connects_to_the_url_with_its_driver_named(running: EmbeddedPostgres) -> None:
    url = make_url(running.url.replace("postgresql://", "postgresql+asyncpg://"))
    _, wanted = url.get_dialect()().create_connect_args(url)

    connection = await asyncpg.connect(**wanted)
    found = await connection.fetchval("SELECT current_database()")
    await connection.close()

    assert found == "filmgate"


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("restart_after_crash", "off"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("timezone", "UTC"),
        ("max_connections", "100"),
        ("shared_buffers", "64MB"),
        ("password_encryption", "scram-sha-256"),
    ],
)
async def test_the_server_runs_with(running: EmbeddedPostgres, setting: str, value: str) -> None:
    assert await ask(running.url, f"SHOW {setting}") == value


async def test_text_is_compared_by_code_points_of_the_builtin_provider(running: EmbeddedPostgres) -> None:
    provider = await ask(
        running.url, "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname = 'filmgate'"
    )

    assert provider == "bC.UTF-8"


def test_the_server_listens_on_no_network(running: EmbeddedPostgres) -> None:
    assert running.pid is not None

    listening = psutil.Process(running.pid).net_connections(kind="inet")

    assert listening == []


@as_root
def test_the_server_is_never_root(running: EmbeddedPostgres) -> None:
    assert running.pid is not None

    users = psutil.Process(running.pid).uids()

    assert 0 not in users


async def test_the_only_way_in_is_by_password(running: EmbeddedPostgres) -> None:
    rules = await ask(
        running.url, "SELECT array_agg(concat_ws(' ', type, user_name, auth_method)) FROM pg_hba_file_rules"
    )

    assert rules == ["local {filmgate} scram-sha-256"]


async def test_a_wrong_password_is_refused(running: EmbeddedPostgres) -> None:
    password = urlsplit(running.url).password
    assert password is not None

    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(running.url.replace(password, "guess"))


def test_socket_folder_cluster_and_password_are_closed_to_others(running: EmbeddedPostgres) -> None:
    folder = running.location
    closed = [folder / "cluster", folder / "socket", folder / "password", folder / "lock"]

    modes = [stat.S_IMODE(path.stat().st_mode) for path in closed]

    assert modes == [0o700, 0o700, 0o600, 0o600]


@as_root
def test_another_user_cannot_reach_the_socket(running: EmbeddedPostgres) -> None:
    attempt = (
        "import os, socket, sys; os.setgroups([]); os.setgid(65534); os.setuid(65534);"
        "socket.socket(socket.AF_UNIX).connect(sys.argv[1])"
    )
    # Our own user gets through, so the refusal below is about who asks.
    with socket.socket(socket.AF_UNIX) as ours:
        ours.connect(socket_of(running))

    refused = subprocess.run(
        [sys.executable, "-c", attempt, socket_of(running)], capture_output=True, text=True
    )

    assert "PermissionError" in refused.stderr


@as_root
async def test_a_user_without_privileges_runs_the_server_under_its_own_name(ground: Ground) -> None:
    wheel = wheel_binaries()
    assert wheel is not None
    if not ServerUser(NOBODY, NOBODY).reaches(wheel.folder):
        pytest.skip("this installation lies in a folder closed to other users")
    os.chown(ground.root, NOBODY, NOBODY)

    with ground.holder(uid=NOBODY) as holder:
        pid, _ = await line_of(holder)
        uids = set(psutil.Process(pid).uids())
        holder.communicate()

    assert uids == {NOBODY}
    assert await ended(pid)


async def test_the_url_is_refused_before_the_start(ground: Ground) -> None:
    with pytest.raises(Unavailable, match="not been started"):
        _ = ground.database().url
