"""Which jobs fell together, and which incident a further one belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.storm import Basis, Fallen, Incident, cause_of, home_of, storms
from watcher.core.subject import job_subject

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WITHIN = timedelta(minutes=2)


def fell(name: str, *, at: float = 0, app: str = "", error: str = "") -> Fallen:
    """A job that fell so many seconds after noon."""
    subject = job_subject("prod", "FLINK_STREAM", name)
    return Fallen(subject, NOON + timedelta(seconds=at), app, error)


def many(
    count: int,
    first: str = "job",
    *,
    at: float = 0,
    step: float = 0,
    app: str = "",
    error: str = "",
) -> list[Fallen]:
    return [fell(f"{first}_{n:04}", at=at + n * step, app=app, error=error) for n in range(count)]


def found(fallen: Sequence[Fallen], fewest: int = 10) -> list[tuple[str, str, int]]:
    """What each storm rests on, what its jobs share, and how many they are."""
    return [(s.basis, s.shared, len(s.jobs)) for s in storms(fallen, fewest, WITHIN)]


def test_jobs_of_one_application_are_one_storm() -> None:
    """Whenever they fell, and whatever they say of it."""
    assert [("application", "app_7", 37)] == found(many(37, app="app_7", step=900))


def test_two_clusters_that_die_at_once_are_two() -> None:
    """Each application is a storm of its own, although all fell at the same moment."""
    both = [*many(20, "a", app="app_1", error="E"), *many(20, "b", app="app_2", error="E")]
    assert [("application", "app_1", 20), ("application", "app_2", 20)] == found(both)


def test_an_error_comes_after_the_application() -> None:
    """What no application explains is explained by the error, and what neither does by the time."""
    jobs = [
        *many(10, "a", app="app_1", error="E"),
        *many(10, "b", app="app_2", error="E")[:9],
        *[fell(f"c{n}", app=f"app_{n + 3}", error="E") for n in range(3)],
        *many(12, "d"),
    ]
    assert [("application", "app_1", 10), ("error", "E", 12), ("time", "", 12)] == found(jobs)


def test_too_few_are_no_storm() -> None:
    """One less than the file asks for is none; where it asks for 0 none is found."""
    assert [] == found(many(9, app="app_1", error="E"))
    assert [] == found(many(500, app="app_1"), fewest=0)


def test_a_moment_is_a_span_in_which_enough_fell() -> None:
    """Ten within two minutes are one; ten that are each further apart are none."""
    assert [("time", "", 10)] == found(many(10, step=13))
    assert [] == found(many(10, step=14))


def test_what_follows_closely_belongs_to_the_moment() -> None:
    """One that fell within the span after the last is in it; a later moment is another."""
    first, second = many(10, "a", at=100), many(10, "b", at=1000)
    between, stray = fell("x", at=219), fell("y", at=600)
    assert [("time", "", 11), ("time", "", 10)] == found([*second, stray, *first, between])


def incident(basis: Basis, shared: str, *, since: float = 0, last: float = 0) -> Incident:
    cause = f"{basis}:{shared}"
    subject = msgspec.structs.replace(job_subject("prod", "t", "j"), job=None, job_type=None)
    begin, end = (NOON + timedelta(seconds=at) for at in (since, last))
    return Incident(cause, subject, basis, shared, begin, end)


def test_a_further_job_joins_what_it_shares() -> None:
    """By application, then by error, then by time; a foreign cluster's job does not."""
    app, error = incident(Basis.APPLICATION, "app_1"), incident(Basis.ERROR, "E")
    moment = incident(Basis.TIME, "", last=60)
    going = (moment, error, app)
    assert app is home_of(fell("a", at=9000, app="app_1", error="E"), going, WITHIN)
    assert error is home_of(fell("a", at=9000, app="app_2", error="E"), going, WITHIN)
    assert moment is home_of(fell("a", at=180, app="app_2"), going, WITHIN)
    assert None is home_of(fell("a", at=181, app="app_2"), going, WITHIN)
    assert None is home_of(fell("a", app="app_2", error="F"), (app, error), WITHIN)


def test_causes_differ() -> None:
    """Two incidents of one source that last at the same time have two names."""
    jobs = [
        *many(10, "a", app="x"),
        *many(10, "b", error="x"),
        *many(10, "c"),
        *many(10, "d", at=900),
    ]
    causes = [cause_of(storm) for storm in storms(jobs, 10, WITHIN)]
    assert [
        "application:x",
        "error:x",
        "time:2026-11-22T12:00:00.000+00:00",
        "time:2026-11-22T12:15:00.000+00:00",
    ] == causes


fallen_jobs = st.lists(
    st.builds(
        lambda n, at, app, error: fell(f"j{n}", at=at, app=app, error=error),
        st.integers(0, 99),
        st.integers(0, 1200),
        st.sampled_from(["", "app_1", "app_2", "app_3"]),
        st.sampled_from(["", "E", "F"]),
    ),
    max_size=60,
    unique_by=lambda job: job.subject,
)


@given(fallen_jobs, st.integers(2, 12))
def test_each_job_is_in_one_storm_at_most(fallen: list[Fallen], fewest: int) -> None:
    """No storm is too small, no job is in two, and no order of the jobs changes anything."""
    made = storms(fallen, fewest, WITHIN)
    jobs = [job.subject for storm in made for job in storm.jobs]
    assert len(jobs) == len(set(jobs))
    assert all(len(storm.jobs) >= fewest for storm in made)
    assert made == storms(fallen[::-1], fewest, WITHIN)


@given(fallen_jobs, st.integers(2, 12))
def test_what_is_left_over_is_no_storm(fallen: list[Fallen], fewest: int) -> None:
    """Whoever is in none shares application, error and moment with too few of those left."""
    taken = {job.subject for storm in storms(fallen, fewest, WITHIN) for job in storm.jobs}
    left = [job for job in fallen if job.subject not in taken]
    assert [] == storms(left, fewest, WITHIN)
