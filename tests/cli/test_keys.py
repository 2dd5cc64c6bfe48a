"""`filmgate keys`, on the database of a running server, and on one that rests."""

from datetime import UTC, datetime
from uuid import uuid4

import httpx
import pytest

from filmgate.cli.ending import CommandFailed
from filmgate.cli.keys import the_one
from filmgate.domain.accounts import ApiKey, ApplicationId, KeyId, KeyTerms
from tests.cli.conftest import Server
from tests.cli.terminal import Terminal

_NOW = datetime(2026, 1, 2, tzinfo=UTC)


async def _status(server: Server, key: str) -> int:
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {key}"}) as client:
        return (await client.post(f"{server.url}/kling/tasks", json={"id": "x"})).status_code


def _key(
    name: str, *, prefix: str, revoked_at: datetime | None = None, expires_at: datetime | None = None
) -> ApiKey:
    return ApiKey(
        key_id=KeyId(uuid4()),
        application_id=ApplicationId(uuid4()),
        terms=KeyTerms(name=name, expires_at=expires_at),
        prefix=prefix,
        spent=0,
        created_at=_NOW,
        revoked_at=revoked_at,
        last_used_at=None,
    )


_TWIN, _OTHER_TWIN = _key("twin", prefix="fg_abcdefgh"), _key("twin", prefix="fg_abcxxxxx")
_CLOSED = _key("closed", prefix="fg_closedxx", revoked_at=_NOW)
_KNOWN = [_TWIN, _OTHER_TWIN, _CLOSED]


@pytest.mark.parametrize(
    "named",
    [pytest.param(str(_TWIN.key_id), id="its id"), "fg_abcd", "fg_abcdefgh", "fg_abcdefgh-and-the-rest"],
)
def test_a_key_is_named_by_its_id_its_start_or_the_whole_of_it(named: str) -> None:
    assert the_one(_KNOWN, named=named, now=_NOW) is _TWIN


@pytest.mark.parametrize("named", ["twin", "fg_abc"])
def test_what_means_two_keys_revokes_neither(named: str) -> None:
    with pytest.raises(CommandFailed, match=f'"{named}" means 2 keys; name one by its id'):
        the_one(_KNOWN, named=named, now=_NOW)


@pytest.mark.parametrize("named", ["nobody", "closed", "", "fg_"])
def test_what_means_no_open_key_is_refused(named: str) -> None:
    with pytest.raises(CommandFailed, match="There is no open key"):
        the_one(_KNOWN, named=named, now=_NOW)


def test_a_name_means_its_open_key_beside_one_that_expired_and_one_that_starts_like_it() -> None:
    expired = _key("fg_laptop", prefix="fg_1234567", expires_at=_NOW)
    alike = _key("other", prefix="fg_laptop-x")
    meant = _key("fg_laptop", prefix="fg_7654321")

    assert the_one([expired, alike, meant], named="fg_laptop", now=_NOW) is meant


async def test_a_second_key_of_one_name_is_refused(lonely: Terminal) -> None:
    await lonely.run("keys", "create", "laptop")

    again = await lonely.run("keys", "create", "laptop")

    assert (again.code, again.out) == (1, "")
    assert "There is a key called laptop already; please choose another name." in again.err


async def test_a_new_key_is_alone_on_stdout_and_opens_the_server_until_revoked(
    server: Server, terminal: Terminal
) -> None:
    created = await terminal.run("keys", "create", "app server", "--expires", "30d")
    key = created.out.strip()

    before = await _status(server, key)
    revoked = await terminal.run("keys", "revoke", "app server")

    assert created.code == 0, created.err
    assert (key[:3], len(created.out.split())) == ("fg_", 1)
    assert revoked.out == f'Revoked {key[:11]}… ("app server").\n'
    assert (before, await _status(server, key)) == (200, 401)


async def test_keys_can_be_made_before_any_server_runs(lonely: Terminal) -> None:
    key = (await lonely.run("keys", "create", "early")).out.strip()

    listed = await lonely.run("keys", "list")

    assert f"early\t{key[:11]}…\topen\t" in listed.out
    assert listed.err == ""
