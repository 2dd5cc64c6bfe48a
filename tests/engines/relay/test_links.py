"""Links that upstreams give for their clips: whoever has an upstream in his hands is led by it no further."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from filmgate.domain.errors import EngineFailed
from filmgate.engines.relay.clips import Clips, ClipUnfetched, by_fresh_links
from filmgate.media.egress import EgressPolicy
from filmgate.ports import RenderedFile
from tests.engines.relay.faulty_http import Question, Reply, answer_one
from tests.engines.relay.links import open_links
from tests.engines.relay.measured import measured_here
from tests.engines.scripted import write_clip

_CLOSED = EgressPolicy()


class Host:
    """A server on loopback; `paths` are those it was asked for, and `keys` what came with each."""

    def __init__(self) -> None:
        self.port = 0
        self.replies: dict[str, Reply] = {}
        self.paths: list[str] = []
        self.keys: list[str | None] = []

    def url(self, path: str, *, name: str = "127.0.0.1") -> str:
        """Where a path is, by a name or the address of this machine."""
        return f"http://{name}:{self.port}{path}"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer whatever one connection asks."""
        try:
            while await answer_one(reader, writer, self._answer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def _answer(self, question: Question) -> Reply:
        self.paths.append(question.path)
        self.keys.append(question.headers.get("authorization"))
        return self.replies[question.path]


async def _listening(host: Host) -> asyncio.Server:
    server = await asyncio.start_server(host.converse, "127.0.0.1", 0)
    host.port = server.sockets[0].getsockname()[1]
    return server


@pytest_asyncio.fixture
async def upstream() -> AsyncIterator[Host]:
    """The upstream of the configuration."""
    host = Host()
    async with await _listening(host):
        yield host


@pytest_asyncio.fixture
async def neighbour() -> AsyncIterator[Host]:
    """Another server of the private network, which holds something that looks like a clip."""
    host = Host()
    async with await _listening(host):
        yield host


@pytest_asyncio.fixture
async def clip(tmp_path: Path) -> Reply:
    """A clip, as it is answered."""
    return Reply(body=write_clip(tmp_path, seconds=1).path.read_bytes())


async def brought(
    upstream: Host, url: str, folder: Path, *, policy: EgressPolicy = _CLOSED, max_bytes: int = 1_000_000
) -> RenderedFile:
    """Fetch a link of the upstream."""
    clips = Clips(
        max_bytes=max_bytes,
        open_client=open_links(upstream.url("/v1"), policy=policy),
        measure=measured_here,
        pause_seconds=0.001,
    )
    await clips.open()
    try:
        return await clips.bring(url, folder=folder, making={})
    finally:
        await clips.close()


async def test_the_upstreams_own_host_may_lie_on_a_private_network(
    upstream: Host, clip: Reply, tmp_path: Path
) -> None:
    upstream.replies["/clip"] = clip

    file = await brought(upstream, upstream.url("/clip"), tmp_path)

    assert file.clip is not None


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_another_server_of_a_private_network_is_not_asked(
    upstream: Host, neighbour: Host, clip: Reply, tmp_path: Path, name: str
) -> None:
    neighbour.replies["/clip"] = clip

    with pytest.raises(EngineFailed, match="where this server fetches nothing from") as refusal:
        await brought(upstream, neighbour.url("/clip", name=name), tmp_path)

    assert neighbour.paths == []
    assert refusal.value.upstream is not None
    assert "FILMGATE_EGRESS_ALLOW" in refusal.value.upstream.message
    assert name not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    ["http://169.254.169.254/latest/meta-data", "http://10.1.2.3/clip.mp4", "http://[fd00::1]/clip.mp4"],
)
async def test_a_link_to_a_closed_address_is_refused_at_once(
    upstream: Host, tmp_path: Path, url: str
) -> None:
    with pytest.raises(EngineFailed, match="where this server fetches nothing from"):
        await brought(upstream, url, tmp_path)


async def test_a_redirect_into_a_private_network_is_not_followed(
    upstream: Host, neighbour: Host, clip: Reply, tmp_path: Path
) -> None:
    neighbour.replies["/clip"] = clip
    upstream.replies["/clip"] = Reply(status=302, headers={"location": neighbour.url("/clip")})

    with pytest.raises(EngineFailed, match="where this server fetches nothing from"):
        await brought(upstream, upstream.url("/clip"), tmp_path)

    assert (upstream.paths, neighbour.paths) == (["/clip"], [])


async def test_what_the_operator_opens_is_fetched_by_link_and_by_redirect_without_a_key(
    upstream: Host, neighbour: Host, clip: Reply, tmp_path: Path
) -> None:
    policy = EgressPolicy(allow=("127.0.0.0/8",))
    neighbour.replies = {"/moved": Reply(status=307, headers={"location": "/clip"}), "/clip": clip}
    upstream.replies["/content"] = Reply(status=302, headers={"location": neighbour.url("/moved")})
    async with open_links(upstream.url("/v1"), policy=policy)() as client:
        answer = await client.get(upstream.url("/content"), headers={"authorization": "Bearer key"})

    assert answer.content == clip.body
    assert (upstream.keys, neighbour.keys) == (["Bearer key"], [None, None])


async def test_redirects_without_end_are_not_followed(upstream: Host, tmp_path: Path) -> None:
    upstream.replies["/round"] = Reply(status=302, headers={"location": "/round"})

    async def bring(_n_dead: int) -> RenderedFile:
        return await brought(upstream, upstream.url("/round"), tmp_path)

    with pytest.raises(ClipUnfetched, match="TooManyRedirects"):
        await by_fresh_links(bring, pause_seconds=0.001)


@pytest.mark.parametrize("location", ["http://[", "ftp://films.example.com/clip", "http://films:notaport/"])
async def test_a_redirect_to_what_is_no_url_fails_the_download(
    upstream: Host, tmp_path: Path, location: str
) -> None:
    upstream.replies["/clip"] = Reply(status=302, headers={"location": location})

    async def bring(_n_dead: int) -> RenderedFile:
        return await brought(upstream, upstream.url("/clip"), tmp_path)

    with pytest.raises(EngineFailed):
        await by_fresh_links(bring, pause_seconds=0.001)


async def test_a_clip_from_elsewhere_has_no_more_bytes_than_any(
    upstream: Host, neighbour: Host, clip: Reply, tmp_path: Path
) -> None:
    neighbour.replies["/clip"] = clip
    limits: dict[str, Any] = {"policy": EgressPolicy(allow_loopback=True), "max_bytes": 100}

    with pytest.raises(EngineFailed, match="more than 100 bytes"):
        await brought(upstream, neighbour.url("/clip"), tmp_path, **limits)
