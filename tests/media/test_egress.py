"""The policy alone: which addresses and ports are closed, and what opens them."""

from ipaddress import ip_address

import pytest

from filmgate.media.egress import EgressPolicy, port_objection

CLOSED = {
    "a loopback address": ["127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.255", "::1"],
    "an unspecified address": ["0.0.0.0", "0.1.2.3", "0.255.255.255", "::"],
    "a private address": [
        *("10.0.0.0", "10.1.2.3", "10.255.255.255", "172.16.0.1", "172.31.255.255"),
        *("192.168.0.1", "192.168.255.255", "fc00::1", "fd12:3456:789a::1", "fdff:ffff::"),
    ],
    "a link-local address": [
        "169.254.0.1",
        "169.254.1.1",
        "169.254.255.255",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
    ],
    "a carrier's shared address": ["100.64.0.1", "100.100.0.1", "100.127.255.255"],
    "a multicast address": ["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"],
    "a reserved address": [
        *("240.0.0.1", "255.255.255.255", "192.0.0.8", "2001:10::1", "2001:1ff::1"),
        *("4000::1", "5f00::1", "8000::1", "1000::1", "200::1"),
    ],
    "a documentation address": ["192.0.2.1", "198.51.100.7", "203.0.113.9", "2001:db8::1", "3fff::1"],
    "a benchmarking address": ["198.18.0.1", "198.19.255.255"],
    "a 6to4 relay's address": ["192.88.99.1"],
    "an IPv4 address written as IPv6": [
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::ffff:0a00:1"),
        *("::127.0.0.1", "::8.8.8.8", "::ffff:0:127.0.0.1"),
    ],
    "a NAT64 address": ["64:ff9b::7f00:1", "64:ff9b::808:808", "64:ff9b:1::1"],
    "a Teredo address": ["2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "a 6to4 address": ["2002::1", "2002:7f00:1::", "2002:0a00:0001::1"],
    "a discarding address": ["100::1"],
    "a site-local address": ["fec0::1"],
    "a cloud's metadata service": [
        *("169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200", "168.63.129.16"),
        *("192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "::ffff:169.254.169.254"),
        *("169.254.0.23", "169.254.42.42", "100.96.0.96", "fd00:42::42", "fe80::a9fe:a9fe"),
        *("fd00:ec2::254%1", "fe80::a9fe:a9fe%eth0"),
        *("64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254"),
    ],
}


@pytest.mark.parametrize(
    ("address", "words"), [(address, words) for words, group in CLOSED.items() for address in group]
)
def test_whatever_is_not_the_public_internet_is_closed_and_named(address: str, words: str) -> None:
    objection = EgressPolicy().objection("pictures.example", address=ip_address(address))

    assert objection == words


def test_the_table_of_closed_addresses_is_long_enough_to_be_trusted() -> None:
    assert sum(len(group) for group in CLOSED.values()) >= 80


@pytest.mark.parametrize(
    "address",
    [
        *(
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
        ),
        *("128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255"),
        *(
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
        ),
    ],
)
def test_the_public_internet_is_open_up_to_the_edges_of_closed_blocks(address: str) -> None:
    objection = EgressPolicy().objection("pictures.example", address=ip_address(address))

    assert objection is None


@pytest.mark.parametrize(
    ("entry", "host", "address", "is_open"),
    [
        ("10.0.0.0/8", "nas", "10.1.2.3", True),
        ("10.0.0.0/8", "nas", "192.168.1.1", False),
        ("10.0.0.7", "nas", "10.0.0.7", True),
        ("10.0.0.7", "nas", "10.0.0.8", False),
        ("fd00::/8", "nas", "fd00::1", True),
        ("[fd00::1]", "nas", "fd00::1", True),
        ("nas.lan", "nas.lan", "10.1.2.3", True),
        ("NAS.lan.", "nas.LAN", "10.1.2.3", True),
        ("nas.lan", "nas.lan.", "10.1.2.3", True),
        ("nas.lan", "evil.nas.lan", "10.1.2.3", False),
        ("nas.lan", "nas.lan.evil.example", "10.1.2.3", False),
        ("nas.lan", "nas.lan", "169.254.169.254", False),
        ("169.254.0.0/16", "nas", "169.254.1.1", True),
        ("169.254.0.0/16", "nas", "169.254.169.254", False),
        ("169.254.169.254", "nas", "169.254.169.254", True),
        ("0.0.0.0/0", "nas", "100.100.100.200", False),
        ("64:ff9b::/96", "nas", "64:ff9b::a9fe:a9fe", False),
        ("fd00::/8", "nas", "fd00:ec2::254%1", False),
        ("fe80::/10", "nas", "fe80::a9fe:a9fe", False),
        ("fe80::/10", "nas", "fe80::1%eth0", True),
        ("fd00:ec2::254", "nas", "fd00:ec2::254%1", True),
        ("::/0", "nas", "fd20:ce::254", False),
        ("::/0", "nas", "10.0.0.1", False),
        ("0.0.0.0/0", "nas", "fd00::1", False),
        ("0.0.0.0/0", "nas", "::ffff:10.0.0.1", False),
        ("10.0.0.7/32", "nas", "10.0.0.6", False),
        ("fd00::7", "nas", "fd00::8", False),
        ("nas", "nas.lan", "10.1.2.3", False),
        ("lan", "nas.lan", "10.1.2.3", False),
        ("127.0.0.1", "here", "::ffff:127.0.0.1", False),
    ],
)
def test_an_entry_opens_what_it_names_and_nothing_else(
    entry: str, host: str, address: str, is_open: bool
) -> None:
    policy = EgressPolicy(allow=(entry,))

    objection = policy.objection(host, address=ip_address(address))

    assert (objection is None) is is_open


@pytest.mark.parametrize(
    ("address", "is_open"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("0.0.0.0", False), ("10.0.0.1", False)],
)
def test_development_opens_loopback_and_no_other_private_network(address: str, is_open: bool) -> None:
    policy = EgressPolicy(allow_loopback=True)

    objection = policy.objection("localhost", address=ip_address(address))

    assert (objection is None) is is_open


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "10.0.0.5/8",
        "10.0.0.0/33",
        "256.1.1.1",
        "http://nas.lan",
        "nas.lan:8080",
        "*.lan",
        "a b",
        "0x7f",
        "0x7f.1",
        "127.1",
        "2130706433",
        "fe80::1%eth0",
    ],
)
def test_an_entry_that_could_be_misread_is_refused_by_name(entry: str) -> None:
    with pytest.raises(ValueError, match="neither a host name nor") as refusal:
        EgressPolicy(allow=(entry,))

    assert repr(entry) in str(refusal.value)


def test_what_is_open_on_the_network_is_closed_by_no_allow_list() -> None:
    policy = EgressPolicy(allow=("10.0.0.0/8", "nas.lan"))

    assert policy.objection("pictures.example", address=ip_address("8.8.8.8")) is None


@pytest.mark.parametrize(
    ("port", "is_open"), [(80, True), (443, True), (8080, True), (30000, True), (25, False)]
)
def test_ports_of_other_protocols_are_closed(port: int, is_open: bool) -> None:
    assert (port_objection(port) is None) is is_open
