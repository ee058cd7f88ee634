"""What must be known after a restart although the store could not take it: whom to tell the end.

A service manager may end a watcher that cannot save; who was told of the trouble by that one hears
of its end from the next.  It lies in $RUNTIME_DIRECTORY, which is another file system.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from watcher.core.unwritable import Trouble


class Told(msgspec.Struct, frozen=True):
    """A trouble of one store, and the channels that were told of it."""

    store_id: str
    trouble: Trouble
    channels: tuple[str, ...]


class Memo:
    """One small file, or nothing where there is no place for it; a fault of it harms nobody."""

    def __init__(self, path: Path | None) -> None:
        """Take the file's place."""
        self._path = path

    def keep(self, store_id: str, trouble: Trouble, channels: Sequence[str]) -> None:
        """Note who was told, in place of what was noted before."""
        if self._path is not None:
            with suppress(OSError):
                told = Told(store_id, trouble, tuple(channels))
                self._path.write_bytes(msgspec.json.encode(told))

    def read(self, store_id: str) -> Told | None:
        """What was noted of this store."""
        if self._path is None:
            return None
        try:
            told = msgspec.json.decode(self._path.read_bytes(), type=Told)
        except (OSError, msgspec.DecodeError):
            return None
        return told if told.store_id == store_id else None

    def drop(self) -> None:
        """Forget it: the end has been saved."""
        if self._path is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)


def memo_in(env: Mapping[str, str]) -> Memo:
    """The memo of a service under systemd; elsewhere nobody ends a watcher that cannot save."""
    directory = env.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    return Memo(Path(directory) / "unwritable.json" if directory else None)
