"""The form for a silence: what it asks for, and what is wrong with it."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import NOON
from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.silence import Matchers
from watcher.core.subject import job_subject
from watcher.messages.wording import Language
from watcher.store.known import Known
from watcher.web.silence_form import Filled, Judged, judge_form, read_form
from watcher.web.words import TABLES

A, B = (job_subject("prod", "FLINK_STREAM", name) for name in ("a", "b"))
KNOWN = Known(
    jobs={A: "abc123", B: "abd456"},
    sources=frozenset({"prod"}),
    rules=frozenset({"down"}),
    errors=frozenset({"abc123", "abd456"}),
    firing=(Alert("x", "down", Kind.STATE_MISMATCH, A, 1, 1, NOON, Phase.FIRING),),
)


def judged(**fields: str) -> Judged:
    return judge_form(
        read_form(fields),
        KNOWN,
        sources=("prod", "test"),
        rules=("down", "later"),
        by="anna",
        zone=ZoneInfo("Asia/Shanghai"),
        now=NOON,
    )


def wrong(found: Judged) -> list[tuple[str, str]]:
    return [(one.field, one.key) for one in found.objections]


def test_what_is_right_makes_a_silence() -> None:
    """Of all that was filled in, with what it hits now."""
    found = judged(job="a*", source="test", kind="state-mismatch", rule="later", until="23:00")
    assert [] == wrong(found)
    assert not found.refused
    assert found.silence is not None
    assert found.hits is not None
    kinds = (Kind.STATE_MISMATCH,)
    assert Matchers(("a*",), ("test",), kinds, ("later",)) == found.silence.matchers
    # It is 20:00 there.
    assert NOON + timedelta(hours=3) == found.silence.until
    assert ("anna", NOON) == (found.silence.created_by, found.silence.created_at)


def test_several_names_stand_on_a_line_each() -> None:
    """Each once, without blanks; one that fits nothing is told of by its name."""
    found = judged(job="a\r\n  b \n\na", **{"for": "2h"})
    assert found.silence is not None
    assert ("a", "b") == found.silence.matchers.jobs
    assert ["c"] == [one.wanted for one in judged(job="a\nc", **{"for": "2h"}).wrong("job")]


def test_the_beginning_of_a_fingerprint_is_enough() -> None:
    """Where it begins one only."""
    found = judged(error="abc", **{"for": "2h"})
    assert found.silence is not None
    assert ("abc123",) == found.silence.matchers.errors
    several = judged(error="ab", **{"for": "2h"})
    assert ("error", "wrong.several") in wrong(several)
    assert several.refused


def test_who_means_it_may_force_what_fits_nothing_but_nothing_else() -> None:
    """A span that is none stays wrong."""
    assert judged(job="c", **{"for": "2h"}).refused
    assert not judged(job="c", force="1", **{"for": "2h"}).refused
    assert judged(job="c", force="1", **{"for": "two"}).refused


def test_each_field_has_its_own() -> None:
    """What is wrong is found under the field that it is about."""
    found = judged(job="c", rule="doun", **{"for": "x"})
    assert ["wrong.no-job"] == [one.key for one in found.wrong("job")]
    assert ["down"] == [one.near for one in found.wrong("rule")]
    assert ["wrong.end.span"] == [one.key for one in found.wrong("for")]


@pytest.mark.parametrize("kind", ["unwritable", "nonsense", ""])
def test_a_kind_that_nobody_may_name_is_none(kind: str) -> None:
    """While nothing can be saved no silence is asked."""
    assert read_form({"kind": kind}).kind is None


def test_an_empty_form_asks_for_nothing() -> None:
    """And is told so, with what it lacks besides."""
    assert [("job", "wrong.nothing"), ("for", "wrong.endless")] == wrong(judged())
    assert Filled() == read_form({})


@given(
    st.dictionaries(
        st.sampled_from(["job", "source", "rule", "error", "for", "until", "reason", "kind"]),
        st.text(),
    )
)
def test_any_form_is_judged(fields: dict[str, str]) -> None:
    """Whatever was filled in: it is a silence, or each thing that is wrong has words."""
    found = judged(**fields)
    assert found.silence is not None or found.refused
    for one in found.objections:
        assert one.key in TABLES[Language.ENGLISH]
