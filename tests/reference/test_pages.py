"""The reference says what the code does."""

from __future__ import annotations

import pytest

from tests.reference import PAGES
from tests.tree import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_is_what_the_code_makes(name: str) -> None:
    """After a change of an option or a key: python -m tests.reference, and read the difference."""
    assert PAGES[name]() == (ROOT / name).read_text(encoding="utf-8")
