"""An HTTP client that can reach only what the egress policy permits.

A host name is resolved once for each connection; every address is checked; the connection goes to a checked
address. No spelling of a URL and no later DNS answer can lead elsewhere, while SNI and Host stay the URL's.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address

import httpcore
import httpx
from httpcore import SOCKET_OPTION

from filmgate.media.egress import EgressPolicy, closed, port_objection
from filmgate.media.resolving import Resolver, SystemResolver
from filmgate.media.web_urls import NO_URL, parsed_objection

LOCATION = "filmgate.location"


class Closed(httpx.ConnectError):
    """The egress policy is against it; the message is a predicate about the URL."""


class _Closed(httpcore.ConnectError):
    """The same, where httpcore has it."""


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects by TCP to permitted addresses; socket files stay unimplemented, as in the parent class."""

    def __init__(
        self,
        policy: EgressPolicy,
        *,
        resolve: Resolver | None = None,
        dialer: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._policy = policy
        self._resolve = resolve or SystemResolver()
        self._dialer = dialer or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature.
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Resolve, check and connect, all within `timeout` seconds.

        Raises:
            httpcore.ConnectError: closed by the policy, unknown or unreachable; says which.
            httpcore.ConnectTimeout: no connection in time.
        """
        if objection := port_objection(port):
            raise _Closed(objection)
        try:
            async with asyncio.timeout(timeout):
                addresses = await self._permitted(host, port)
                # One address that swallows packets must leave time for the next one.
                share = None if timeout is None else timeout / len(addresses)
                return await self._first_open(addresses, port, share, local_address, socket_options)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout("did not accept a connection in time") from error

    async def sleep(self, seconds: float) -> None:
        """Wait, as httpcore asks between its own retries."""
        await asyncio.sleep(seconds)

    async def _permitted(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("names a host that cannot be found") from error
        if not addresses:
            raise httpcore.ConnectError("names a host that cannot be found")
        for address in addresses:
            words = self._policy.objection(host, address=ip_address(address))
            if words is not None:
                verb = "is" if address == host else "resolves to"
                raise _Closed(closed(words, address=address, verb=verb))
        return addresses

    async def _first_open(
        self,
        addresses: Sequence[str],
        port: int,
        share: float | None,
        local_address: str | None,
        socket_options: Iterable[SOCKET_OPTION] | None,
    ) -> httpcore.AsyncNetworkStream:
        failure: httpcore.NetworkError | httpcore.TimeoutException | None = None
        for address in addresses:
            try:
                return await self._dialer.connect_tcp(address, port, share, local_address, socket_options)
            except httpcore.ConnectTimeout:
                failure = httpcore.ConnectTimeout("did not accept a connection in time")
            except httpcore.ConnectError:
                failure = httpcore.ConnectError(f"did not accept a connection on port {port}")
        assert failure is not None
        raise failure


# httpx keeps its own table private, so that a transport on its public API needs one.
_HTTPX_ERRORS: tuple[tuple[type[Exception], type[httpx.TransportError]], ...] = (
    (httpcore.ConnectTimeout, httpx.ConnectTimeout),
    (httpcore.ReadTimeout, httpx.ReadTimeout),
    (httpcore.WriteTimeout, httpx.WriteTimeout),
    (httpcore.PoolTimeout, httpx.PoolTimeout),
    (_Closed, Closed),
    (httpcore.ConnectError, httpx.ConnectError),
    (httpcore.ReadError, httpx.ReadError),
    (httpcore.WriteError, httpx.WriteError),
    (httpcore.LocalProtocolError, httpx.LocalProtocolError),
    (httpcore.RemoteProtocolError, httpx.RemoteProtocolError),
    (httpcore.UnsupportedProtocol, httpx.UnsupportedProtocol),
    # What breaks TLS after the handshake passes through httpcore as it is.
    (ssl.SSLError, httpx.ReadError),
)


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    try:
        yield
    except tuple(theirs for theirs, _ in _HTTPX_ERRORS) as error:
        for theirs, ours in _HTTPX_ERRORS:
            if isinstance(error, theirs):
                raise ours(_told(error)) from error
        raise


def _told(error: Exception) -> str:
    """Return the message, where OpenSSL wrote it as a predicate like our own."""
    # httpcore drops the cause on its way out, but not the context.
    match error.__context__:
        case ssl.SSLCertVerificationError() as distrust:
            return f"shows a certificate that is not trusted: {distrust.verify_message}"
        case ssl.SSLError():
            return "does not speak TLS as https:// needs it"
    return str(error)


class _ResponseBody(httpx.AsyncByteStream):
    def __init__(self, stream: AsyncIterable[bytes], close: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._close = close

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _errors_of_httpx():
            async for part in self._stream:
                yield part

    async def aclose(self) -> None:
        with _errors_of_httpx():
            await self._close()


class GuardedTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 to what the policy permits, for `http` and `https` only; each request's URL is judged first.

    Errors are httpx's; the message of a `ConnectError` is a predicate about the URL, ready for a sentence.
    """

    def __init__(
        self,
        policy: EgressPolicy,
        *,
        resolve: Resolver | None = None,
        ssl_context: ssl.SSLContext,
        shows_location: bool = False,
    ) -> None:
        """With `shows_location` httpx reads where an answer redirects to, and may follow."""
        self._policy = policy
        self._shows_location = shows_location
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            network_backend=GuardedBackend(policy, resolve=resolve),
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the answer's body is read as it is consumed.

        Where it redirects to is `extensions[LOCATION]`, text or None: httpx reads the header even where it
        is told not to follow, and raises errors of several kinds about what is no URL.
        """
        objection = parsed_objection(request.url, policy=self._policy)
        if objection is not None:
            raise (httpx.UnsupportedProtocol if objection == NO_URL else Closed)(objection)
        assert isinstance(request.stream, httpx.AsyncByteStream)
        inner = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _errors_of_httpx():
            answer = await self._pool.handle_async_request(inner)
        assert isinstance(answer.stream, AsyncIterable)
        headers = httpx.Headers(answer.headers)
        locations = headers.get_list("location")
        if locations and not self._shows_location:
            del headers["location"]
        return httpx.Response(
            status_code=answer.status,
            headers=headers,
            stream=_ResponseBody(answer.stream, answer.aclose),
            extensions={**answer.extensions, LOCATION: locations[0] if locations else None},
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


def guarded_client(
    policy: EgressPolicy,
    *,
    resolve: Resolver | None = None,
    connect_timeout: timedelta = timedelta(seconds=5),
    ssl_context: ssl.SSLContext | None = None,
    user_agent: str = "Filmgate",
) -> httpx.AsyncClient:
    """Return a client that follows no redirects, keeps no cookies and reads nothing from the environment.

    `connect_timeout` covers resolving and each of the TCP and TLS handshakes; the whole request has no
    limit here, its sender sets one. Close the client when done.
    """
    context = ssl_context or httpx.create_ssl_context(trust_env=False)
    return httpx.AsyncClient(
        transport=GuardedTransport(policy, resolve=resolve, ssl_context=context),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=connect_timeout.total_seconds()),
        # One caller's cookies must never travel with another caller's request to the same host.
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"user-agent": user_agent, "accept": "*/*", "accept-encoding": "identity"},
    )
