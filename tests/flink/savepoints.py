"""Savepoints to start from, and how they are spoilt."""

from __future__ import annotations

import shutil
from pathlib import Path

METADATA = "_metadata"


def spoil(savepoint: Path, how: str, copy: Path, run: str) -> Path:
    """Make a copy of a savepoint that is spoilt in one way, a little differently in each run."""
    if how == "missing":
        return copy
    shutil.copytree(savepoint, copy)
    metadata = copy / METADATA
    if how == "cut-off":
        metadata.write_bytes(metadata.read_bytes()[: 90 if run == "A" else 120])
    elif how == "garbage":
        metadata.write_bytes((b"\xde\xad\xbe\xef" if run == "A" else b"\x01\x02\x03\x04") * 64)
    elif how == "lacks-file":
        for path in copy.iterdir():
            if path.name != METADATA:
                path.unlink()
    return copy
