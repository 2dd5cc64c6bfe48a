"""What the text of a URL alone shows: that it can never be reached, whatever the network says."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import httpx

from filmgate.media.egress import Address, EgressPolicy, closed, is_number_host, port_objection

NO_URL = "is not an http:// or https:// URL with a host name"

_LOOPBACK: tuple[Address, ...] = (IPv4Address("127.0.0.1"), IPv6Address("::1"))
_METADATA: tuple[Address, ...] = (IPv4Address("169.254.169.254"), IPv6Address("fd20:ce::254"))

# Where these names lead is known without asking: RFC 6761 for the first, the cloud's manual for the others.
_KNOWN_NAMES: tuple[tuple[str, tuple[Address, ...]], ...] = (
    ("localhost", _LOOPBACK),
    ("localhost.localdomain", _LOOPBACK),
    ("metadata.google.internal", _METADATA),
    ("metadata.goog", _METADATA),
)
_HOST_NAME = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_LONGEST_HOST = 254


def url_objection(url: str, *, policy: EgressPolicy) -> str | None:
    """Say in words, as a predicate about `url`, why it can never be reached, or return None.

    None says that only the network knows. IPv4 addresses are read in their one canonical spelling, for
    resolvers differ in how they read the others.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError):
        # JSON can carry half a surrogate pair, which no URL can.
        return NO_URL
    return parsed_objection(parsed, policy=policy)


def parsed_objection(parsed: httpx.URL, *, policy: EgressPolicy) -> str | None:
    """Say the same of a URL as it is about to be used."""
    if parsed.scheme not in ("http", "https"):
        return NO_URL
    if parsed.port is not None and (objection := port_objection(parsed.port)):
        return objection
    host = parsed.raw_host.decode("ascii")
    return _address_objection(host, policy) if ":" in host else _name_objection(host, policy)


def _address_objection(host: str, policy: EgressPolicy) -> str | None:
    if "%" in host:
        return "carries a zone id, which means something on one machine only"
    try:
        address = IPv6Address(host)
    except AddressValueError:
        return NO_URL
    words = policy.objection(host, address=address)
    return closed(words, address=host, verb="is") if words else None


def _name_objection(host: str, policy: EgressPolicy) -> str | None:
    if len(host) > _LONGEST_HOST or not _HOST_NAME.fullmatch(host):
        return NO_URL
    if is_number_host(host):
        try:
            address = IPv4Address(host)
        except AddressValueError:
            return "ends in a number without being an IPv4 address of four plain decimal numbers"
        words = policy.objection(host, address=address)
        return closed(words, address=host, verb="is") if words else None
    name = host.removesuffix(".")
    for known, addresses in _KNOWN_NAMES:
        if name == known or name.endswith(f".{known}"):
            found = [policy.objection(host, address=address) for address in addresses]
            if found[0] is not None and all(found):
                return closed(found[0], address=name, verb="is")
    return None
