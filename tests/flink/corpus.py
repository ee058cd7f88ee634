"""The errors that real jobs had, each with the label written before anything was grouped."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from zlib import crc32

import msgspec

KEPT_IN: Final = Path(__file__).parent.parent / "vectors" / "flink_errors"
HELD_OUT_OF: Final = 6


class Entry(msgspec.Struct, frozen=True):
    """One job's error as Flink's REST API gave it.

    `name` is of the job, `label` of what went wrong; runs A and B differ in every number, host, id
    and time.  `flink` is the version.
    """

    name: str
    label: str
    run: str
    text: str
    flink: str = ""

    @property
    def held_out(self) -> bool:
        """Whether its grouping was not looked at while the rules were written.

        Chance has chosen: about every sixth label.
        """
        return crc32(self.label.encode()) % HELD_OUT_OF == 0


def load() -> tuple[Entry, ...]:
    """All that is kept, in the order of the files."""
    return tuple(
        msgspec.structs.replace(entry, flink=entry.flink or path.stem)
        for path in sorted(KEPT_IN.glob("*.json"))
        for entry in msgspec.json.decode(path.read_bytes(), type=tuple[Entry, ...])
    )
