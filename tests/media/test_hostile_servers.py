"""Servers that never end, lie about length and coding, or break the protocol: left in time, with a reason."""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from filmgate.callbacks.sender import SignedSender
from filmgate.domain.callbacks import Receipt
from filmgate.domain.errors import InvalidRequest
from filmgate.media.egress import EgressPolicy
from filmgate.media.fetching import GuardedFetcher
from filmgate.media.guarded_http import guarded_client
from filmgate.media.objects import LocalObjects
from tests.callbacks.test_sender import BODY, NOON, delivery
from tests.media.loopback import CERTIFICATE, Answer, Loopback, loopback, plain, silent
from tests.media.test_fetching import ACCOUNT, nobodys, png

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
BOMB = zlib.compress(bytes(30_000_000), 9)
FOREVER = timedelta(minutes=1)
SHORT = timedelta(seconds=0.2)


@dataclass(frozen=True)
class Visits:
    """Goes to one URL as a picture and as a callback."""

    client: httpx.AsyncClient
    folder: Path

    async def refusal(self, url: str, *, time_limit: timedelta = FOREVER) -> str:
        objects = LocalObjects(self.folder / "objects")
        fetcher = GuardedFetcher(self.client, objects=objects, own_files=nobodys, time_limit=time_limit)
        target = self.folder / "fetched"
        with pytest.raises(InvalidRequest) as refused:
            await fetcher.fetch(url, target, max_bytes=100_000, field="end_image_url", account_id=ACCOUNT)
        (objection,) = refused.value.objections
        assert objection.field == "end_image_url"
        assert list(self.folder.iterdir()) in ([], [self.folder / "objects"])
        return objection.message

    async def receipt(self, url: str, *, time_limit: timedelta = FOREVER) -> Receipt:
        sender = SignedSender(self.client, time_limit=time_limit, drain_limit=timedelta(seconds=0.05))
        return await sender.send(delivery(url), BODY, now=NOON)


@pytest.fixture
def visits(client: httpx.AsyncClient, tmp_path: Path) -> Visits:
    return Visits(client, tmp_path)


