"""The table of a delivery's transitions."""

from __future__ import annotations

from watcher.core.delivery import OPEN, TRANSITIONS, Disposition, Signal

BY_HAND = {Signal.RETRY, Signal.REJOIN, Signal.DROP}


def test_what_is_settled_stays_settled() -> None:
    """Every open disposition has a way on; of the settled ones only a person moves the dead."""
    assert {before for before, signal in TRANSITIONS if signal not in BY_HAND} == OPEN
    moved = {before for before, signal in TRANSITIONS if signal in BY_HAND} - OPEN
    assert {Disposition.DEAD, Disposition.DROPPED} == moved


def test_what_was_delivered_or_merged_is_over_for_ever() -> None:
    """No hand makes a message go twice."""
    left = {before for before, _ in TRANSITIONS}
    assert {Disposition.DELIVERED, Disposition.MERGED} == set(Disposition) - left


def test_every_signal_and_disposition_is_used() -> None:
    """No word of the table is dead: each signal happens, each disposition is reached."""
    assert {signal for _, signal in TRANSITIONS} == set(Signal)
    assert {*TRANSITIONS.values(), Disposition.WAITING} == set(Disposition)


def test_every_open_delivery_can_be_settled() -> None:
    """From each open disposition a settled one is reached."""
    for start in OPEN:
        reached = {start}
        for _ in Disposition:
            reached |= {after for (before, _), after in TRANSITIONS.items() if before in reached}
        assert {Disposition.DELIVERED, Disposition.DEAD} <= reached


def test_only_what_was_sent_can_be_delivered() -> None:
    """A waiting delivery is leased (alone or within its bundle) before it can be delivered."""
    delivered = {before for (before, _), after in TRANSITIONS.items() if after == "delivered"}
    assert {Disposition.LEASED, Disposition.BUNDLED} == delivered


def test_only_what_was_never_tried_is_merged() -> None:
    """A leased delivery is never merged into an end."""
    assert [Disposition.WAITING] == [before for before, s in TRANSITIONS if s is Signal.MERGE]
