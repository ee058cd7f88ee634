"""A missing part is never passed over in CI."""

from __future__ import annotations

import pytest
from _pytest.outcomes import Failed, Skipped

from tests.parts import IN_CI, need


def test_a_part_that_is_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path is given, in CI and elsewhere."""
    monkeypatch.setenv(IN_CI, "1")
    assert need("sh", "dash").endswith("/sh")


@pytest.mark.parametrize("value,outcome", [("1", Failed), ("", Skipped)])
def test_a_missing_part_fails_in_ci_only(
    monkeypatch: pytest.MonkeyPatch, value: str, outcome: type[BaseException]
) -> None:
    """Elsewhere the test is skipped, with the package that brings it."""
    monkeypatch.setenv(IN_CI, value)
    with pytest.raises(outcome, match="apt-get install nothing-such"):
        need("nothing-such", "nothing-such")
