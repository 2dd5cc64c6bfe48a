"""Whatever bytes arrive at a listening server, nothing but documented answers leave it, and it goes on."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from http.client import HTTPResponse
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import fresh_database
from tests.http.sockets import Server, listening

SECONDS = 10
# Longer than any header may be, and no request: whoever waits for the rest of one has more than enough.
FILLER = b"\0" * 70_000
LARGEST_BODY = 1024 * 1024

KEY = b"authorization: Bearer KEY\r\n"
BODY = b'{"id": "7e57"}'
ASK = b"POST /kling/tasks HTTP/1.1\r\nhost: x\r\n" + KEY + b"content-length: %d\r\n\r\n%s" % (len(BODY), BODY)
CHUNKED = (
    b"POST /kling/tasks HTTP/1.1\r\nhost: x\r\n"
    + KEY
    + b"transfer-encoding: chunked\r\n\r\ne\r\n"
    + BODY
    + b"\r\n0\r\n\r\n"
)
UPGRADE = ASK.replace(b"host: x", b"host: x\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c")
SEEDS = (
    *(ASK, CHUNKED, UPGRADE, ASK + ASK, UPGRADE + CHUNKED),
    b"GET /files/00000000000000000000000000000000.mp4 HTTP/1.1\r\nhost: x\r\nrange: bytes=0-1\r\n\r\n",
    b"OPTIONS /kling/videos HTTP/1.1\r\nhost: x\r\naccess-control-request-method: POST\r\n"
    b"access-control-request-headers: authorization\r\n\r\n",
    ASK.replace(b"/tasks", b"/price").replace(b"content-length", b"expect: 100-continue\r\ncontent-length"),
)
TOKENS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b" ",
        b"\t",
        b":",
        b"%",
        b"%00",
        b"//",
        b"?",
        b"\xff",
        b"\xc3\xa9",
        b"0",
        b"9",
    ),
    *(b"-1", b"99999999999999999999", b"HTTP/1.0", b"HTTP/2.0", b"GET ", b"HEAD ", b"CONNECT ", b"PRI * "),
    *(b"content-length: 3\r\n", b"transfer-encoding: chunked\r\n", b"transfer-encoding: gzip\r\n"),
    *(
        b"connection: close\r\n",
        b"connection: upgrade\r\nupgrade: websocket\r\n",
        b"expect: 100-continue\r\n",
    ),
    *(b"host: [\r\n", b"x-forwarded-host: \xff\r\n", b"[" * 2000, b"x: " + b"y" * 2000 + b"\r\n"),
)

NOTHING = b"GET /nothing HTTP/1.1\r\n"
MALFORMED = {
    "noise": b"\x00\x01\x02\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "an unknown method": b"BREW /kling/videos HTTP/1.1\r\nhost: x\r\n\r\n",
    "a tunnel": b"CONNECT films.example:443 HTTP/1.1\r\nhost: x\r\n\r\n",
    "an unknown version": b"GET / HTTP/9.9\r\nhost: x\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nhost: x\r\n\r\n",
    "a port beyond all": b"GET http://x:99999999/a HTTP/1.1\r\nhost: x\r\n\r\n",
    "a path that is not ASCII": b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\n\r\n",
    "a query that is not ASCII": ASK.replace(b"/tasks", b"/tasks?\xff"),
    "a field without a colon": NOTHING + b"host x\r\n\r\n",
    "a folded field": NOTHING + b"host: x\r\n y\r\n\r\n",
    "a NUL in a field": NOTHING + b"host: x\r\nx: a\0b\r\n\r\n",
    "bare line feeds": b"GET /nothing HTTP/1.1\nhost: x\n\n",
    "two lengths": ASK.replace(b"content-length", b"content-length: 3\r\ncontent-length"),
    "a negative length": ASK.replace(b"content-length: ", b"content-length: -"),
    "a length in words": ASK.replace(b"content-length: ", b"content-length: ten"),
    "a length beyond all": ASK.replace(b"content-length: ", b"content-length: 99999999999999999999"),
    "length and chunks": CHUNKED.replace(b"transfer", b"content-length: 3\r\ntransfer"),
    "an unknown coding": CHUNKED.replace(b"chunked", b"gzip"),
    "a chunk of no size": CHUNKED.replace(b"e\r\n{", b"zz\r\n{"),
    "a chunk beyond all": CHUNKED.replace(b"e\r\n{", b"fffffffffffffffffffff\r\n{"),
    "a chunk longer than it says": CHUNKED.replace(b"e\r\n{", b"2\r\n{"),
}
TOO_LONG = {
    "a field": NOTHING + b"host: x\r\nx: " + b"y" * 300_000,
    "many fields": NOTHING + b"x: y\r\n" * 100_000,
    "a target": b"GET /" + b"y" * 300_000,
    "a name": NOTHING + b"y" * 300_000,
    "a whole header": NOTHING + b"x: " + b"y" * 66_000 + b"\r\n\r\n",
    "the name of a chunk": CHUNKED.replace(b"e\r\n{", b"e;" + b"y" * 300_000 + b"\r\n{"),
    "a trailer": CHUNKED.removesuffix(b"\r\n") + b"x: y\r\n" * 100_000,
}


class _Stream(BytesIO):
    """Bytes that an `HTTPResponse` may read and cannot close."""

    def makefile(self, _mode: str) -> "_Stream":
        return self

    def close(self) -> None:
        """Leave it open: the next answer follows."""


@pytest_asyncio.fixture(scope="module")
async def server(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    """A server that listens on loopback."""
    data = tmp_path_factory.mktemp("fuzz")
    async with fresh_database(postgres) as url, listening(url, data, max_body_mib=1) as running:
        yield running


async def answers_to(server: Server, sent: bytes) -> list[int]:
    """Send the bytes and then filler, and return the statuses of what comes back before the end.

    Every answer is checked: its shape is documented, and it tells of no fault of ours.
    """
    received = b""
    async with asyncio.timeout(SECONDS), server.line() as line:
        await line.send(sent.replace(b"KEY", server.filmgate.local_key.encode()) + FILLER)
        try:
            async with asyncio.timeout(1):
                while some := await line.some():
                    received += some
        except TimeoutError:
            # The filler was taken for a part of a body that is longer, but none may be so long.
            await line.send(bytes(LARGEST_BODY))
            while some := await line.some():
                received += some
    return [_checked(response) for response in _answers(received)]


def _answers(received: bytes) -> Iterator[HTTPResponse]:
    stream: Any = _Stream(received)
    while stream.tell() < len(received):
        response = HTTPResponse(stream)
        response.begin()
        yield response


def _checked(response: HTTPResponse) -> int:
    body = response.read()
    trace_id = response.headers["x-trace-id"]
    assert response.status < 500, body
    assert str(UUID(trace_id)) == trace_id
    assert response.headers.get_content_type() != "text/html"
    if response.status >= 400:
        told = json.loads(body)
        assert told == {
            "success": False,
            "trace_id": trace_id,
            "error": {"code": told["error"]["code"], "message": told["error"]["message"]},
        }
    return response.status


@pytest.mark.parametrize("sent", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_http_is_refused_in_the_documented_shape(server: Server, sent: bytes) -> None:
    assert await answers_to(server, sent) == [400]


@pytest.mark.parametrize("sent", TOO_LONG.values(), ids=TOO_LONG)
async def test_what_never_ends_is_refused(server: Server, sent: bytes) -> None:
    assert await answers_to(server, sent) == [400]


@st.composite
def mutants(draw: st.DrawFn) -> bytes:
    """Break a request that is right in one to four places."""
    sent = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(sent)))
        n_gone = draw(st.sampled_from([0, 0, 1, 2, 8, 40, len(sent)]))
        token = draw(st.sampled_from(TOKENS) | st.binary(max_size=8))
        sent = sent[:start] + token + sent[start + n_gone :]
    return sent


@settings(deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=mutants())
async def test_a_broken_request_gets_a_documented_answer_or_none(server: Server, sent: bytes) -> None:
    await answers_to(server, sent)


async def test_whoever_hangs_up_at_any_byte_leaves_the_server_well(server: Server) -> None:
    key = server.filmgate.local_key.encode()
    for request in (ASK, CHUNKED, UPGRADE):
        whole = request.replace(b"KEY", key)
        for length in range(0, len(whole), 7):
            async with server.line() as line:
                await line.send(whole[:length])
                line.hang_up()

    assert (await server.ask(ASK.replace(b"KEY", key))).status == 200
