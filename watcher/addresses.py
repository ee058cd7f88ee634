"""Where a URL must not lead: to link-local addresses, and to the metadata services of clouds.

Whoever answers there gives out the machine's own credentials, or is a neighbour on the cable.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

FORBIDDEN: Final = tuple(
    (ip_network(network), words)
    for network, words in (
        ("169.254.0.0/16", "a link-local address, where clouds keep their metadata"),
        ("fe80::/10", "a link-local address"),
        ("100.100.100.200", "Alibaba Cloud's metadata service"),
        ("168.63.129.16", "Azure's metadata service"),
        ("192.0.0.192", "Oracle Cloud's metadata service"),
        ("fd00:ec2::/32", "Amazon's metadata service"),
        ("fd20:ce::254", "Google Cloud's metadata service"),
    )
)
"""What nobody is asked at unless the file's `allow_addresses` says so."""

CARRIERS: Final = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")))
"""IPv6 networks whose addresses stand for the IPv4 address in their last four bytes."""

_NUMERIC: Final = re.compile(r"[0-9a-fx.]+", re.IGNORECASE | re.ASCII)


# The same few hosts are asked at every poll.
@lru_cache(maxsize=256)
def literal_address(host: str) -> Address | None:
    """The address that a URL's host is, however spelt; `None` for a name.

    The system also takes `2852039166`, `0xa9fea9fe` and `0251.254.43518` for 169.254.169.254.
    """
    bare = host.removeprefix("[").removesuffix("]").removesuffix(".")
    try:
        return ip_address(bare)
    except ValueError:
        pass
    if not _NUMERIC.fullmatch(bare):
        return None
    try:
        return IPv4Address(socket.inet_aton(bare))
    except OSError:
        return None


def objection(address: Address, allowed: Sequence[Network] = ()) -> str | None:
    """What speaks against asking there, as a sentence's end after the name that leads there.

    `None` where nothing does, or the address is in one of the networks that are allowed.
    """
    meant = tuple(_meanings(address))
    why = next((words for network, words in FORBIDDEN for one in meant if one in network), None)
    if why is None or any(one in network for one in meant for network in allowed):
        return None
    bare = str(address).partition("%")[0]
    hint = f'if that is meant, write allow_addresses = ["{bare}"] at the top of the file'
    return f"leads to {bare}, {why}; {hint}"


def parse_network(written: str) -> Network:
    """An address, or a network such as `169.254.1.0/24`; `ValueError` in words for people."""
    try:
        return ip_network(written)
    except ValueError as error:
        raise ValueError(
            f"this is neither an address such as 169.254.1.1 nor a network ({error})"
        ) from None


def _meanings(address: Address) -> Iterator[Address]:
    """The address, and the IPv4 address that it stands for."""
    yield address
    if isinstance(address, IPv4Address):
        return
    inner = address.ipv4_mapped or address.sixtofour
    if inner is not None:
        yield inner
    elif any(address in network for network in CARRIERS):
        yield IPv4Address(address.packed[-4:])
