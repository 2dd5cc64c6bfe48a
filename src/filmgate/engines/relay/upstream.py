"""HTTP clients that speak to upstreams: they read nothing from the environment, and keep no cookies."""

from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

_CONNECT_SECONDS = 10


def upstream_client(*, answer_within: timedelta, reuses_connections: bool = True) -> httpx.AsyncClient:
    """Return a client that follows no redirects; close it when done.

    `answer_within` is how long an upstream may be silent; each of the TCP and TLS handshakes has ten seconds.
    An order that cannot be looked up should not travel over a connection that was used before: the upstream
    may close it at that very moment, and then nobody knows whether it was heard.
    """
    context = httpx.create_ssl_context(trust_env=False)
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=20 if reuses_connections else 0)
    return httpx.AsyncClient(
        verify=context,
        # A proxy that is set for other programs would see every key.
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(answer_within.total_seconds(), connect=_CONNECT_SECONDS, pool=None),
        limits=limits,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        headers={"user-agent": "Filmgate"},
    )
