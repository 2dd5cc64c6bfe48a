"""Fetching from callers' URLs, on a real server that behaves and misbehaves."""

import hashlib
import io
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from PIL import Image

from filmgate.domain.accounts import AccountId
from filmgate.domain.errors import FileGone, FileUnknown, InvalidRequest
from filmgate.media.fetching import GuardedFetcher
from filmgate.media.objects import LocalObjects
from filmgate.ports import Fetched, OwnFiles
from tests.media.loopback import Answer, Loopback, dripping, endless, plain, silent

ACCOUNT = AccountId(UUID(int=7))
MP4_HEAD = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(64)


def png(side: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "PNG")
    return buffer.getvalue()


async def nobodys(url: str, *, account_id: AccountId) -> str | None:
    """Know no URL of our own."""
    return None


class Bench:
    """A fetcher with everything it needs, aimed at one target file."""

    def __init__(self, client: httpx.AsyncClient, folder: Path) -> None:
        self.client = client
        self.objects = LocalObjects(folder / "objects")
        self.target = folder / "fetched"

    async def fetch(
        self,
        url: str,
        *,
        max_bytes: int = 1_000_000,
        own_files: OwnFiles = nobodys,
        time_limit: timedelta = timedelta(seconds=10),
    ) -> Fetched:
        fetcher = GuardedFetcher(
            self.client, objects=self.objects, own_files=own_files, time_limit=time_limit
        )
        return await fetcher.fetch(
            url, self.target, max_bytes=max_bytes, field="start_image_url", account_id=ACCOUNT
        )

    async def refusal(
        self,
        url: str,
        *,
        max_bytes: int = 1_000_000,
        own_files: OwnFiles = nobodys,
        time_limit: timedelta = timedelta(seconds=10),
    ) -> str:
        """Fetch what must be refused; return the sentence, having seen that no file stayed behind."""
        with pytest.raises(InvalidRequest) as refused:
            await self.fetch(url, max_bytes=max_bytes, own_files=own_files, time_limit=time_limit)
        (objection,) = refused.value.objections
        assert objection.field == "start_image_url"
        assert not self.target.exists()
        return objection.message


@pytest.fixture
def bench(client: httpx.AsyncClient, tmp_path: Path) -> Bench:
    return Bench(client, tmp_path)


async def test_a_picture_is_downloaded_whole_with_its_facts(bench: Bench, server: Loopback) -> None:
    picture = png()
    url = server.url("/sunset.exe", plain(200, picture, content_type="text/html"))

    fetched = await bench.fetch(url)

    assert fetched == Fetched(
        path=bench.target,
        content_type="image/png",
        n_bytes=len(picture),
        sha256=hashlib.sha256(picture).hexdigest(),
    )
    assert bench.target.read_bytes() == picture


async def test_a_body_without_a_length_ends_with_its_connection(bench: Bench, server: Loopback) -> None:
    url = server.url("/v.mp4", b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + MP4_HEAD)

    fetched = await bench.fetch(url)

    assert (fetched.content_type, fetched.n_bytes) == ("video/mp4", len(MP4_HEAD))


@pytest.mark.parametrize("status", [201, 204, 206, 400, 401, 403, 404, 410, 429, 500, 503])
async def test_any_other_status_is_the_callers_mistake(bench: Bench, server: Loopback, status: int) -> None:
    message = await bench.refusal(server.url("/p.png", plain(status)))

    assert f"answered {status}." in message


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><title>Sign in</title>", "a web page"),
        (b"\n  <html>" + bytes(100), "a web page"),
        (b"GIF89a" + bytes(100), "neither a JPEG, PNG or WebP picture nor an MP4 video"),
        (b"%PDF-1.7" + bytes(100), "neither"),
        (b"\0\0\0\x18ftypheic" + bytes(100), "neither"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n" + bytes(100), "neither"),
    ],
)
async def test_a_file_is_judged_by_its_content(
    bench: Bench, server: Loopback, body: bytes, words: str
) -> None:
    message = await bench.refusal(server.url("/p.png", plain(200, body, content_type="image/png")))

    assert f"serves {words}" in message


@pytest.mark.parametrize("announced", [True, False])
async def test_the_limit_is_exact(bench: Bench, server: Loopback, announced: bool) -> None:
    picture = png()
    bare = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + picture
    url = server.url("/p.png", plain(200, picture) if announced else bare)

    fetched = await bench.fetch(url, max_bytes=len(picture))
    bench.target.unlink()
    message = await bench.refusal(url, max_bytes=len(picture) - 1)

    assert fetched.n_bytes == len(picture)
    assert f"more than the {len(picture) - 1} bytes" in message


OK_PNG = b"HTTP/1.1 200 OK\r\n\r\n" + png()
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (endless(OK_PNG), "more than the 1,000,000 bytes"),
        (dripping(OK_PNG), "took more than 0.2 s"),
        (dripping(b"HTTP/1.1 200 OK\r\nx-endless: "), "took more than 0.2 s"),
        (silent, "took more than 0.2 s"),
        (b"", "broke off"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "not HTTP"),
        (plain(200, png())[:-10], "broke off"),
        (CHUNKED + b"zz\r\nnot a length", "not HTTP"),
        (CHUNKED + b"5\r\nshort", "broke off"),
        (plain(200, png(), content_encoding="gzip"), "compressed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n" + png(), "more than the 1,000,000 bytes"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "not HTTP"),
    ],
)
async def test_a_hostile_server_is_left_in_time(
    bench: Bench, server: Loopback, answer: Answer, words: str
) -> None:
    # Only what is never over may meet the limit: on a busy machine anything else could take that long.
    limit = timedelta(seconds=0.2 if words.startswith("took") else 20)

    message = await bench.refusal(server.url("/p.png", answer), time_limit=limit)

    assert words in message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_three_redirects_are_followed(bench: Bench, server: Loopback, status: int) -> None:
    server.url("/3", plain(200, png()))
    server.url("/2", plain(status, location="/3"))
    server.url("/1", plain(status, location=server.origin + "/2#there"))
    url = server.url("/0", plain(status, location="1"))

    fetched = await bench.fetch(url)

    assert fetched.content_type == "image/png"
    assert [request.target for request in server.received] == ["/0", "/1", "/2", "/3"]


