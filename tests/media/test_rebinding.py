"""Names that change their mind, on a real name server: the connection goes where the check went.

A test cannot listen on a public address, so 127.0.0.1 stands in for one: it is opened, and nothing else is.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from filmgate.callbacks.sender import SignedSender
from filmgate.domain.errors import InvalidRequest
from filmgate.media.egress import EgressPolicy
from filmgate.media.fetching import GuardedFetcher
from filmgate.media.guarded_http import guarded_client
from filmgate.media.objects import LocalObjects
from filmgate.ports import Fetched
from tests.callbacks.test_sender import BODY, NOON, delivery
from tests.media.loopback import CERTIFICATE, Loopback, loopback, plain
from tests.media.names import NameServer, name_server
from tests.media.test_fetching import ACCOUNT, nobodys, png

OPEN, CLOSED = "127.0.0.1", "127.0.0.2"
A, AAAA = 1, 28


@pytest_asyncio.fixture
async def names() -> AsyncIterator[NameServer]:
    async with name_server() as running:
        yield running


@pytest_asyncio.fixture
async def trap(server: Loopback) -> AsyncIterator[list[str]]:
    """Listen where nobody may connect, on the port where the real server listens; lists who came."""
    came: list[str] = []

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(str(writer.get_extra_info("peername")))
        writer.close()

    async with await asyncio.start_server(connected, CLOSED, server.port):
        yield came


@pytest_asyncio.fixture
async def client(names: NameServer) -> AsyncIterator[httpx.AsyncClient]:
    async with guarded_client(EgressPolicy(allow=(OPEN,)), resolve=names.resolve) as running:
        yield running


async def fetched(client: httpx.AsyncClient, url: str, folder: Path) -> Fetched:
    fetcher = GuardedFetcher(client, objects=LocalObjects(folder / "objects"), own_files=nobodys)
    return await fetcher.fetch(
        url, folder / "fetched", max_bytes=100_000, field="start_image_url", account_id=ACCOUNT
    )


async def test_a_name_is_asked_once_and_connected_where_it_was_checked(
    client: httpx.AsyncClient, names: NameServer, server: Loopback, trap: list[str], tmp_path: Path
) -> None:
    names.answers["rebinding.example"] = [[OPEN], [CLOSED]]
    server.answers["/p.png"] = plain(200, png())

    await fetched(client, f"http://rebinding.example:{server.port}/p.png", tmp_path)

    assert names.asked == [("rebinding.example", A), ("rebinding.example", AAAA)]
    assert server.received[0].headers["host"] == f"rebinding.example:{server.port}"
    assert trap == []


async def test_the_next_connection_is_checked_anew(
    client: httpx.AsyncClient, names: NameServer, server: Loopback, trap: list[str], tmp_path: Path
) -> None:
    names.answers["rebinding.example"] = [[OPEN], [CLOSED]]
    url = f"http://rebinding.example:{server.port}"
    server.answers["/go"] = plain(302, location=f"{url}/p.png")

    with pytest.raises(InvalidRequest, match=r"redirects to .* resolves to a loopback address \(127.0.0.2\)"):
        await fetched(client, f"{url}/go", tmp_path)

    assert [request.target for request in server.received] == ["/go"]
    assert trap == []


async def test_a_callback_that_is_repeated_is_checked_every_time(
    client: httpx.AsyncClient, names: NameServer, server: Loopback, trap: list[str]
) -> None:
    names.answers["rebinding.example"] = [[OPEN], [CLOSED]]
    server.answers["/hook"] = plain(500)
    message = delivery(f"http://rebinding.example:{server.port}/hook")

    first, second = [await SignedSender(client).send(message, BODY, now=NOON) for _ in range(2)]

    assert (first.status, second.status) == (500, None)
    assert "resolves to a loopback address (127.0.0.2), which is closed" in second.reason
    assert trap == []


@pytest.mark.parametrize(
    "answer",
    [
        *(
            [OPEN, CLOSED],
            [CLOSED, OPEN],
            [OPEN, "10.0.0.1"],
            [OPEN, "fd00::1"],
            [OPEN, "::1"],
            ["::1", OPEN],
        ),
        *(
            [OPEN, "::ffff:127.0.0.1"],
            [OPEN, "64:ff9b::7f00:1"],
            [OPEN, "169.254.169.254"],
            [OPEN, "fe80::1"],
        ),
        *(
            [OPEN, "0.0.0.0"],
            [OPEN, "::"],
            ["255.255.255.255"],
            ["224.0.0.1"],
            ["2002:7f00:1::"],
            ["fec0::1"],
        ),
    ],
)
async def test_one_closed_address_of_either_family_closes_the_name(
    client: httpx.AsyncClient,
    names: NameServer,
    server: Loopback,
    trap: list[str],
    tmp_path: Path,
    answer: list[str],
) -> None:
    names.answers["mixed.example"] = [answer]

    with pytest.raises(InvalidRequest, match=r"start_image_url: .* resolves to .*, which is closed"):
        await fetched(client, f"http://mixed.example:{server.port}/p.png", tmp_path)

    assert server.received == []
    assert trap == []


async def test_a_name_without_an_address_cannot_be_found(
    client: httpx.AsyncClient, names: NameServer, tmp_path: Path
) -> None:
    names.answers["empty.example"] = [[]]

    with pytest.raises(InvalidRequest, match="names a host that cannot be found"):
        await fetched(client, "http://empty.example/p.png", tmp_path)


async def test_a_name_that_the_operator_opened_is_open_wherever_it_leads(
    names: NameServer, server: Loopback, tmp_path: Path
) -> None:
    names.answers |= {"nas.lan": [[OPEN]], "other.lan": [[OPEN]]}
    server.answers["/p.png"] = plain(200, png())

    async with guarded_client(EgressPolicy(allow=("nas.lan",)), resolve=names.resolve) as client:
        picture = await fetched(client, f"http://nas.lan:{server.port}/p.png", tmp_path)
        with pytest.raises(InvalidRequest, match="is closed"):
            await fetched(client, f"http://other.lan:{server.port}/p.png", tmp_path)

    assert picture.content_type == "image/png"


async def test_the_certificate_is_held_against_the_name_and_not_the_address(
    names: NameServer, tmp_path: Path
) -> None:
    names.answers |= {"pictures.example": [[OPEN]], "other.example": [[OPEN]]}
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    asked: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    trust = ssl.create_default_context(cafile=CERTIFICATE)
    policy = EgressPolicy(allow=(OPEN,))

    async with (
        loopback(tls=tls) as server,
        guarded_client(policy, resolve=names.resolve, ssl_context=trust) as client,
    ):
        server.answers["/p.png"] = plain(200, png())
        await fetched(client, f"https://pictures.example:{server.port}/p.png", tmp_path)
        with pytest.raises(
            InvalidRequest, match="shows a certificate that is not trusted: Hostname mismatch"
        ):
            await fetched(client, f"https://other.example:{server.port}/p.png", tmp_path)

    assert asked == ["pictures.example", "other.example"]
    assert [request.headers["host"] for request in server.received] == [f"pictures.example:{server.port}"]
