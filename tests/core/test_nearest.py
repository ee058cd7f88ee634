"""What a word was probably meant to be."""

from __future__ import annotations

import pytest

from watcher.core.nearest import nearest


@pytest.mark.parametrize(
    "word, expected",
    [("severty", "severity"), ("NOTIFY", "notify"), ("xyzzy", None), ("", None)],
)
def test_nearest(word: str, expected: str | None) -> None:
    """A slip of the keyboard is recognised whatever its case, and nonsense is not guessed at."""
    assert expected == nearest(word, ["severity", "notify", "name"])
