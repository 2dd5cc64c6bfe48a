"""Below the requests: what a connection does with bytes that are not one, not yet, or not only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
import pytest_asyncio
import uvicorn
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.server import ServerState

from filmgate.domain.errors import InvalidRequest
from filmgate.http.connection import Connection
from filmgate.http.inbound import Inbound
from tests.conftest import fresh_database
from tests.http.sockets import Line, Server, listening

OFFER = ("connection: Upgrade, HTTP2-Settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__")
HELLO = b"GET / HTTP/1.1\r\nhost: x\r\n"


@pytest_asyncio.fixture(scope="module")
async def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server that listens on loopback."""
    data = tmp_path_factory.mktemp("connections")
    async with fresh_database(postgres) as url, listening(url, data) as running:
        yield running


@asynccontextmanager
async def connected(app: ASGIApp, *, header_time: timedelta) -> AsyncIterator[Line]:
    """Connect to an application through a connection with a short time for headers."""
    config = uvicorn.Config(app, lifespan="off", log_config=None)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: Connection(config, ServerState(), {}, header_time=header_time), "127.0.0.1", 0
    )
    async with listener:
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname())
        yield Line(reader, writer)
        writer.close()


async def greet(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse("hello")(scope, receive, send)


@pytest.mark.parametrize("at", ["at once", "later"])
async def test_an_offer_of_another_protocol_does_not_cost_the_body(server: Server, at: str) -> None:
    asked = server.post("/kling/tasks", {"id": "?"}, *OFFER)
    end = asked.index(b"\r\n\r\n") + 4

    async with server.line() as line:
        if at == "later":
            await line.send(asked[:end])
            await line.send(asked[end:])
        else:
            await line.send(asked)
        first = await line.reply()
        await line.send(asked)
        second = await line.reply()

    assert [(each.status, each.json()) for each in (first, second)] == [(200, {})] * 2


async def test_an_offer_of_another_protocol_does_not_cost_the_next_request(server: Server) -> None:
    offer = HELLO.replace(b"/ ", b"/healthz ") + "\r\n".join([*OFFER, "", ""]).encode()

    async with server.line() as line:
        await line.send(offer + offer)

        assert [(await line.reply()).status for _ in range(2)] == [200, 200]


async def test_a_request_that_is_whole_is_answered_whatever_follows_it(server: Server) -> None:
    async with server.line() as line:
        await line.send(server.post("/kling/tasks", {"id": "?"}) + b"   and more")
        reply = await line.reply()
        rest = await line.some()

    assert (reply.status, reply.json()) == (200, {})
    assert reply.headers["connection"] == "close"
    assert rest == b""


async def test_a_field_behind_the_body_changes_nothing(server: Server) -> None:
    body = b'e\r\n{"prompt":"a"}\r\n0\r\nhost: evil.example\r\nidempotency-key: ' + b"k" * 300 + b"\r\n\r\n"
    asked = server.post("/kling/videos", {}).partition(b"content-length")[0]

    reply = await server.ask(asked + b"transfer-encoding: chunked\r\n\r\n" + body)

    assert reply.status == 200
    assert reply.json()["video_url"].startswith(f"http://{server.host}/")


async def test_a_length_with_thousands_of_zeros_is_a_length(server: Server) -> None:
    asked = server.post("/kling/tasks", {"id": "?"})

    reply = await server.ask(asked.replace(b"content-length: ", b"content-length: " + b"0" * 5000))

    assert (reply.status, reply.json()) == (200, {})


async def test_a_header_that_does_not_end_in_time_is_refused() -> None:
    async with connected(greet, header_time=timedelta(milliseconds=50)) as line:
        await line.send(HELLO)
        reply = await line.reply()

    assert reply.status == 400
    assert reply.json()["error"]["message"] == "The header was not complete within 0.05 s."


async def test_a_connection_that_says_nothing_is_closed() -> None:
    async with connected(greet, header_time=timedelta(milliseconds=50)) as line:
        assert await line.some() == b""


async def test_who_waits_for_an_answer_may_begin_the_next_request_early() -> None:
    header_time = timedelta(milliseconds=20)

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        # Longer than the next header has time, were its time running.
        await asyncio.sleep(3 * header_time.total_seconds())
        await greet(scope, receive, send)

    async with connected(slow, header_time=header_time) as line:
        await line.send(HELLO + b"\r\n" + HELLO)

        assert (await line.reply()).status == 200


async def test_a_body_that_stops_coming_is_given_up() -> None:
    async def nothing() -> Message:
        await asyncio.get_running_loop().create_future()
        raise AssertionError("nothing ever comes")

    scope = {"headers": [(b"content-length", b"5")]}
    inbound = Inbound(scope, nothing, max_bytes=100, patience=timedelta(milliseconds=10))

    with pytest.raises(InvalidRequest, match=r"Nothing of the body came for 0\.01 s"):
        await inbound()
