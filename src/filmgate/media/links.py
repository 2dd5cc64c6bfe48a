"""An HTTP client for the links that an upstream gives: its own host is trusted, every other is not."""

from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from filmgate.domain.errors import LinkClosed
from filmgate.media.egress import EgressPolicy
from filmgate.media.guarded_http import Closed, GuardedTransport
from filmgate.media.resolving import Resolver

_CONNECT_SECONDS = 10
_SILENCE_SECONDS = 60
_MAX_REDIRECTS = 3


class _ByOrigin(httpx.AsyncBaseTransport):
    """Sends what goes to one origin as it is, and everything else through the guard.

    The operator wrote down that origin, which may well lie on a private network. What else it tells us to
    fetch, in a link or by a redirect, is its word alone.
    """

    def __init__(
        self, origin: httpx.URL, *, trusted: httpx.AsyncBaseTransport, guarded: httpx.AsyncBaseTransport
    ) -> None:
        self._origin = _origin(origin)
        self._trusted = trusted
        self._guarded = guarded

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if _origin(request.url) == self._origin:
            return await self._trusted.handle_async_request(request)
        try:
            return await self._guarded.handle_async_request(request)
        except Closed as error:
            raise LinkClosed(str(error)) from error

    async def aclose(self) -> None:
        await self._trusted.aclose()
        await self._guarded.aclose()


def link_client(policy: EgressPolicy, *, trusted: str, resolve: Resolver | None = None) -> httpx.AsyncClient:
    """Return a client that fetches from the origin of the URL `trusted`, and from where the policy permits.

    It follows three redirects, each one judged like the first, and carries no key from one origin to
    another. A minute of silence ends an answer. Close it when done.

    Requests raise `LinkClosed` where the policy is against it, with a predicate about the link.
    """
    context = httpx.create_ssl_context(trust_env=False)
    transport = _ByOrigin(
        httpx.URL(trusted),
        trusted=httpx.AsyncHTTPTransport(verify=context, trust_env=False),
        guarded=GuardedTransport(policy, resolve=resolve, ssl_context=context, shows_location=True),
    )
    return httpx.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=True,
        max_redirects=_MAX_REDIRECTS,
        timeout=httpx.Timeout(_SILENCE_SECONDS, connect=_CONNECT_SECONDS, pool=None),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"user-agent": "Filmgate", "accept-encoding": "identity"},
    )


def _origin(url: httpx.URL) -> tuple[bytes, bytes, int | None]:
    # httpx leaves the port out where it is the scheme's own.
    return url.raw_scheme, url.raw_host, url.port
