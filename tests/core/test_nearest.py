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


def test_of_very_many_only_those_that_begin_alike_are_compared() -> None:
    """A slip near the end is recognised among 10,000 names, wherever they lie in the alphabet."""
    names = [f"job_{number:05}" for number in range(10_000)] + ["aaa_first", "zzz_last"]
    assert "aaa_first" == nearest("aaa_frst", names)
    assert "zzz_last" == nearest("zzz_lst", names)
    assert "job_04711" == nearest("job_04711x", names)
    assert None is nearest("quite_other", names)
