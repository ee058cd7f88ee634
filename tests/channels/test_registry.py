"""The registry of channels."""

from __future__ import annotations

import pytest

from tests.channels.samples import TABLES
from tests.messages.samples import ENGLISH
from watcher.channels.registry import KINDS, build_channel


def test_the_first_three_kinds_are_there() -> None:
    """Kinds as the file writes them, each with the table that takes it."""
    assert ["dingtalk", "slack", "webhook"] == sorted(KINDS)
    for kind, entry in KINDS.items():
        assert kind == entry.table.model_validate(TABLES[kind]).kind


def test_a_codec_is_built_of_its_own_table_only() -> None:
    """A mix-up of tables is a fault in the program, found where it happens."""
    table = KINDS["slack"].table.model_validate(TABLES["slack"])
    assert "data" == build_channel("data", table, ENGLISH).name
    with pytest.raises(TypeError, match="channel data"):
        KINDS["webhook"].build("data", table, ENGLISH)