async def test_a_redirect_may_be_written_in_utf_8(bench: Bench, server: Loopback) -> None:
    server.url("/%E5%86%99.png", plain(200, png()))
    location = "/写.png".encode().decode("latin-1")

    fetched = await bench.fetch(server.url("/go", plain(302, location=location)))

    assert fetched.content_type == "image/png"


async def test_a_fourth_redirect_is_one_too_many(bench: Bench, server: Loopback) -> None:
    message = await bench.refusal(server.url("/", plain(302, location="/")))

    assert "redirects more than 3 times" in message
    assert len(server.received) == 4


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://127.0.0.2/", "is a loopback address (127.0.0.2)"),
        ("http://169.254.169.254/latest/meta-data/", "a cloud's metadata service"),
        ("http://[::ffff:127.0.0.1]/", "an IPv4 address written as IPv6"),
        ("//10.0.0.1/x", "a private address (10.0.0.1)"),
        ("http://2130706434/", "ends in a number"),
        ("http://127.0.0.1:25/", "port 25"),
        ("file:///etc/passwd", "is not an http:// or https:// URL"),
        ("http://0177.0.0.1/", "no URL"),
        ("", "without saying where"),
    ],
)
async def test_a_redirect_is_checked_like_the_first_url(
    bench: Bench, server: Loopback, location: str, words: str
) -> None:
    message = await bench.refusal(server.url("/go", plain(302, location=location)))

    assert words in message
    assert len(server.received) == 1


@pytest.mark.parametrize(
    "url", ["", "sunset.png", "file:///etc/passwd", "http://", "http://[::1", "http://x/\ud800", "data:,x"]
)
async def test_what_is_no_http_url_is_refused_in_words(bench: Bench, url: str) -> None:
    message = await bench.refusal(url)

    assert "is not an http:// or https:// URL" in message


async def test_a_closed_address_is_named_with_the_way_to_open_it(bench: Bench) -> None:
    message = await bench.refusal("http://10.1.2.3/p.png")

    assert message.startswith('start_image_url: "http://10.1.2.3/p.png" is a private address (10.1.2.3)')
    assert "FILMGATE_EGRESS_ALLOW" in message


async def test_secrets_of_a_url_are_not_repeated(bench: Bench, server: Loopback) -> None:
    location = f"http://bob:hunter2@127.0.0.1:{server.port}/b?token=s3cret"
    server.url("/b", plain(404))
    url = server.url("/a", plain(302, location=location)).replace("127", "ann:passw0rd@127") + "?sig=abc#f"

    message = await bench.refusal(url)

    assert "answered 404" in message
    assert not any(secret in message for secret in ("hunter2", "passw0rd", "s3cret", "abc"))


async def test_our_own_url_is_read_from_the_store_and_never_asked_for(bench: Bench, server: Loopback) -> None:
    picture = png()
    url = server.url("/files/mine.png", plain(500))
    await bench.objects.put("inputs/mine.png", picture, content_type="image/png")

    async def own(asked: str, *, account_id: AccountId) -> str | None:
        return "inputs/mine.png" if (asked, account_id) == (url, ACCOUNT) else None

    fetched = await bench.fetch(url, own_files=own)

    assert (fetched.content_type, fetched.sha256) == ("image/png", hashlib.sha256(picture).hexdigest())
    assert bench.target.read_bytes() == picture
    assert server.received == []


async def test_a_redirect_to_our_own_url_is_resolved_inside_too(bench: Bench, server: Loopback) -> None:
    await bench.objects.put("clip.mp4", MP4_HEAD, content_type="video/mp4")

    async def own(asked: str, *, account_id: AccountId) -> str | None:
        return "clip.mp4" if asked == "https://films.example/files/clip.mp4" else None

    url = server.url("/go", plain(302, location="https://films.example/files/clip.mp4"))
    fetched = await bench.fetch(url, own_files=own)

    assert fetched.content_type == "video/mp4"


@pytest.mark.parametrize(
    ("error", "words"), [(FileGone("x"), "was deleted"), (FileUnknown("x"), "is no file of this server")]
)
async def test_an_own_url_of_somebody_else_is_refused(
    bench: Bench, server: Loopback, error: Exception, words: str
) -> None:
    async def own(asked: str, *, account_id: AccountId) -> str | None:
        raise error

    message = await bench.refusal(server.url("/files/theirs.png", plain(200, png())), own_files=own)

    assert words in message
    assert server.received == []


@pytest.mark.parametrize(
    ("content", "max_bytes", "words"),
    [(png(), 10, "more than the 10 bytes"), (b"text", 10, "neither"), (None, 10, "was deleted")],
)
async def test_an_own_file_obeys_the_same_limits(
    bench: Bench, content: bytes | None, max_bytes: int, words: str
) -> None:
    if content is not None:
        await bench.objects.put("own", content, content_type="x")

    async def own(asked: str, *, account_id: AccountId) -> str | None:
        return "own"

    message = await bench.refusal("http://here.example/own", max_bytes=max_bytes, own_files=own)

    assert words in message
