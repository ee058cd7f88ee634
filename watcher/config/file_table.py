"""The top of the file: what holds for the whole watcher, and the tables below it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import AfterValidator, Field

from watcher.addresses import parse_network
from watcher.authorities import trusting
from watcher.config.faults import did_you_mean
from watcher.config.heartbeat_table import HeartbeatTable
from watcher.config.web_table import WebTable
from watcher.core.plan import REDEPLOY_WITHIN
from watcher.core.storm import DEFAULT_FEWEST, DEFAULT_WITHIN
from watcher.tables import Many, PositiveSpan, Span, StrictTable

STORE_FILE: Final = "watcher.db"
DEFAULT_RETENTION: Final = timedelta(days=30)
DEFAULT_HISTORY: Final = timedelta(days=30)
DEFAULT_GIVE_UP: Final = timedelta(hours=24)
HIGHEST_PORT: Final = 65_535
_PORT: Final = re.compile(r"[0-9]{1,5}", re.ASCII)


class Address(NamedTuple):
    """A host and a port to listen on; port 0 is any free one."""

    host: str
    port: int


def parse_store(written: str) -> Path:
    """The SQLite file that `store` means: a path, or SQLAlchemy's `sqlite:///…`."""
    scheme, sign, rest = written.partition("://")
    if not sign:
        return _as_file(written)
    if scheme.partition("+")[0] in {"postgresql", "postgres"}:
        raise ValueError("postgresql:// is not there yet; give a path for SQLite")
    if scheme != "sqlite" or not rest.startswith("/"):
        raise ValueError(
            "this is no store; give a path, or sqlite:///relative, sqlite:////absolute"
        )
    return _as_file(rest.removeprefix("/"))


def _as_file(path: str) -> Path:
    if not path.strip() or path == ":memory:" or "\0" in path:
        raise ValueError("what is kept needs a file; give a path")
    return Path(path)


def default_store(env: Mapping[str, str]) -> Path:
    """`$STATE_DIRECTORY/watcher.db` under systemd (the first of several), else here."""
    directory = env.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(directory) / STORE_FILE if directory else Path(STORE_FILE)


def parse_listen(written: str) -> Address | None:
    """The address that `listen` means, `None` for ""; IPv6 is written `[::1]:9109`."""
    if not written:
        return None
    host, _, port = written.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") if host.startswith("[") else host
    blank = not host.isprintable() or " " in host
    if not host or blank or not _is_port(port) or (":" in host and not written.startswith("[")):
        raise ValueError('write it as "127.0.0.1:9109" or "[::1]:9109", "" for none')
    return Address(host, int(port))


def _is_port(written: str) -> bool:
    return _PORT.fullmatch(written) is not None and int(written) <= HIGHEST_PORT


def parse_timezone(written: str) -> tzinfo:
    """The zone of that name in the IANA database; "UTC" needs no database."""
    if written == "UTC":
        return UTC
    try:
        return ZoneInfo(written)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = did_you_mean(written, available_timezones())
        raise ValueError(
            "this is no time zone of the IANA database, such as Asia/Shanghai"
            + (f"; {hint}" if hint else "")
        ) from None


def _checked_store(written: str) -> str:
    parse_store(written)
    return written


def _checked_listen(written: str) -> str:
    parse_listen(written)
    return written


def _checked_timezone(written: str) -> str:
    parse_timezone(written)
    return written


def _checked_storm(written: int) -> int:
    if written == 1:
        raise ValueError("one job is no storm; at least 2, or 0 for none")
    return written


def _checked_ca_file(written: str) -> str:
    trusting(written)
    return written


def _checked_network(written: str) -> str:
    parse_network(written)
    return written


Part = dict[str, object]
Parts = Annotated[dict[str, Part], AfterValidator(lambda _: {})]
"""Named tables, each judged by the table of its kind; not kept here, where secrets would show."""


class FileTable(StrictTable):
    """The keys that stand before the first table, and the tables as they were written."""

    store: Annotated[str, AfterValidator(_checked_store)] | None = None
    """A path or sqlite:///…; by default watcher.db in $STATE_DIRECTORY, else here."""
    listen: Annotated[str, AfterValidator(_checked_listen)] = ""
    """Host and port of the status page, /metrics, /healthz and /readyz; "" for none."""
    timezone: Annotated[str, AfterValidator(_checked_timezone)] = "UTC"
    """The zone that messages write times in."""
    language: Literal["en", "zh"] = "en"
    """The language of messages."""
    retention: PositiveSpan = DEFAULT_RETENTION
    """How long events, attempts and settled deliveries are kept."""
    history: Span = DEFAULT_HISTORY
    """How long what was seen of each job is recorded; "0s" records nothing."""
    give_up: PositiveSpan = DEFAULT_GIVE_UP
    """How long after it was made a delivery dies."""
    redeploy_within: PositiveSpan = REDEPLOY_WITHIN
    """How soon after a planned stop a start makes it a redeployment."""
    storm: Annotated[int, Field(ge=0, le=1_000_000), AfterValidator(_checked_storm)] = (
        DEFAULT_FEWEST
    )
    """How many jobs that fall together are one incident; 0: none ever is."""
    storm_within: PositiveSpan = DEFAULT_WITHIN
    """How close to each other jobs fall that share nothing but the time."""
    ca_file: Annotated[str, AfterValidator(_checked_ca_file)] | None = None
    """A file of PEM certificates: authorities that are trusted besides the system's."""
    allow_addresses: Many[Annotated[str, AfterValidator(_checked_network)]] = ()
    """Link-local and metadata addresses, or networks of them, that URLs may lead to."""
    heartbeat: HeartbeatTable | None = None
    """What is told outside that useful work is done."""
    web: WebTable = Field(default_factory=WebTable)
    """Who may see the pages and act on them."""
    accounts: Parts = Field(default_factory=dict)
    """Credentials and a region that sources share."""
    sources: Parts = Field(default_factory=dict)
    """What is polled."""
    channels: Parts = Field(default_factory=dict)
    """Where notifications go."""
    rules: Annotated[list[Part], AfterValidator(lambda _: [])] = Field(default_factory=list)
    """What the operator wants to hear of."""
    windows: Annotated[list[Part], AfterValidator(lambda _: [])] = Field(default_factory=list)
    """When beginnings are expected, and not told."""
