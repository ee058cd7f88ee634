"""What tells a pattern from a name."""

from __future__ import annotations

import pytest

from watcher.sources.table import is_pattern


@pytest.mark.parametrize(
    "name, pattern",
    [("payments", False), ("orders_*", True), ("job?", True), ("job[12]", True), ("a]b", False)],
)
def test_a_wildcard_makes_a_pattern(name: str, pattern: bool) -> None:
    """Only what fnmatch gives a meaning makes a name a pattern."""
    assert pattern == is_pattern(name)
