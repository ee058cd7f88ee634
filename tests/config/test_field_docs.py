"""The texts below the fields, as editors show them."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from watcher.channels.registry import KINDS
from watcher.config.field_docs import field_docs
from watcher.config.file_table import FileTable
from watcher.config.heartbeat_table import HeartbeatTable
from watcher.config.rule_table import LastsTable, MatchTable, RuleTable
from watcher.config.window_table import PlaceTable, WindowTable
from watcher.sources.foas.table import AccountTable, FoasJobSet, FoasTable

TABLES: tuple[type[BaseModel], ...] = (
    FileTable,
    HeartbeatTable,
    AccountTable,
    FoasTable,
    FoasJobSet,
    RuleTable,
    MatchTable,
    LastsTable,
    WindowTable,
    PlaceTable,
    *(kind.table for kind in KINDS.values()),
)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: f"{table.__module__}.{table.__name__}")
def test_every_key_of_the_file_is_explained(table: type[BaseModel]) -> None:
    """No field of a table is without its text, own or inherited."""
    assert set(table.model_fields) == set(field_docs(table))


def test_the_nearest_text_counts() -> None:
    """A table says what its own kind means; what it inherits keeps the text above it."""
    docs = field_docs(KINDS["slack"].table)
    assert "A Slack incoming webhook." == docs["kind"]
    assert "How long one attempt may take; at most 30s." == docs["timeout"]


def test_a_text_stands_on_one_line() -> None:
    """Line breaks of the source are none of the text's."""
    assert "\n" not in field_docs(FoasTable)["link"]
    assert "{job}, {job_type}" in field_docs(FoasTable)["link"]
