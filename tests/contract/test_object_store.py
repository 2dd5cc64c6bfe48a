"""The promises of `ObjectStore`, over a local folder, memory, and a bucket behind a small S3 server."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
import pytest_asyncio
from obstore.store import MemoryStore, S3Store

from filmgate.domain.errors import FileGone, Unavailable
from filmgate.media.objects import LocalObjects, ObstoreObjects, open_objects
from filmgate.ports import ObjectStore

LARGE = os.urandom(1024) * 12 * 1024  # 12 MiB: three parts of an upload.


class Bucket:
    """As much of S3 as putting, reading, listing and deleting need; one object for each key."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.parts: dict[int, bytes] = {}
        self.part_type = ""
        self.origin = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().splitlines()
                method, target, _ = lines[0].split(" ")
                headers = {
                    name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines[1:-1])
                }
                body = await reader.readexactly(int(headers.get("content-length", "0")))
                status, kind, answer = self.answer(method, target, headers.get("content-type", ""), body)
                extra = "etag: x\r\nlast-modified: Sun, 22 Nov 2026 12:00:00 GMT\r\n"
                writer.write(
                    f"HTTP/1.1 {status} S3\r\ncontent-length: {len(answer)}\r\ncontent-type: {kind}\r\n"
                    f"{extra}\r\n".encode()
                    + (b"" if method == "HEAD" else answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def answer(self, method: str, target: str, kind: str, body: bytes) -> tuple[int, str, bytes]:
        url = urlsplit(target)
        key = unquote(url.path).removeprefix("/bucket").removeprefix("/")
        query = parse_qs(url.query, keep_blank_values=True)
        if method == "POST" and "uploads" in query:
            self.part_type = kind
            return 200, "application/xml", _xml("InitiateMultipartUploadResult", "<UploadId>u</UploadId>")
        if method == "POST" and "uploadId" in query:
            self.objects[key] = (self.part_type, b"".join(self.parts[n] for n in sorted(self.parts)))
            return 200, "application/xml", _xml("CompleteMultipartUploadResult", "<ETag>x</ETag>")
        if method == "POST" and "delete" in query:
            doomed = body.decode().split("<Key>")[1].split("</Key>")[0]
            self.objects.pop(doomed, None)
            return (
                200,
                "application/xml",
                _xml("DeleteResult", f"<Deleted><Key>{doomed}</Key></Deleted>", about=""),
            )
        if method == "PUT" and "partNumber" in query:
            self.parts[int(query["partNumber"][0])] = body
            return 200, "", b""
        if method == "PUT":
            self.objects[key] = (kind, body)
            return 200, "", b""
        if "list-type" in query:
            return 200, "application/xml", self.listing(query["prefix"][0])
        kept, content = self.objects.get(key, ("", b""))
        return (200, kept, content) if key in self.objects else (404, "", b"")

    def listing(self, prefix: str) -> bytes:
        entries = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-11-22T12:00:00.000Z</LastModified>"
            f"<ETag>x</ETag><Size>{len(content)}</Size></Contents>"
            for key, (_, content) in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        return _xml("ListBucketResult", f"<IsTruncated>false</IsTruncated>{entries}")


def _xml(name: str, inside: str, *, about: str = "<Bucket>bucket</Bucket><Key>k</Key>") -> bytes:
    return f'<?xml version="1.0"?><{name}>{about}{inside}</{name}>'.encode()


@asynccontextmanager
async def bucket() -> AsyncIterator[Bucket]:
    running = Bucket()
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0, limit=2**20)
    running.origin = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield running


def s3(origin: str) -> ObstoreObjects:
    return ObstoreObjects(
        S3Store(
            "bucket",
            endpoint=origin,
            region="us-east-1",
            access_key_id="key",
            secret_access_key="secret",
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
        )
    )


@pytest_asyncio.fixture(params=["local", "memory", "s3"])
async def objects(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ObjectStore]:
    if request.param == "local":
        yield LocalObjects(tmp_path / "objects")
    elif request.param == "memory":
        yield ObstoreObjects(MemoryStore())
    else:
        async with bucket() as running:
            yield s3(running.origin)


@pytest.mark.parametrize("content", [b"", b"a few bytes", LARGE], ids=["empty", "small", "large"])
@pytest.mark.parametrize("from_path", [True, False], ids=["path", "bytes"])
async def test_what_was_put_is_fetched(
    objects: ObjectStore, tmp_path: Path, content: bytes, from_path: bool
) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)

    n_bytes = await objects.put("t/1/clip.mp4", source if from_path else content, content_type="video/mp4")
    await objects.fetch("t/1/clip.mp4", tmp_path / "target")

    assert n_bytes == len(content)
    assert (tmp_path / "target").read_bytes() == content


