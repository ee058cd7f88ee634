"""Where the file's URLs lead, as far as an address in them says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from watcher.addresses import Network, literal_address, objection, parse_network
from watcher.config.complaints import Written
from watcher.config.faults import Fault, quoted
from watcher.config.positions import KeyPath

URL_KEYS: Final = frozenset({"url", "endpoint"})
"""The keys, at any depth, whose text is an address that the watcher asks."""


def forbidden_destinations(
    document: Mapping[str, object], written: Written
) -> Iterator[tuple[KeyPath, Fault]]:
    """A fault for each URL whose own address is refused.

    A name is judged when it has been resolved, at each connection (`watcher/transport/http.py`).
    """
    allowed = tuple(_networks(document.get("allow_addresses")))
    for path, url in _urls(document, ()):
        host = _host(url)
        address = literal_address(host)
        words = None if address is None else objection(address, allowed)
        if words is not None:
            yield path, written.fault(path, found=f"the host {quoted(host)}", hint=f"it {words}")


def _networks(written: object) -> Iterator[Network]:
    """What is allowed, as far as it can be read; the rest is a fault of its own."""
    for one in written if isinstance(written, list) else ():
        with suppress(ValueError):
            yield parse_network(str(one))


def _urls(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    for key, inner in _members(value):
        if isinstance(inner, str):
            if key in URL_KEYS:
                yield (*path, key), inner
        else:
            yield from _urls(inner, (*path, key))


def _members(value: object) -> Sequence[tuple[str | int, object]]:
    if isinstance(value, dict):
        return tuple(value.items())
    return tuple(enumerate(value)) if isinstance(value, list) else ()


def _host(url: str) -> str:
    try:
        return urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
