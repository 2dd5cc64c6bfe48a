"""Clients for the links of upstreams, which are all on loopback here."""

from collections.abc import Callable

import httpx

from filmgate.media.egress import EgressPolicy
from filmgate.media.links import link_client

# The upstream's own origin needs no opening; what it sends us to, on another port, does.
_POLICY = EgressPolicy(allow_loopback=True)


def open_links(trusted: str, *, policy: EgressPolicy = _POLICY) -> Callable[[], httpx.AsyncClient]:
    """Return what opens a client that trusts this URL's origin."""
    return lambda: link_client(policy, trusted=trusted)


def open_link_client(trusted: str) -> httpx.AsyncClient:
    """Open a client that trusts this URL's origin, for engines that are only looked at."""
    return link_client(_POLICY, trusted=trusted)
