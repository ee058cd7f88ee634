"""The names that a shell completes: of the file, and of the jobs that the store knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from watcher.config.glance import Glance

MOST: Final = 200
"""More names than these help nobody who presses a key."""

Complete = Callable[[click.Context, click.Parameter, str], list[str]]


def _of_file(names: Callable[[Glance], Iterable[str]]) -> Complete:
    """Completes what a file names; nothing where it cannot be read."""

    def complete(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
        from watcher.cli.root import chosen_config
        from watcher.config.faults import ConfigError
        from watcher.config.find import find
        from watcher.config.glance import glance
        from watcher.ports import StoreError

        try:
            with ctx.scope(cleanup=False):
                given = chosen_config(ctx.params.get("config"))
            seen = glance(find(given, os.environ), os.environ)
            return sorted(name for name in names(seen) if name.startswith(begun))[:MOST]
        except (ConfigError, StoreError):
            # A shell that asks for names has nobody to tell of a fault.
            return []

    return complete


def _jobs(seen: Glance) -> Iterable[str]:
    import anyio

    from watcher.store.open import open_reader

    async def read() -> set[str]:
        reader = await open_reader(seen.store)
        try:
            known = await reader.known()
        finally:
            await reader.close()
        return {subject.job for subject in known.jobs if subject.job}

    return anyio.run(read)


channels: Final = _of_file(lambda seen: seen.channels)
sources: Final = _of_file(lambda seen: seen.sources)
rules: Final = _of_file(lambda seen: seen.rules)
jobs: Final = _of_file(_jobs)
