"""Which file is in force, and how the last reload of it went, without anything secret."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

Keys = Mapping[str, str]


class Sketch(msgspec.Struct, frozen=True):
    """What a file asks for, as texts: a value by part, name and key (settings have one each).

    Of a secret only a mark is here, by which equal ones are known as long as `salt` is the same.
    """

    salt: str
    parts: Mapping[str, Mapping[str, Keys]]


class Reload(msgspec.Struct, frozen=True):
    """How a file that was to be put into force fared, at a start too.

    `faults` are why it was refused, `difference` what it changed, a line each; `id` is random.
    """

    id: str
    at: datetime
    faults: tuple[str, ...] = ()
    difference: tuple[str, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the file before it stayed in force."""
        return bool(self.faults)


class InForce(msgspec.Struct, frozen=True):
    """The file that is in force since a time, by its absolute path."""

    file: str
    since: datetime
    sketch: Sketch
