"""How well fingerprints group what real Flinks said of jobs that failed (`-s` prints it)."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.flink.causes import CAUSES
from tests.flink.corpus import Entry, load
from tests.flink.report import report, score
from watcher.core.fingerprint import fingerprint, short_name
from watcher.core.trace import own_frame

ERRORS = load()
SEEN = [entry for entry in ERRORS if not entry.held_out]
HELD_OUT = [entry for entry in ERRORS if entry.held_out]


@pytest.mark.parametrize(
    "name, entries, precision, recall",
    [
        ("labels that were seen", SEEN, 0.967, 0.985),
        ("labels held out", HELD_OUT, 1.0, 0.925),
        ("all", ERRORS, 0.971, 0.977),
    ],
)
def test_errors_with_one_label_are_one_error(
    name: str, entries: list[Entry], precision: float, recall: float
) -> None:
    """Of the pairs that are grouped so many are alike, and of those alike so many are grouped."""
    found = score(entries)
    print(f"{name}: precision {found.precision:.4f}, recall {found.recall:.4f}")  # noqa: T201 - asked for
    assert found.precision >= precision
    assert found.recall >= recall


def test_the_report_says_what_is_wrong() -> None:
    """Each pair of jobs that is grouped wrongly has a line."""
    lines = list(report(ERRORS, with_held_out=True))
    assert "merged: npe-other-field@map A, npe-bare@map A" in lines
    assert "split: chinese-quota@map A, chinese-quota@map B" in lines
    assert not any("chinese" in line for line in report(ERRORS, with_held_out=False))


def test_every_cause_was_run_twice_on_two_versions() -> None:
    """The corpus is what the jobs' table says, but for four texts too long to keep twice."""
    runs = Counter((entry.name, entry.label, entry.run) for entry in ERRORS)
    for cause in CAUSES:
        for run in "AB":
            assert 1 <= runs[cause.name, cause.meaning, run] <= 2
    assert {"1.20.5", "2.3.0"} == {entry.flink for entry in ERRORS}
    assert len({cause.meaning for cause in CAUSES}) > 60


def test_the_two_runs_differ() -> None:
    """What is grouped is not the same text twice; of two causes Flink names no value."""
    texts: dict[tuple[str, str], set[str]] = {}
    for entry in ERRORS:
        texts.setdefault((entry.flink, entry.name), set()).add(entry.text)
    own = {cause.name for cause in CAUSES}
    alike = {name for (_, name), found in texts.items() if len(found) == 1 and name in own}
    assert {"savepoint-garbage@kept", "max-parallelism@keyed"} == alike


def test_a_short_name_is_one_error_within_the_corpus() -> None:
    """Four digits are enough for the errors of a few hundred jobs."""
    wholes = {fingerprint(entry.text) for entry in ERRORS}
    assert len(wholes) == len({short_name(whole) for whole in wholes})


def test_the_users_code_is_found_where_a_job_has_it() -> None:
    """Of errors that a job's own code threw, each names a line of that code."""
    thrown = [entry for entry in ERRORS if entry.name.endswith(("@map", "@timer", "@open"))]
    assert [] == [entry.name for entry in thrown if "com.acme." not in own_frame(entry.text)]
