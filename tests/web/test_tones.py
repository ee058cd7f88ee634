"""Tones follow the table of verdicts."""

from __future__ import annotations

import pytest

from watcher.core.alert import Phase
from watcher.core.delivery import Disposition
from watcher.core.rule import Severity
from watcher.core.run_summary import BATCH, STREAM
from watcher.web.tones import OUTBOX, PHASES, SEVERITIES, state_tone


@pytest.mark.parametrize(
    "expect, actual, job_type, tone",
    [
        ("RUNNING", "RUNNING", STREAM, "ok"),
        ("RUNNING", "FAILED", STREAM, "bad"),
        ("RUNNING", "PAUSED", STREAM, "bad"),
        ("RUNNING", "WAITING", STREAM, "warn"),
        ("PAUSED", "RUNNING", STREAM, "warn"),
        ("SUCCESS", "SUCCESS", BATCH, "ok"),
        ("RUNNING", "NO_SUCH", STREAM, "warn"),
        ("RUNNING", None, STREAM, "warn"),
        ("NO_SUCH", "RUNNING", STREAM, "quiet"),
        (None, "FAILED", STREAM, "quiet"),
    ],
)
def test_a_states_tone_is_its_verdicts(
    expect: str | None, actual: str | None, job_type: str, tone: str
) -> None:
    """Right is ok, down is bad, otherwise wrong is warn, without judgement quiet."""
    assert tone == state_tone(expect, actual, job_type)


def test_every_word_has_its_tone() -> None:
    """A phase, a severity or a disposition that comes later is not forgotten."""
    assert set(Phase) == set(PHASES)
    assert set(Severity) == set(SEVERITIES)
    assert {one.value for one in Disposition} == set(OUTBOX)
