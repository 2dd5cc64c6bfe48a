"""Which addresses a caller's URL may lead us to; pure rules, no network.

Everything that is not plain public internet is closed until the operator opens it. The tables follow the
IANA special-purpose address registries and, for ports, the "bad ports" of the WHATWG Fetch standard.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_LOOPBACK = tuple(ip_network(block) for block in ("127.0.0.0/8", "::1/128"))

# The first match names the address, so that narrow blocks stand before the wide ones around them.
_CLOSED: tuple[tuple[Network, str], ...] = tuple(
    (ip_network(block), words)
    for block, words in (
        ("0.0.0.0/8", "an unspecified address"),
        ("10.0.0.0/8", "a private address"),
        ("100.64.0.0/10", "a carrier's shared address"),
        ("127.0.0.0/8", "a loopback address"),
        ("169.254.0.0/16", "a link-local address"),
        ("172.16.0.0/12", "a private address"),
        ("192.0.0.0/24", "a reserved address"),
        ("192.0.2.0/24", "a documentation address"),
        ("192.88.99.0/24", "a 6to4 relay's address"),
        ("192.168.0.0/16", "a private address"),
        ("198.18.0.0/15", "a benchmarking address"),
        ("198.51.100.0/24", "a documentation address"),
        ("203.0.113.0/24", "a documentation address"),
        ("224.0.0.0/4", "a multicast address"),
        ("240.0.0.0/4", "a reserved address"),
        ("::/128", "an unspecified address"),
        ("::1/128", "a loopback address"),
        ("::/96", "an IPv4 address written as IPv6"),
        ("::ffff:0:0/96", "an IPv4 address written as IPv6"),
        ("::ffff:0:0:0/96", "an IPv4 address written as IPv6"),
        ("64:ff9b::/96", "a NAT64 address"),
        ("64:ff9b:1::/48", "a NAT64 address"),
        ("100::/64", "a discarding address"),
        ("2001::/32", "a Teredo address"),
        ("2001::/23", "a reserved address"),
        ("2001:db8::/32", "a documentation address"),
        ("2002::/16", "a 6to4 address"),
        ("3fff::/20", "a documentation address"),
        ("fc00::/7", "a private address"),
        ("fe80::/10", "a link-local address"),
        ("fec0::/10", "a site-local address"),
        ("ff00::/8", "a multicast address"),
    )
)

# All of IPv6 that is handed out to the public today; the rest is reserved.
_PUBLIC_IPV6 = IPv6Network("2000::/3")

_METADATA: frozenset[Address] = frozenset(
    ip_address(address)
    for address in (
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.0.23",
        "169.254.42.42",
        "100.96.0.96",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "fd00:42::42",
        "fe80::a9fe:a9fe",
    )
)

_OTHER_PROTOCOLS = (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 "
    "115 117 119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 "
    "563 587 601 636 989 990 993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 "
    "6667 6668 6669 6679 6697 10080"
)
_CLOSED_PORTS = frozenset(int(port) for port in _OTHER_PROTOCOLS.split())

_NUMBER = re.compile(r"[0-9]+|0[xX][0-9a-fA-F]*")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


def port_objection(port: int) -> str | None:
    """Say why no HTTP is spoken on this port, or None; every other port is open."""
    if not 0 < port < 65536:
        return f"uses port {port}, which does not exist"
    if port in _CLOSED_PORTS:
        return f"uses port {port}, which belongs to another protocol"
    return None


def is_number_host(host: str) -> bool:
    """Say whether resolvers may read the host as a number, and so as an IPv4 address, however odd."""
    return _NUMBER.fullmatch(host.removesuffix(".").rpartition(".")[2]) is not None


def closed(words: str, *, address: str, verb: str) -> str:
    """Return the predicate about a URL whose `address` (or name) is closed: "is a loopback address …"."""
    return (
        f"{verb} {words} ({address}), which is closed; "
        "the operator of this server can open it with FILMGATE_EGRESS_ALLOW"
    )


@dataclass(frozen=True, kw_only=True)
class EgressPolicy:
    """What the operator opened beyond the public internet.

    `allow` holds host names, addresses and CIDR blocks. A name opens whatever it resolves to.
    `allow_loopback` opens this machine's own addresses, for development. Cloud metadata services stay
    closed unless their very address is listed.

    Raises:
        ValueError: an entry is neither a host name nor a CIDR block; names it.
    """

    allow: tuple[str, ...] = ()
    allow_loopback: bool = False
    _hosts: frozenset[str] = field(init=False, repr=False, compare=False)
    _networks: tuple[Network, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        entries = [_entry(text) for text in self.allow]
        hosts = frozenset(entry for entry in entries if isinstance(entry, str))
        networks = tuple(entry for entry in entries if not isinstance(entry, str))
        object.__setattr__(self, "_hosts", hosts)
        object.__setattr__(self, "_networks", networks + (_LOOPBACK if self.allow_loopback else ()))

    def objection(self, host: str, *, address: Address) -> str | None:
        """Say in words why `host` may not be reached at `address`, or return None where it may."""
        if isinstance(address, IPv6Address):
            # A zone id is no part of where an address leads, yet makes it unequal to the same one without.
            address = IPv6Address(int(address))
        if any(form in _METADATA for form in _forms(address)):
            named = any(network.num_addresses == 1 and address in network for network in self._networks)
            return None if named else "a cloud's metadata service"
        if _canonical(host) in self._hosts or any(address in network for network in self._networks):
            return None
        for network, words in _CLOSED:
            if address in network:
                return words
        if address.version == 6 and address not in _PUBLIC_IPV6:
            return "a reserved address"
        return None


def _canonical(host: str) -> str:
    return host.lower().removesuffix(".")


def _entry(text: str) -> str | Network:
    """Read one entry of the allow list as a block of addresses or a lower-case host name."""
    written = text.strip()
    try:
        network = ip_network(written.strip("[]"))
        if "%" in written:
            raise ValueError("a zone id opens no address")
        return network
    except ValueError as error:
        host = _canonical(written)
        if _HOST.fullmatch(host) and not is_number_host(host):
            return host
        raise ValueError(f"{text!r} is neither a host name nor an address or CIDR block: {error}") from error


def _forms(address: Address) -> Iterator[Address]:
    """Yield the address and every IPv4 address that is wrapped in it."""
    yield address
    if isinstance(address, IPv6Address):
        if address.sixtofour:
            yield address.sixtofour
        if address.teredo:
            yield address.teredo[1]
        # Mapped, compatible and NAT64 addresses all keep the IPv4 address in their last 32 bits.
        if address not in _PUBLIC_IPV6:
            yield IPv4Address(int(address) & 0xFFFFFFFF)
