"""Which readings of a stream job show a restart, and how often one way down and up is counted."""

from __future__ import annotations

import pytest

from tests.core.playbook import World, rule, run
from watcher.core.run_summary import BATCH, RunSummary

A1 = "app_1|flink_1"
A2 = "app_1|flink_2"
B1 = "app_2|flink_1"


def up(
    handler: str | None = A1,
    *,
    id: int | None = 1,  # noqa: A002 - the API's word
    expect: str | None = "RUNNING",
) -> RunSummary:
    return run("a", "RUNNING", expect, id=id, handler=handler)


def down(
    actual: str | None = "FAILED",
    handler: str | None = A1,
    *,
    id: int | None = 1,  # noqa: A002 - the API's word
    expect: str | None = "RUNNING",
) -> RunSummary:
    return run("a", actual, expect, id=id, handler=handler)


def restarts_in(*summaries: RunSummary, job_type: str = "FLINK_STREAM") -> list[str]:
    """How each restart in a row of readings came about."""
    world = World(rule("again", "restart"), job_type=job_type)
    found = []
    for summary in summaries:
        world.reads(summary)
        found += [str(n.event.facts.restart) for n in world.last]
        world.waits("10s")
    return found


@pytest.mark.parametrize(
    "summaries, expected",
    [
        ([up(), up(id=2)], ["redeployed"]),
        ([up(), up(B1, id=2)], ["redeployed"]),
        ([up(), up(B1)], ["resubmitted"]),
        ([up(), up(A2)], ["failed-over"]),
        ([up(), down(), up()], ["bounced"]),
        ([up(), down("WAITING"), up()], ["bounced"]),
        ([up(), down("PAUSED"), up()], ["bounced"]),
        ([up(), down("CREATED"), up()], ["bounced"]),
    ],
)
def test_each_kind_of_restart(summaries: list[RunSummary], expected: list[str]) -> None:
    """A new Id, another application, only another Flink job, or RUNNING again."""
    assert expected == restarts_in(*summaries)


@pytest.mark.parametrize(
    "summaries",
    [
        [up()],
        [up(), up()],
        [down("WAITING"), up()],
        [down("PAUSED", expect="PAUSED"), down("WAITING", id=2), up(B1, id=2)],
        [down("FAILED"), down("WAITING", A2), up(B1, id=3)],
        [up(), up("app_1 | flink_1"), up("  app_1|flink_1 ")],
        [up(), up(None), up()],
        [up(), up("app_1|"), up()],
        [up(), up("app_1"), up()],
        [up(), up(""), up()],
        [up(id=None), up()],
        [up(), up(id=None), up()],
        [up(), down(None), up()],
    ],
)
def test_what_is_no_restart(summaries: list[RunSummary]) -> None:
    """A first start, blanks round the bar, and what an answer merely does not say are none."""
    assert [] == restarts_in(*summaries)


@pytest.mark.parametrize(
    "summaries, expected",
    [
        ([up(), up(None), up(A2)], ["failed-over"]),
        ([up(), up(None), up(B1)], ["resubmitted"]),
        ([up(), up("app_2|"), up("app_2|flink_9")], ["resubmitted"]),
        ([up(), down("WAITING", None), up(A2)], ["failed-over"]),
        ([up(id=None), up(), up(id=2)], ["redeployed"]),
    ],
)
def test_an_absent_value_is_compared_with_the_last_known(
    summaries: list[RunSummary], expected: list[str]
) -> None:
    """A handler or Id that was absent for a while is compared with the one before."""
    assert expected == restarts_in(*summaries)


@pytest.mark.parametrize(
    "summaries",
    [
        [up(), down("FAILED"), down("WAITING", A2), up(A2)],
        [up(), down("WAITING", B1), up(B1)],
        [up(), down("WAITING", A2), down("WAITING", B1), up("app_3|flink_7")],
        [up(), down(), down("WAITING", id=2), up(B1, id=2)],
        [up(), down(), down(), up()],
    ],
)
def test_one_way_down_and_up_is_one_restart(summaries: list[RunSummary]) -> None:
    """However many signs of it a way down and up shows, it is told once."""
    assert 1 == len(restarts_in(*summaries))


@pytest.mark.parametrize(
    "summaries",
    [
        [up(), down(), down("WAITING", id=2), down("FAILED", id=2), up(id=3)],
        [up(), down("WAITING", id=2), down("WAITING", id=3)],
    ],
)
def test_each_further_id_is_a_further_restart(summaries: list[RunSummary]) -> None:
    """A job that dies on its way up has a new Id at each start: a crash loop never seen RUNNING."""
    assert ["redeployed", "redeployed"] == restarts_in(*summaries)


def test_each_way_down_and_up_is_one() -> None:
    """A job that restarts between every two readings restarts each time."""
    assert ["failed-over", "failed-over"] == restarts_in(up(), up(A2), up("app_1|flink_3"))
    assert ["bounced"] * 3 == restarts_in(up(), *[down(), up()] * 3)


@pytest.mark.parametrize(
    "summaries",
    [
        [up(), down("PAUSED", expect="PAUSED"), up(id=2)],
        [up(), up(expect="PAUSED"), down("PAUSED", expect="PAUSED"), down("WAITING"), up(id=2)],
        [up(), down("TERMINATED", expect="TERMINATED"), down("WAITING", id=2), up(B1, id=2)],
        [up(), down("PAUSED", expect="PAUSED"), down("PAUSED"), up(A2)],
    ],
)
def test_stopping_and_starting_on_purpose_is_none(summaries: list[RunSummary]) -> None:
    """Where ExpectState changed since the job was last RUNNING, nothing is a restart."""
    assert [] == restarts_in(*summaries)


def test_after_a_planned_start_restarts_count_again() -> None:
    """Once it runs as it was told, the next new handler is a restart."""
    planned = [up(), down("PAUSED", expect="PAUSED"), up(B1)]
    assert ["failed-over"] == restarts_in(*planned, up("app_2|flink_2"))


def test_an_absent_expectation_is_no_new_order() -> None:
    """A reading without ExpectState does not hide a restart."""
    assert ["bounced"] == restarts_in(up(), down(expect=None), up())


def test_batch_runs_are_no_restarts() -> None:
    """Each run of a batch job has its own Id and handler."""
    summaries = [
        run("a", "RUNNING", "SUCCESS", id=1, handler=A1),
        run("a", "FAILED", "SUCCESS", id=1, handler=A1),
        run("a", "RUNNING", "SUCCESS", id=2, handler=B1),
    ]
    assert [] == restarts_in(*summaries, job_type=BATCH)


def test_a_restart_during_an_outage_is_seen_after_it() -> None:
    """What one reading shows against the last good one counts, whatever lay between."""
    world = World(rule("again", "restart"))
    world.reads(up())
    world.waits("10s")
    assert [] == world.fails("a")
    world.waits("10s")
    assert ["began again @ops"] == world.reads(up(A2))


def test_a_restart_while_the_watcher_was_down_is_seen() -> None:
    """The handler of the last good reading outlives the process."""
    world = World(rule("again", "restart"))
    world.reads(up())
    assert [] == world.restarts(after="1m")
    assert ["began again @ops"] == world.reads(up(A2))
