"""What people did, kept for a while."""

from __future__ import annotations

from watcher.store.by_hand import Deed, Order, Verb
from watcher.web.deeds import MOST_DEEDS, Deeds, account_of

NOTHING = account_of(Order(Verb.DROP), Deed(unknown=("x",), ambiguous=("y",)))


def test_a_deed_is_found_by_its_key() -> None:
    """And by no other."""
    deeds = Deeds()
    key = deeds.keep(NOTHING)
    assert NOTHING == deeds.find(key)
    assert deeds.find("") is None


def test_the_oldest_are_forgotten() -> None:
    """Memory does not grow with what people do."""
    deeds = Deeds()
    keys = [deeds.keep(NOTHING) for _ in range(MOST_DEEDS + 2)]
    assert [None, None] == [deeds.find(key) for key in keys[:2]]
    assert MOST_DEEDS == sum(deeds.find(key) is not None for key in keys)


def test_ids_that_mean_nothing_or_too_much_are_named_together() -> None:
    """A page tells of both in one sentence."""
    assert ("x", "y") == NOTHING.unknown
