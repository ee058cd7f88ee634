"""The kinds of sources: the one place that names them all."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Final, NamedTuple

from watcher.ports import Clock, Source, Wire
from watcher.sources.foas.build import build_foas
from watcher.sources.foas.table import AccountTable, FoasTable

BuildSource = Callable[[str, FoasTable, AccountTable | None, Wire, Clock], Source]
"""Makes a source of its name, its table, the account that it names, the wire and the clock."""


class SourceKind(NamedTuple):
    """A kind: the model of its `[sources.X]` table, and what makes a source of it."""

    table: type[FoasTable]
    build: BuildSource


SOURCE_KINDS: Final = MappingProxyType({"foas": SourceKind(FoasTable, build_foas)})
