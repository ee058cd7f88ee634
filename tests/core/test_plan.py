"""The file, resolved: who watches what, with which labels, under which rules."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from tests.core.playbook import plan, rule
from watcher.core.event import Event, Kind
from watcher.core.plan import Plan, SourcePlan, Target, is_glob
from watcher.core.run_summary import BATCH, STREAM, RunSummary
from watcher.core.subject import Subject, channel_subject, job_subject, source_subject

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
RUN = RunSummary("orders_1", instance_id=177474, engine_job_handler="application_1 | 6150")

SOURCE = SourcePlan(
    "prod",
    "flink",
    (
        Target(STREAM, ("orders_*", "payments", "a [b]"), {"team": "orders", "tier": "1"}),
        Target(BATCH, ("nightly",), {"team": "data"}),
        Target(STREAM, ("payments", "orders_1", "payments"), {"team": "pay"}),
    ),
    link="https://example.com/{job}/view",
)


@pytest.mark.parametrize(
    "name, expected", [("a*", True), ("a?", True), ("[ab]", True), ("a", False)]
)
def test_what_is_a_pattern(name: str, *, expected: bool) -> None:
    """A name with a sign of a glob needs discovery."""
    assert expected is is_glob(name)


def test_exact_names_and_patterns_are_told_apart() -> None:
    """Each name once, in the file's order, by job type."""
    assert ("payments", "orders_1") == SOURCE.exact_names(STREAM)
    assert ("orders_*", "a [b]") == SOURCE.patterns(STREAM)
    assert ("nightly",) == SOURCE.exact_names(BATCH)
    assert () == SOURCE.patterns(BATCH)
    assert (STREAM, BATCH) == SOURCE.job_types()
    assert (STREAM,) == SOURCE.discovered_types()


@pytest.mark.parametrize(
    "job_type, job, expected",
    [
        (STREAM, "orders_7", True),
        (STREAM, "payments", True),
        (STREAM, "nightly", False),
        (BATCH, "nightly", True),
        (BATCH, "orders_7", False),
        (STREAM, "Orders_7", False),
    ],
)
def test_who_is_watched(job_type: str, job: str, *, expected: bool) -> None:
    """A job is covered by its name or a pattern of its own type, in its own case."""
    assert expected is SOURCE.covers(job_type, job)


@pytest.mark.parametrize(
    "job, labels",
    [
        ("orders_7", {"team": "orders", "tier": "1"}),
        ("orders_1", {"team": "pay", "tier": "1"}),
        ("payments", {"team": "pay", "tier": "1"}),
        ("other", {}),
    ],
)
def test_the_later_target_wins(job: str, labels: dict[str, str]) -> None:
    """Labels are those of every target that asks for the job; the later one in the file wins."""
    assert labels == SOURCE.labels_of(STREAM, job)


def about(subject: Subject, run: RunSummary | None = None) -> Event:
    return Event(1, Kind.STATE_CHANGE, subject, NOW, NOW, run=run)


@pytest.mark.parametrize(
    "template, run, expected",
    [
        ("https://c/{project}/{job_type}/{job}", None, "https://c/flink/FLINK_STREAM/orders_1"),
        ("https://c/{source}?i={instance}", RUN, "https://c/prod?i=177474"),
        ("https://c/{application}/{flink_job}", RUN, "https://c/application_1/6150"),
        ("https://c/{instance}", None, None),
        ("https://c/{flink_job}", RunSummary("orders_1", engine_job_handler="jm"), None),
        ("https://c/{region}", RUN, None),
    ],
)
def test_a_link_names_what_is_known_or_is_none(
    template: str, run: RunSummary | None, expected: str | None
) -> None:
    """A page of the wrong run is worse than no page."""
    source = msgspec.structs.replace(SOURCE, link=template)
    file = Plan(rules=(), channels={}, sources={"prod": source})
    assert expected == file.link_of(about(job_subject("prod", STREAM, "orders_1"), run))


def test_labels_project_and_link_belong_to_jobs() -> None:
    """A source has a project and no labels, a channel has none of them."""
    file = plan(labels={"team": "orders"})
    job = job_subject("prod", STREAM, "a")
    assert ({"team": "orders"}, "flink", None) == (
        file.labels_of(job),
        file.project_of(job),
        file.link_of(about(job)),
    )
    source = source_subject("prod")
    assert ({}, "flink") == (file.labels_of(source), file.project_of(source))
    channel = channel_subject("ops")
    assert ({}, None, None) == (
        file.labels_of(channel),
        file.project_of(channel),
        file.link_of(about(channel)),
    )


@pytest.mark.parametrize(
    "job, page",
    [
        ("orders_1", "orders_1"),
        ("a/../b?x=#y", "a%2F..%2Fb%3Fx%3D%23y"),
        ("a) [x](https://evil.example", "a%29%20%5Bx%5D%28https%3A%2F%2Fevil.example"),
        ("订单", "%E8%AE%A2%E5%8D%95"),
        ("half \ud83d", "half%20%3F"),
    ],
)
def test_a_job_s_name_stays_one_piece_of_its_page(job: str, page: str) -> None:
    """Whatever a job is called, it leads to no other page and ends no link."""
    file = Plan(rules=(), channels={}, sources={"prod": SOURCE})
    link = file.link_of(about(job_subject("prod", STREAM, job)))
    assert f"https://example.com/{page}/view" == link


def test_a_rules_place_and_name() -> None:
    """Rules are known by name and stand in the file's order; strangers come last."""
    one, two = rule("one", "restart"), rule("two", ["restart", "missing"])
    file = plan(one, two)
    assert (0, 1, 2) == tuple(map(file.rank, ("one", "two", "gone")))
    assert two == file.rule("two")
    assert file.rule("gone") is None
    assert (two,) == file.rules_for(Kind.MISSING, job_subject("prod", STREAM, "a"))


def test_subjects_have_lanes_of_their_own() -> None:
    """No two subjects share the text under which order is kept."""
    subjects = [
        job_subject("prod", STREAM, "a"),
        job_subject("prod", BATCH, "a"),
        job_subject("test", STREAM, "a"),
        source_subject("prod"),
        channel_subject("prod"),
    ]
    assert len(subjects) == len({subject.lane for subject in subjects})
