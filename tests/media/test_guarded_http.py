"""The guard on the wire: what is resolved, what is checked, and where the connection goes."""

import asyncio
import ssl
from collections.abc import Iterable, Sequence
from datetime import timedelta

import httpcore
import httpx
import pytest
from httpcore import SOCKET_OPTION

from filmgate.media.egress import EgressPolicy
from filmgate.media.guarded_http import GuardedBackend, guarded_client
from filmgate.media.resolving import Resolver
from tests.media.loopback import CERTIFICATE, loopback, plain


class RecordingDialer(httpcore.AsyncMockBackend):
    """Answers 200 from anywhere it is sent, and remembers where that was."""

    def __init__(self, *, dead: Sequence[str] = ()) -> None:
        super().__init__([b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"])
        self.dialled: list[str] = []
        self._dead = dead

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature.
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        if host in self._dead:
            raise httpcore.ConnectError("no route")
        return await super().connect_tcp(host, port, timeout, local_address, socket_options)


def answering(*answers: Sequence[str]) -> Resolver:
    """Resolve to each of the answers in turn, whatever is asked; the last one stays."""
    waiting = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return resolve


@pytest.mark.parametrize("name", ["nowhere.invalid", "xn--lcalhost-nbh"])
async def test_a_name_that_does_not_resolve_says_so(name: str) -> None:
    async def nothing(host: str, port: int) -> Sequence[str]:
        raise OSError(f"no address for {host}")

    async with guarded_client(EgressPolicy(), resolve=nothing) as client:
        with pytest.raises(httpx.ConnectError, match="cannot be found"):
            await client.get(f"http://{name}/")


async def test_one_closed_address_among_open_ones_closes_the_host() -> None:
    dialer = RecordingDialer()
    resolve = answering(["93.184.215.14", "10.0.0.1"])
    backend = GuardedBackend(EgressPolicy(), resolve=resolve, dialer=dialer)

    with pytest.raises(httpcore.ConnectError, match=r"resolves to a private address \(10\.0\.0\.1\)"):
        await backend.connect_tcp("mixed.example", 80)

    assert dialer.dialled == []


async def test_a_name_that_changes_its_mind_is_connected_where_it_was_checked() -> None:
    dialer = RecordingDialer()
    resolve = answering(["93.184.215.14"], ["127.0.0.1"])
    backend = GuardedBackend(EgressPolicy(), resolve=resolve, dialer=dialer)

    await backend.connect_tcp("rebinding.example", 80)
    with pytest.raises(httpcore.ConnectError, match="a loopback address"):
        await backend.connect_tcp("rebinding.example", 80)

    assert dialer.dialled == ["93.184.215.14"]


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    dialer = RecordingDialer(dead=["2606:4700::1111"])
    resolve = answering(["2606:4700::1111", "93.184.215.14"])
    backend = GuardedBackend(EgressPolicy(), resolve=resolve, dialer=dialer)

    await backend.connect_tcp("two.example", 80, timeout=1.0)

    assert dialer.dialled == ["2606:4700::1111", "93.184.215.14"]


async def test_a_resolver_that_hangs_is_given_up() -> None:
    async def hanging(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    backend = GuardedBackend(EgressPolicy(), resolve=hanging)

    with pytest.raises(httpcore.ConnectTimeout):
        await backend.connect_tcp("slow.example", 80, timeout=0.02)


@pytest.mark.parametrize("port", [25, 0, 65536, 99999, -1])
async def test_a_port_that_cannot_speak_http_is_never_dialled(port: int) -> None:
    dialer = RecordingDialer()
    backend = GuardedBackend(EgressPolicy(), resolve=answering(["93.184.215.14"]), dialer=dialer)

    with pytest.raises(httpcore.ConnectError, match=f"port {port}"):
        await backend.connect_tcp("mail.example", port)

    assert dialer.dialled == []


async def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    async with loopback() as server, loopback() as proxy:
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("HTTP_PROXY", proxy.origin)
        monkeypatch.setenv("ALL_PROXY", proxy.origin)

        async with guarded_client(EgressPolicy(allow_loopback=True)) as client:
            await client.get(server.url("/", plain(200)))

    assert len(server.received) == 1
    assert proxy.received == []


async def test_cookies_of_one_request_do_not_travel_with_the_next() -> None:
    async with loopback() as server, guarded_client(EgressPolicy(allow_loopback=True)) as client:
        url = server.url("/", plain(200, set_cookie="session=of-somebody; Path=/"))

        await client.get(url)
        await client.get(url)

    assert ["cookie" in request.headers for request in server.received] == [False, False]


async def test_host_header_and_tls_name_stay_the_urls_while_the_address_is_pinned() -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    asked: list[str | None] = []
    tls.sni_callback = lambda _socket, name, _context: asked.append(name)
    trust = ssl.create_default_context(cafile=CERTIFICATE)
    policy = EgressPolicy(allow=("127.0.0.1",))

    async with loopback(tls=tls) as server:
        server.answers["/p"] = plain(200, b"ok")
        url = f"https://pictures.example:{server.port}/p"
        async with guarded_client(policy, resolve=answering(["127.0.0.1"]), ssl_context=trust) as client:
            answer = await client.get(url)

    assert answer.content == b"ok"
    assert asked == ["pictures.example"]
    assert server.received[0].headers["host"] == f"pictures.example:{server.port}"


async def test_a_certificate_for_another_name_is_refused() -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(CERTIFICATE)
    trust = ssl.create_default_context(cafile=CERTIFICATE)

    async with loopback(tls=tls) as server:
        client = guarded_client(EgressPolicy(allow_loopback=True), ssl_context=trust)
        async with client:
            with pytest.raises(httpx.ConnectError, match="certificate"):
                await client.get(f"https://127.0.0.1:{server.port}/")


async def test_a_port_where_nobody_listens_is_told_in_words() -> None:
    async with loopback() as server:
        port = server.port

    async with guarded_client(
        EgressPolicy(allow_loopback=True), connect_timeout=timedelta(seconds=2)
    ) as client:
        with pytest.raises(httpx.ConnectError, match=f"did not accept a connection on port {port}"):
            await client.get(f"http://127.0.0.1:{port}/")
