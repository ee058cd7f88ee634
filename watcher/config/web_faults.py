"""Whether the keys of `[web]` agree, with each other and with `listen`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address

from watcher.certificates import CertificateFileError, serving_with
from watcher.config.complaints import Written
from watcher.config.faults import Fault
from watcher.config.file_table import parse_listen
from watcher.config.positions import KeyPath

PathFault = tuple[KeyPath, Fault]


def web_faults(document: Mapping[str, object], written: Written) -> Iterator[PathFault]:
    """Every fault that lies between two keys."""
    found = document.get("web")
    table: Mapping[str, object] = found if isinstance(found, dict) else {}
    yield from _halves(table, written)
    if "token" in table and ("user" in table or "password" in table):
        path = ("web", "token")
        hint = "with a token there is no user and no password; give one or the other"
        yield path, written.fault(path, hint=hint)
    yield from _open_to_all(document, table, written)
    yield from _bad_files(table, written)


def _halves(table: Mapping[str, object], written: Written) -> Iterator[PathFault]:
    for one, other in (("user", "password"), ("cert_file", "key_file")):
        for here, lacking in ((one, other), (other, one)):
            if here in table and lacking not in table:
                path = ("web", here)
                yield path, written.fault(path, hint=f"{lacking} must be given too")


def _open_to_all(
    document: Mapping[str, object], table: Mapping[str, object], written: Written
) -> Iterator[PathFault]:
    listen = document.get("listen")
    locked = "token" in table or "password" in table
    if isinstance(listen, str) and not locked and is_reachable(listen):
        hint = (
            "whoever reaches it could see and change everything; write [web] with"
            ' token = "${WATCHER_TOKEN}", or user and password, or listen on 127.0.0.1'
        )
        yield ("listen",), written.fault(("listen",), found=f'"{listen}"', hint=hint)


def is_reachable(listen: str) -> bool:
    """Whether others than this machine reach the address; a name may mean anything."""
    with suppress(ValueError):
        address = parse_listen(listen)
        if address is None or address.host.lower() == "localhost":
            return False
        try:
            return not ip_address(address.host).is_loopback
        except ValueError:
            return True
    return False


def _bad_files(table: Mapping[str, object], written: Written) -> Iterator[PathFault]:
    cert, key = table.get("cert_file"), table.get("key_file")
    if not isinstance(cert, str) or not isinstance(key, str):
        return
    try:
        serving_with(cert, key)
    except CertificateFileError as error:
        path = ("web", "key_file" if error.of_key else "cert_file")
        yield path, written.fault(path, hint=str(error))
