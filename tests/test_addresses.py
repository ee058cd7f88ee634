"""Which addresses are refused, in every spelling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.addresses import literal_address, objection, parse_network

METADATA = "169.254.169.254"


def judged(host: str, *allowed: str) -> bool:
    """Whether a literal host is refused."""
    address = literal_address(host)
    assert address is not None
    return objection(address, [parse_network(one) for one in allowed]) is not None


@pytest.mark.parametrize(
    "host",
    [
        METADATA,
        "169.254.0.1",
        "169.254.169.254.",
        "2852039166",
        "0xA9FEA9FE",
        "0251.0376.0251.0376",
        "169.254.43518",
        "169.16689662",
        "[::ffff:169.254.169.254]",
        "::ffff:a9fe:a9fe",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fe80::1",
        "fe80::1%eth0",
        "[febf::1]",
        "100.100.100.200",
        "1684301000",
        "::ffff:100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "fd00:ec2::254",
        "fd20:ce::254",
    ],
)
def test_metadata_and_link_local_addresses_are_refused(host: str) -> None:
    """However the address is spelt, and whichever address of another kind stands for it."""
    assert judged(host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "::1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.100.100.201",
        "169.253.255.255",
        "169.255.0.0",
        "8.8.8.8",
        "fd00::1",
        "fec0::1",
        "2001:db8::1",
        "64:ff9b::808:808",
        "0.0.0.0",
    ],
)
def test_loopback_private_and_public_addresses_are_taken(host: str) -> None:
    """A receiver in one's own network is nothing to refuse."""
    assert not judged(host)


@pytest.mark.parametrize(
    "host", ["example.com", "a1", "fe80", "169.254.169.254.nip.io", "", "0xg", "1.2.3.4.5", "é"]
)
def test_a_name_is_no_address(host: str) -> None:
    """Names are judged when they have been resolved."""
    assert literal_address(host) is None


@pytest.mark.parametrize(
    "allowed, refused",
    [
        ("169.254.169.254", False),
        ("169.254.169.0/24", False),
        ("169.254.0.0/16", False),
        ("169.254.169.253", True),
        ("fe80::/10", True),
    ],
)
def test_what_is_allowed_is_taken(allowed: str, refused: bool) -> None:
    """An address or a network of the file, also where another kind of address stands for it."""
    assert refused == judged(METADATA, allowed)
    assert refused == judged("::ffff:169.254.169.254", allowed)


@pytest.mark.parametrize("written", ["", "localhost", "169.254.1.1/16", "1.2.3", "fe80::/999"])
def test_what_is_no_network_is_named(written: str) -> None:
    """A slip in the list is a fault, not a hole."""
    with pytest.raises(ValueError, match="neither an address such as"):
        parse_network(written)


@given(st.ip_addresses(v=4))
def test_every_spelling_is_judged_alike(address: object) -> None:
    """Decimal, hexadecimal and mapped spellings are the same address."""
    number = int.from_bytes(bytes(map(int, str(address).split("."))), "big")
    spellings = (str(number), hex(number), f"::ffff:{address}", f"64:ff9b::{address}")
    assert {judged(str(address))} == {judged(spelling) for spelling in spellings}
