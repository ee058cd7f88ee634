"""New files that appear whole and together, or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final, NamedTuple

WITHOUT_LINKS: Final = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
"""What file systems say that have no hard links, such as those of memory cards."""


class NewFile(NamedTuple):
    """A file to be; `private` ones are for their owner alone."""

    path: Path
    text: str
    private: bool = False


def occupied(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Those where something is already, be it a link that leads nowhere."""
    return tuple(path for path in paths if os.path.lexists(path))


def place(files: Sequence[NewFile], *, force: bool = False) -> None:
    """Write each beside its place, then put all in place, the last one last.

    Without `force` nothing is overwritten: `FileExistsError`.  Any `OSError` and any interruption
    leaves nothing of what was not there before.
    """
    with ExitStack() as undo:
        written = [(_written(new, undo), new.path) for new in files]
        for temporary, path in written:
            if force:
                temporary.replace(path)
            else:
                _link(temporary, path)
                undo.callback(path.unlink, missing_ok=True)
        for temporary, _ in written:
            temporary.unlink(missing_ok=True)
        undo.pop_all()


def _link(temporary: Path, path: Path) -> None:
    """Unlike a rename it fails where somebody was quicker."""
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in WITHOUT_LINKS or os.path.lexists(path):
            raise
        temporary.rename(path)


def _written(new: NewFile, undo: ExitStack) -> Path:
    """The text in a file of a name that nobody looks for, on the disk."""
    with NamedTemporaryFile(dir=new.path.parent, prefix=f".{new.path.name}.", delete=False) as file:
        temporary = Path(file.name)
        undo.callback(temporary.unlink, missing_ok=True)
        file.write(new.text.encode())
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(0o600 if new.private else 0o666 & ~_umask())
    return temporary


def _umask() -> int:
    """What new files are without; it can only be read by setting it."""
    now = os.umask(0o077)
    os.umask(now)
    return now