async def test_a_second_put_replaces_the_first(objects: ObjectStore, tmp_path: Path) -> None:
    await objects.put("t/clip", b"first", content_type="video/mp4")
    await objects.put("t/clip", b"second", content_type="video/mp4")

    await objects.fetch("t/clip", tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == b"second"


async def test_an_absent_file_is_gone_and_leaves_no_target(objects: ObjectStore, tmp_path: Path) -> None:
    with pytest.raises(FileGone):
        await objects.fetch("t/never", tmp_path / "target")

    assert not (tmp_path / "target").exists()


async def test_all_files_of_a_prefix_are_deleted_and_no_others(objects: ObjectStore, tmp_path: Path) -> None:
    for key in ("t/1/clip", "t/1/deep/poster", "t/10/clip", "t/1.mp4"):
        await objects.put(key, b"x", content_type="video/mp4")

    await objects.delete_all("t/1")
    await objects.delete_all("t/1")

    for key in ("t/1/clip", "t/1/deep/poster"):
        with pytest.raises(FileGone):
            await objects.fetch(key, tmp_path / "target")
    for key in ("t/10/clip", "t/1.mp4"):
        await objects.fetch(key, tmp_path / "target")


async def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path / "objects")

    await objects.check()

    assert list_of(tmp_path / "objects") == []


async def test_a_check_passes_where_files_can_be_kept(objects: ObjectStore) -> None:
    await objects.check()


@pytest.mark.parametrize(
    "key",
    [
        *("", "/", "/etc/passwd", "..", "../x", "a/../b", "a/..", "a//b", "a/", "./a", "a/.", ".hidden"),
        *("a\\b", "a\0b", "a\nb", "a b", "a#1", "a%2e%2e/b", "ä", "-rf", "a/-b", "x" * 513),
    ],
)
async def test_a_key_that_could_mean_something_else_is_refused(
    objects: ObjectStore, tmp_path: Path, key: str
) -> None:
    with pytest.raises(ValueError, match="cannot be the key"):
        await objects.put(key, b"x", content_type="x")
    with pytest.raises(ValueError, match="cannot be the key"):
        await objects.fetch(key, tmp_path / "target")
    with pytest.raises(ValueError, match="cannot be the key"):
        await objects.delete_all(key)
    with pytest.raises(ValueError, match="cannot be the key"):
        objects.local_path(key)


def list_of(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_a_local_store_is_closed_to_others_and_leaves_its_parents_alone(tmp_path: Path) -> None:
    before = mode(tmp_path)
    objects = LocalObjects(tmp_path / "new" / "root")

    await objects.put("t/1/clip.mp4", b"x", content_type="video/mp4")

    path = objects.local_path("t/1/clip.mp4")
    assert path is not None
    assert path.read_bytes() == b"x"
    assert mode(path) == 0o600
    assert [mode(folder) for folder in path.parents[:4]] == [0o700] * 4
    assert mode(tmp_path) == before


async def test_a_local_file_appears_whole_under_its_name(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path / "root")
    path = objects.local_path("clip")
    assert path is not None
    putting = asyncio.create_task(objects.put("clip", LARGE, content_type="video/mp4"))

    sizes: set[int] = set()
    while not putting.done():
        await asyncio.sleep(0)
        sizes |= {path.stat().st_size} if path.exists() else set()

    assert sizes <= {len(LARGE)}
    assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(LARGE).digest()
    assert list_of(path.parent) == ["clip"]


async def test_a_folder_in_the_way_is_unavailable_in_words_without_paths(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path / "root")
    (tmp_path / "root" / "t").write_bytes(b"a file, not a folder")

    with pytest.raises(Unavailable) as failure:
        await objects.put("t/clip", b"x", content_type="x")

    assert str(tmp_path) not in str(failure.value)


async def test_a_bucket_that_is_away_is_unavailable(tmp_path: Path) -> None:
    async with bucket() as running:
        objects = s3(running.origin)

    with pytest.raises(Unavailable, match="cannot be reached"):
        await objects.put("t/clip", b"x", content_type="x")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await objects.fetch("t/clip", tmp_path / "target")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await objects.delete_all("t")
    with pytest.raises(Unavailable, match="cannot be reached"):
        await objects.check()


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
async def test_a_signed_url_reads_the_file_with_its_type(content: bytes) -> None:
    async with bucket() as running, httpx.AsyncClient() as client:
        objects = s3(running.origin)
        await objects.put("t/clip.mp4", content, content_type="video/mp4")

        url = await objects.signed_url("t/clip.mp4", lifetime=timedelta(minutes=5))
        answer = await client.get(url)

    assert "X-Amz-Expires=300" in url
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content == content


async def test_only_a_cloud_gives_out_urls(tmp_path: Path) -> None:
    objects = LocalObjects(tmp_path)

    with pytest.raises(Unavailable, match="no URLs"):
        await objects.signed_url("clip", lifetime=timedelta(minutes=5))


async def test_a_file_url_opens_a_folder(tmp_path: Path) -> None:
    objects = open_objects(f"file://{tmp_path}/with%20space")

    await objects.put("clip", b"x", content_type="x")

    assert (tmp_path / "with space" / "clip").read_bytes() == b"x"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file://relative/folder", "does not name a folder"),
        ("file:relative", "does not name a folder"),
        ("/just/a/path", "cannot be used"),
        ("ftp://host/x", "cannot be used"),
        ("http://host/x", "no storage to write to"),
        ("az://container/x", "Account must be specified"),
    ],
)
def test_a_url_that_names_no_store_is_refused_in_words(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_STORAGE_ACCOUNT_NAME", raising=False)

    with pytest.raises(ValueError, match=words):
        open_objects(url)