def repeating(head: bytes, part: bytes) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
    """Send the head, then the part over and over, as fast as it is taken."""

    async def pour(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(part * max(1, 4096 // len(part)))
            await writer.drain()

    return pour


BROKEN: dict[str, Answer] = {
    "a header that never ends": repeating(OK + b"x-bomb: ", b"a"),
    "headers that never end": repeating(OK, b"x-bomb: a\r\n"),
    "a status line that never ends": repeating(b"HTTP/1.1 200 ", b"O"),
    "two lengths": OK + b"content-length: 5\r\ncontent-length: 6\r\n\r\nabcdef",
    "a length of words": OK + b"content-length: many\r\n\r\n",
    "a signed length": OK + b"content-length: +5\r\n\r\nabcde",
    "a coding that nobody asked for": OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "HTTP/0.9": b"\x89PNG\r\n\x1a\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a NUL in a header": OK + b"x: \0\r\n\r\n",
    "a header without a name": OK + b": x\r\n\r\n",
    "another protocol": b"-ERR unknown command\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_what_is_not_http_is_left_with_a_reason(
    visits: Visits, server: Loopback, answer: Answer
) -> None:
    url = server.url("/p.png", answer)

    message, receipt = await visits.refusal(url), await visits.receipt(url)

    assert "broke off, or answered something that is not HTTP" in message
    assert (receipt.status, receipt.reason) == (
        None,
        "broke off, or answered something that is not HTTP",
    )


ENDLESS: dict[str, Answer] = {
    "silence": silent,
    "interim answers that never end": repeating(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
async def test_what_never_becomes_an_answer_is_left_at_the_time_limit(
    visits: Visits, server: Loopback, answer: Answer
) -> None:
    url = server.url("/p.png", answer)

    message = await visits.refusal(url, time_limit=SHORT)
    receipt = await visits.receipt(url, time_limit=SHORT)

    assert "took more than 0.2 s" in message
    assert (receipt.status, receipt.reason) == (None, "did not answer within 0.2 s")


BODIES: dict[str, tuple[Answer, str]] = {
    "no end": (repeating(OK + b"\r\n" + png(), b"\0"), "more than the 100,000 bytes"),
    "chunks without end": (
        repeating(CHUNKED, b"1000\r\n" + bytes(4096) + b"\r\n"),
        "more than the 100,000 bytes",
    ),
    "a picture in chunks without end": (
        repeating(CHUNKED + b"%x\r\n%s\r\n" % (len(png()), png()), b"1000\r\n" + bytes(4096) + b"\r\n"),
        "more than the 100,000 bytes",
    ),
    "a chunk's extension without end": (repeating(CHUNKED + b"5;", b"x"), "not HTTP"),
    "trailers without end": (repeating(CHUNKED + b"0\r\n", b"x: y\r\n"), "not HTTP"),
    "a chunk larger than any memory": (CHUNKED + b"ffffffffffffffffffff\r\n", "broke off"),
    "a length larger than any disk": (OK + b"content-length: 9" + b"9" * 18 + b"\r\n\r\n", "more than the"),
    "a length that promises too much": (OK + b"content-length: 90000\r\n\r\n" + png(), "broke off"),
    "a length that promises too little": (OK + b"content-length: 5\r\n\r\n" + png(), "neither a JPEG"),
    "a length of nothing": (OK + b"content-length: 0\r\n\r\n" + png(), "an empty file"),
    "gzip": (plain(200, BOMB, content_encoding="gzip"), "sent the file compressed"),
    "deflate": (plain(200, BOMB, content_encoding="deflate"), "sent the file compressed"),
    "br": (plain(200, BOMB, content_encoding="br"), "sent the file compressed"),
    "zstd": (plain(200, BOMB, content_encoding="zstd"), "sent the file compressed"),
    "gzip upon gzip": (plain(200, BOMB, content_encoding="gzip, gzip"), "sent the file compressed"),
    "gzip behind nothing": (
        OK + b"content-encoding: identity\r\ncontent-encoding: gzip\r\n\r\n" + BOMB,
        "sent the file compressed",
    ),
    "gzip that is not said to be": (plain(200, BOMB), "neither a JPEG"),
}


@pytest.mark.parametrize(("answer", "words"), BODIES.values(), ids=BODIES)
async def test_a_hostile_body_is_the_callers_mistake_and_no_matter_for_a_callback(
    visits: Visits, server: Loopback, answer: Answer, words: str
) -> None:
    url = server.url("/p.png", answer)

    message, receipt = await visits.refusal(url), await visits.receipt(url)

    assert words in message
    assert receipt.is_accepted


def dripping_after(head: bytes) -> Answer:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        await writer.drain()
        await asyncio.Event().wait()

    return drip


@pytest.mark.parametrize(
    "head",
    [OK + b"\r\n" + png(), CHUNKED + b"5\r\nab", OK + b"content-length: 9\r\n\r\n"],
    ids=["no length", "chunks", "length"],
)
async def test_a_body_that_stops_flowing_meets_the_time_limit_of_the_whole_fetch(
    visits: Visits, server: Loopback, head: bytes
) -> None:
    url = server.url("/p.png", dripping_after(head))

    message = await visits.refusal(url, time_limit=SHORT)

    assert "took more than 0.2 s" in message


async def test_redirects_share_one_time_limit(visits: Visits, server: Loopback) -> None:
    server.url("/2", silent)
    server.url("/1", plain(302, location="/2"))

    message = await visits.refusal(server.url("/0", plain(302, location="/1")), time_limit=SHORT)

    assert "took more than 0.2 s" in message
    assert [request.target for request in server.received] == ["/0", "/1", "/2"]


@pytest.mark.parametrize(
    ("locations", "n_requests", "words"),
    [
        ({"/0": "/0"}, 4, "redirects more than 3 times"),
        ({"/0": "/1", "/1": "/0"}, 4, "redirects more than 3 times"),
        ({"/0": "/1", "/1": "/2", "/2": "file:///etc/passwd"}, 3, "is not an http:// or https:// URL"),
        ({"/0": "/1", "/1": "ftp://127.0.0.1/"}, 2, "is not an http:// or https:// URL"),
        ({"/0": "/1", "/1": "http://127.0.0.2/"}, 2, "is a loopback address (127.0.0.2)"),
        ({"/0": "data:image/png;base64,AAAA"}, 1, "is not an http:// or https:// URL"),
        ({"/0": "javascript:alert(1)"}, 1, "is not an http:// or https:// URL"),
        ({"/0": "//[::1"}, 1, "no URL"),
        ({"/0": "http://\x80/"}, 1, "no URL"),
        ({"/0": "http://127.0.0.1:x/"}, 1, "no URL"),
        ({"/0": "https:"}, 1, "is not an http:// or https:// URL"),
        ({"/0": "http://[::1"}, 1, "no URL"),
        ({"/0": "//127.0.0.2/"}, 1, "is a loopback address (127.0.0.2)"),
        ({"/0": "http://127.0.0.1:22/"}, 1, "port 22"),
        ({"/0": "http://127.0.0.1:0/"}, 1, "port 0"),
        ({"/0": "http://127.0.0.1:99999/"}, 1, "port 99999"),
    ],
)
async def test_every_hop_is_checked_and_none_is_followed_for_a_callback(
    visits: Visits, server: Loopback, locations: dict[str, str], n_requests: int, words: str
) -> None:
    for path, location in locations.items():
        server.url(path, plain(302, location=location))

    message = await visits.refusal(server.origin + "/0")
    n_fetched = len(server.received)
    receipt = await visits.receipt(server.origin + "/0")

    assert words in message
    assert n_fetched == n_requests
    assert len(server.received) - n_fetched <= 1
    assert (receipt.status, receipt.reason) == (302, "answered 302")


async def test_a_redirect_may_change_to_https_and_is_checked_there(visits: Visits, server: Loopback) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)

    async with loopback(tls=tls) as secure:
        location = f"https://127.0.0.1:{secure.port}/p.png"
        message = await visits.refusal(server.url("/go", plain(302, location=location)))

    assert "shows a certificate that is not trusted: self-signed certificate" in message
    assert secure.received == []


@asynccontextmanager
async def raw_server(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """Listen on loopback for bytes; yields the port."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await serve(reader, writer)
        writer.close()

    async with await asyncio.start_server(connected, "127.0.0.1", 0) as listening:
        yield int(listening.sockets[0].getsockname()[1])


async def garbage_after_handshake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    side = tls.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        incoming.write(await reader.read(65536))
        try:
            side.do_handshake()
            break
        except ssl.SSLWantReadError:
            writer.write(outgoing.read())
    writer.write(outgoing.read() + b"\x17\x03\x03\x00\x20" + bytes(32))
    await reader.read(65536)


async def test_tls_that_breaks_after_the_handshake_is_left_with_a_reason(tmp_path: Path) -> None:
    trust = ssl.create_default_context(cafile=CERTIFICATE)
    trust.check_hostname = False
    policy = EgressPolicy(allow=("127.0.0.1",))

    async with (
        raw_server(garbage_after_handshake) as port,
        guarded_client(policy, ssl_context=trust) as client,
    ):
        visits = Visits(client, tmp_path)
        message = await visits.refusal(f"https://127.0.0.1:{port}/p.png")
        receipt = await visits.receipt(f"https://127.0.0.1:{port}/p.png")

    assert "broke off while it was being read" in message
    assert (receipt.status, receipt.reason) == (None, "broke off before it answered")


async def test_https_to_a_server_of_plain_http_is_told_in_words(visits: Visits, server: Loopback) -> None:
    async def hello(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with raw_server(hello) as port:
        message = await visits.refusal(f"https://127.0.0.1:{port}/p.png")

    assert "does not speak TLS as https:// needs it" in message


async def test_no_proxy_of_the_environment_sees_a_connection(
    visits: Visits, server: Loopback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    came: list[asyncio.StreamWriter] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.append(writer)

    async with raw_server(proxy) as port:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
            monkeypatch.setenv(name.lower(), f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", "")
        monkeypatch.setenv("no_proxy", "")
        # A client that believed the environment would have read it when it was made.
        async with guarded_client(EgressPolicy(allow=("127.0.0.1",))) as client:
            visits = Visits(client, tmp_path)
            await visits.refusal(server.url("/go", plain(302, location="https://127.0.0.1:9/")))
            receipt = await visits.receipt(server.url("/hook", plain(200)))

    assert receipt.is_accepted
    assert len(server.received) == 2
    assert came == []
