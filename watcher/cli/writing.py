"""How a command writes to the store: in one short transaction, beside a service or without one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from watcher.cli.root import FAILED

if TYPE_CHECKING:
    from sqlalchemy import Connection

Result = TypeVar("Result")


def write(path: Path, work: Callable[[Connection], Result]) -> Result:
    """What `work` gives, committed; exit 1 where the store cannot be written or is not there."""
    import anyio

    from watcher.cli.loading import end
    from watcher.ports import StoreError
    from watcher.store.open import open_writer

    async def transact() -> Result:
        store = await open_writer(path)
        try:
            return await store.access.transact(work)
        finally:
            await store.close()

    try:
        return anyio.run(transact)
    except StoreError as error:
        end(f"watcher: {error}", FAILED)


def user() -> str:
    """Who runs this process, whatever the environment says."""
    import os
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
