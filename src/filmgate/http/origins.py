"""The public origin of a request: what the URLs that we print for it start with."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address

from starlette.requests import Request

from filmgate.domain.errors import InvalidRequest, Objection

# Whoever relays a request for somebody else says so in one of these.
_RELAYED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")
_HOST = re.compile(r"^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:\d{1,5})?$")


class Origins:
    """Knows the operator's public URL, or takes the request's own origin.

    Forwarded headers are believed only from proxies on `trusted` networks.
    """

    def __init__(self, public_url: str | None, *, trusted: tuple[IPv4Network | IPv6Network, ...]) -> None:
        self._public_url = public_url
        self._trusted = trusted

    def of(self, request: Request) -> str:
        """Return scheme and authority, without a slash at the end.

        Raises:
            InvalidRequest: the Host header is not a host.
        """
        if self._public_url is not None:
            return self._public_url
        scheme = request.url.scheme
        host = request.headers.get("host") or _own_address(request)
        if self._is_trusted(request):
            scheme = request.headers.get("x-forwarded-proto", scheme).split(",")[0].strip()
            host = request.headers.get("x-forwarded-host", host).split(",")[0].strip()
        if not _HOST.match(host) or scheme not in ("http", "https"):
            message = "The Host header is not a host name with an optional port."
            raise InvalidRequest([Objection("host", None, message)])
        return f"{scheme}://{host}"

    def client_of(self, request: Request) -> str:
        """Return the address that a request comes from; what a trusted proxy says of it is believed."""
        peer = request.client.host if request.client else "unknown"
        if self._is_trusted(request):
            return request.headers.get("x-forwarded-for", peer).split(",")[-1].strip()
        return peer

    def _is_trusted(self, request: Request) -> bool:
        if request.client is None:
            return False
        try:
            address = ip_address(request.client.host)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)


def _own_address(request: Request) -> str:
    # HTTP/1.0 knows no Host header; the address that the connection came to leads back here.
    host, port = request.scope.get("server") or ("", None)
    if ":" in host:
        host = f"[{host}]"
    return host if port is None else f"{host}:{port}"


def is_relayed(request: Request) -> bool:
    """Say whether a proxy passed the request on for somebody else."""
    return any(name in request.headers for name in _RELAYED)


def names_this_machine(host: str | None) -> bool:
    """Say whether a host name can only ever be this machine's own."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False
