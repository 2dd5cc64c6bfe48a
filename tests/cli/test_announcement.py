"""A server on a data folder is found while it runs, and never once it has gone."""

import fcntl
import json
import os
from pathlib import Path

import pytest

from filmgate.announcement import announced, running_url


def test_a_server_is_found_only_while_it_runs(tmp_path: Path) -> None:
    with announced(tmp_path, "http://a"):
        assert running_url(tmp_path) == "http://a"

    assert running_url(tmp_path) is None


def test_the_end_of_a_first_server_does_not_hide_a_second(tmp_path: Path) -> None:
    with announced(tmp_path, "http://a"):
        second = announced(tmp_path, "http://b")
        second.__enter__()

    assert running_url(tmp_path) == "http://b"


@pytest.mark.parametrize(
    "left_behind",
    [
        "",
        "{}",
        "[]",
        pytest.param(json.dumps({"url": "http://a", "pid": os.getpid(), "started": 1.0}), id="ours"),
        json.dumps({"url": "http://a", "pid": 2**30, "started": 1.0}),
    ],
)
def test_what_a_killed_server_left_is_not_believed(left_behind: str, tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(left_behind)

    assert running_url(tmp_path) is None


def test_the_next_server_removes_what_killed_servers_left(tmp_path: Path) -> None:
    gone = json.dumps({"url": "http://a", "pid": 2**30, "started": 1.0})
    (tmp_path / "server.json.1073741824-0a0b0c0d").write_text(gone)
    (tmp_path / "server.json").write_text(gone)

    with announced(tmp_path, "http://b"), announced(tmp_path, "http://c"):
        names = {path.name.split(".")[2].split("-")[0] for path in tmp_path.glob("server.json.*")}

    assert names == {str(os.getpid())}
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_this_machine_cannot_see_stays_announced_while_it_lives(tmp_path: Path) -> None:
    unseen = tmp_path / "server.json.1073741824-0a0b0c0d"
    unseen.write_text(json.dumps({"url": "http://a", "pid": 2**30, "started": 1.0}))
    with unseen.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)

        with announced(tmp_path, "http://b"):
            assert unseen.exists()


def test_the_end_of_a_second_server_leaves_the_first_to_be_found(tmp_path: Path) -> None:
    with announced(tmp_path, "http://a"):
        with announced(tmp_path, "http://b"):
            assert running_url(tmp_path) == "http://b"

        assert running_url(tmp_path) == "http://a"
        assert json.loads((tmp_path / "server.json").read_text())["url"] == "http://a"

    assert list(tmp_path.iterdir()) == []


def test_a_killed_second_server_does_not_hide_the_first(tmp_path: Path) -> None:
    with announced(tmp_path, "http://a"):
        (tmp_path / "server.json").write_text(json.dumps({"url": "http://b", "pid": 2**30, "started": 1.0}))

        assert running_url(tmp_path) == "http://a"
