"""Whether a silence hits what was meant."""

from __future__ import annotations

import pytest

from tests.core.playbook import NOON
from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.silence import Matchers
from watcher.core.subject import job_subject
from watcher.store.aim import Ambiguous, Flaw, hits, in_full, misses
from watcher.store.known import Known

EU, US = (job_subject("prod", "FLINK_STREAM", name) for name in ("orders_eu", "orders_us"))
FIRING = Alert("x", "down", Kind.STATE_MISMATCH, EU, 1, 1, NOON, Phase.FIRING)
KNOWN = Known(
    jobs={EU: "abc123", US: "abd456"},
    sources=frozenset({"prod"}),
    rules=frozenset({"down"}),
    errors=frozenset({"abc123", "abd456"}),
    firing=(FIRING,),
)


def test_what_it_hits() -> None:
    """Jobs by name, source and latest error, and the alerts of it that fire."""
    found = hits(Matchers(jobs=("orders_*",), sources=("pr*",)), KNOWN)
    assert (("orders_eu", "orders_us"), (FIRING,)) == (found.jobs, found.alerts)
    by_error = hits(Matchers(errors=("abd456",)), KNOWN)
    assert (("orders_us",), ()) == (by_error.jobs, by_error.alerts)


@pytest.mark.parametrize(
    "about, expected",
    [
        (Matchers(jobs=("orders_*",)), []),
        (Matchers(jobs=("order_eu",)), [(Flaw.NO_JOB, "orders_eu")]),
        (Matchers(sources=("x", "test")), [(Flaw.NO_SOURCE, None)]),
        (Matchers(rules=("doun",)), [(Flaw.NO_RULE, "down")]),
        (Matchers(errors=("beef",)), [(Flaw.NO_ERROR, None)]),
        (Matchers(jobs=("*",), kinds=(Kind.BLIND,)), [(Flaw.KIND_WITHOUT_JOB, None)]),
        (Matchers(errors=("abc123",), kinds=(Kind.BLIND,)), [(Flaw.KIND_WITHOUT_ERROR, None)]),
        (Matchers(jobs=("*",), sources=("test",)), []),
    ],
)
def test_what_it_misses(about: Matchers, expected: list[tuple[Flaw, str | None]]) -> None:
    """One for each word that fits nothing, with the name that was probably meant."""
    found = misses(about, KNOWN, ("test",), ())
    assert expected == [(miss.flaw, miss.near) for miss in found]


def test_words_that_fit_alone_and_not_together() -> None:
    """A job of one source and the name of another are a contradiction."""
    other = job_subject("test", "FLINK_STREAM", "pay")
    nothing = frozenset[str]()
    known = Known({EU: None, other: None}, frozenset({"prod", "test"}), nothing, nothing, ())
    about = Matchers(jobs=("pay",), sources=("prod",))
    assert [Flaw.NONE_OF_BOTH] == [miss.flaw for miss in misses(about, known, (), ())]


def test_fingerprints_in_full() -> None:
    """A beginning is enough where it begins one; where it begins several, they are named."""
    assert (("abc123", "zz"), []) == in_full(("abc", "zz"), KNOWN)
    assert (("ab",), [Ambiguous("ab", ("abc123", "abd456"))]) == in_full(("ab",), KNOWN)


def test_only_the_first_slips_are_compared_with_all_names() -> None:
    """Each comparison takes a second among 10,000 jobs; fifty would take a minute."""
    about = Matchers(jobs=tuple(f"order{letter}_eu" for letter in "abcde"))
    near = [miss.near for miss in misses(about, KNOWN, (), ())]
    assert ["orders_eu", "orders_eu", "orders_eu", None, None] == near
