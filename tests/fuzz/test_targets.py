"""Every target holds on all that once broke it, and on what looks like the real thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.target import CORPUS, kept
from tests.fuzz.targets import NAMES, load

KEPT = [(name, path) for name in NAMES for path in kept(name)]


def test_every_corpus_has_its_target() -> None:
    """No kept input is left out because a target changed its name."""
    assert sorted(NAMES) == sorted(path.name for path in CORPUS.iterdir())


@pytest.mark.parametrize("name, path", KEPT, ids=[f"{name}-{path.name}" for name, path in KEPT])
def test_what_is_kept_holds(name: str, path: Path) -> None:
    """The property holds on an input of the corpus."""
    load(name).check(path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
@given(st.data())
def test_what_looks_real_holds(name: str, data: st.DataObject) -> None:
    """The property holds on inputs that are made like the real ones."""
    target = load(name)
    target.check(data.draw(target.shaped))


@pytest.mark.parametrize("name", NAMES)
@given(st.binary(max_size=300))
def test_what_is_noise_holds(name: str, noise: bytes) -> None:
    """The property holds on bytes of no shape."""
    load(name).check(noise)
