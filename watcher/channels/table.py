"""What the tables of all channels have in common, and how addresses and secrets are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, SecretStr

from watcher.core.span import format_span
from watcher.tables import Span, StrictTable

LONGEST_TIMEOUT: Final = timedelta(seconds=30)
"""An attempt must end well inside its lease."""


def _check_address(address: SecretStr) -> SecretStr:
    """Faults are told without the address: it holds the receiver's token."""
    text = address.get_secret_value().strip()
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("this is no address of the form https://host/path") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("this is no address of the form https://host/path")
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address with a user or password in it is not taken")
    if not text.isascii() or not text.isprintable() or " " in text or "#" in text:
        raise ValueError("the address holds blanks, a # or letters that must be percent-encoded")
    return SecretStr(text if parts.path else parts._replace(path="/").geturl())


def _check_timeout(span: timedelta) -> timedelta:
    if not timedelta(0) < span <= LONGEST_TIMEOUT:
        raise ValueError(f"must be longer than 0s and at most {format_span(LONGEST_TIMEOUT)}")
    return span


Address = Annotated[SecretStr, AfterValidator(_check_address)]
"""An http or https address; it is a secret as a whole, and ends in a path or a query."""


class ChannelTable(StrictTable):
    """The keys that every channel has."""

    kind: str
    """Which kind of channel this is."""

    url: Address
    """The receiver's address; kept secret, because it holds the receiver's token."""

    fallback: str | None = None
    """The channel that is told when this one cannot be."""

    timeout: Annotated[Span, AfterValidator(_check_timeout)] = timedelta(seconds=10)
    """How long one attempt may take; at most 30s."""

    language: Literal["en", "zh"] | None = None
    """The language of this channel's messages; by default that of the whole file."""
