"""Silences as values: what they fit, and until when they hold."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from tests.core.playbook import NOON
from watcher.core.event import Kind
from watcher.core.silence import Matchers, Silence
from watcher.core.subject import Subject, channel_subject, job_subject, source_subject

JOB = job_subject("prod", "FLINK_STREAM", "orders_eu")
DOWN = Kind.STATE_MISMATCH
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    "matchers, fits",
    [
        (Matchers(jobs=("orders_*",)), True),
        (Matchers(jobs=("payments", "orders_??")), True),
        (Matchers(jobs=("payments",)), False),
        (Matchers(jobs=("ORDERS_*",)), False),
        (Matchers(sources=("pr*",)), True),
        (Matchers(sources=("test",)), False),
        (Matchers(kinds=(DOWN, Kind.MISSING)), True),
        (Matchers(kinds=(Kind.MISSING,)), False),
        (Matchers(rules=("job-down",)), True),
        (Matchers(rules=("job-*",)), False),
        (Matchers(errors=("e1", "e2")), True),
        (Matchers(errors=("e1",)), False),
        (Matchers(jobs=("orders_*",), errors=("e2",), rules=("job-down",)), True),
        (Matchers(jobs=("orders_*",), errors=("e1",)), False),
    ],
)
def test_everything_that_is_given_must_fit(matchers: Matchers, fits: bool) -> None:
    """One of the texts of each field; jobs and sources are globs, and no field admits all."""
    assert matchers.are_given
    assert fits == matchers.fit(JOB, DOWN, "job-down", "e2")


@pytest.mark.parametrize("subject", [source_subject("prod"), channel_subject("ops"), Subject()])
def test_jobs_are_jobs(subject: Subject) -> None:
    """A silence about jobs does not hide that a source is blind or a channel cannot be told."""
    assert not Matchers(jobs=("*",)).fit(subject, Kind.BLIND, "blind", None)


def test_what_no_error_makes_has_none() -> None:
    """A silence about an error does not hide the restarts of the same job."""
    assert not Matchers(errors=("e1",)).fit(JOB, Kind.RESTART, "restarts", None)


def test_it_holds_up_to_its_end() -> None:
    """Not at the very instant of its end, nor once it has expired; one for recovery goes on."""
    silence = Silence("s1", Matchers(jobs=("a",)), "anna", NOON, until=NOON + HOUR)
    assert [True, True, False] == [
        silence.holds(at) for at in (NOON, NOON + HOUR - timedelta(seconds=1), NOON + HOUR)
    ]
    expired = msgspec.structs.replace(silence, expired_at=NOON)
    assert (False, NOON) == (expired.holds(NOON), expired.ended_at)
    lasting = msgspec.structs.replace(silence, until=None, until_recovered=True)
    assert (True, None) == (lasting.holds(NOON + 1000 * HOUR), lasting.ended_at)


def test_without_any_matcher_nothing_is_given() -> None:
    """A silence of everything must be asked for in words; the command refuses this."""
    assert not Matchers().are_given
