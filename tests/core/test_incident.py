"""Many jobs that fall together are told of as one, and its end as one."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from tests.core.playbook import NOON, World, plan, run
from tests.core.storm_world import (
    DOWN,
    NAMES,
    TOGETHER,
    alive,
    calm,
    dead,
    file_of,
    incident,
    on,
)
from watcher.core.notification import Reason, Status
from watcher.core.rule import Severity
from watcher.core.why import Why


def test_a_cluster_that_dies_is_one_message() -> None:
    """A chat hears of the application and not of its jobs; a webhook gets each, with the id."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:37]), asked=NAMES[:37])
    told = incident(world)
    assert [told] == on(world, "ops")
    facts = told.event.facts
    assert ("application", "app_1", 37, 40) == (
        facts.basis,
        facts.shared,
        facts.affected,
        facts.total,
    )
    assert NAMES[:37] == facts.names
    assert (Severity.CRITICAL, True) == (told.severity, told.mention)
    single = [note for note in on(world, "audit") if note.event.kind == "state-mismatch"]
    assert [told.alert] * 37 == [note.incident for note in single]
    assert told.alert == incident(world, "audit").alert
    gated = Counter((d.why, d.channel, d.by) for d in world.step.decisions if d.by)
    assert {(Why.INCIDENT, "ops", told.alert): 37} == gated


def test_two_clusters_that_die_at_once_are_two_messages() -> None:
    """Each application is told on its own, in no group with the other."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20], "app_1"), *dead(NAMES[20:], "app_2"))
    shared = [note.event.facts.shared for note in on(world, "ops")]
    assert {"app_1", "app_2"} == set(shared)
    assert 2 == len({note.group for note in on(world, "ops")})
    assert 2 == len({note.subject.lane for note in on(world, "ops")})


def test_the_same_error_is_one_incident() -> None:
    """Jobs of many applications that fail with one error are told by the error's name."""
    world = calm(World(file=file_of()))
    at = int(NOON.timestamp() * 1000)
    text = "java.net.ConnectException: refused by 10.0.0.{}"
    runs = [
        run(n, "FAILED", handler=f"{n}|x", error=text.format(i), error_at=at)
        for i, n in enumerate(NAMES[:12])
    ]
    world.reads(*runs)
    facts = incident(world).event.facts
    assert "error" == facts.basis
    assert (facts.shared or "").startswith("ConnectException-")
    assert text.format(0) == facts.detail


def test_what_fell_at_the_same_time_is_one_incident() -> None:
    """Also where nothing else is known of them."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:10], None))
    assert ("time", 10) == (
        incident(world).event.facts.basis,
        incident(world).event.facts.affected,
    )


def test_too_few_are_told_singly() -> None:
    """Nine of ten are nine messages (and one bundle), and `storm = 0` makes any number that."""
    for file, many in ((file_of(), 9), (file_of(storm=0), 40)):
        world = calm(World(file=file))
        world.reads(*dead(NAMES[:many]))
        assert ["began down @ops"] * many == [
            f"{n.reason} {n.rule} @{n.channel}" for n in on(world, "ops")
        ]


def test_standing_trouble_and_planned_stops_are_no_storm() -> None:
    """What a source's first reading shows is a bundle of its own; what shall be down is right."""
    world = World(file=file_of())
    world.reads(*dead(NAMES))
    assert {"down"} == {note.rule for note in on(world, "ops")}
    world = calm(World(file=file_of()))
    assert [] == world.reads(*(run(n, "TERMINATED", "TERMINATED") for n in NAMES))


def test_its_end_is_one_message() -> None:
    """When all are right again it says so; nothing is told of any single job."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:37]))
    assert ["recovered incident @ops"] == [
        one for one in world.reads_for("80s", *alive(NAMES)) if "@ops" in one
    ]
    ends = [n for n in world.store.notifications if n.status is Status.RESOLVED and n.subject.job]
    end = incident(world)
    assert [end.alert] * 37 == [note.incident for note in ends]
    facts = end.event.facts
    assert (37, 37, ()) == (facts.affected, facts.back, facts.names)
    assert Severity.CRITICAL is end.severity
    assert () == world.state.sources["prod"].incidents
    assert [] == world.reads_for("10m", *alive(NAMES))


def test_its_stragglers_are_named_at_its_end_and_told_singly() -> None:
    """Half are back, and for five minutes no other: it ends, and what is still down is told."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20]))
    began = world.now
    some = [*alive(NAMES[:15]), *dead(NAMES[15:20]), *alive(NAMES[20:])]
    told = [one for one in world.reads_for("7m", *some) if "@ops" in one]
    assert ["recovered incident @ops", *["began down @ops"] * 5] == sorted(told, reverse=True)
    end = next(n for n in world.store.notifications if n.event.kind == "incident" and n.number == 2)
    assert (NAMES[15:20], 15) == (end.event.facts.names, end.event.facts.back)
    late = [n for n in world.store.notifications if n.channel == "ops" and n.rule == "down"]
    assert {began} == {note.began_at for note in late}
    assert {"down|firing"} == {note.group for note in late}
    ends = [one for one in world.reads_for("80s", *alive(NAMES)) if "@ops" in one]
    assert ["recovered down @ops"] * 5 == ends


def test_less_than_half_back_is_no_end() -> None:
    """It goes on, and is told of every thirty minutes with how many are back."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20]))
    some = [*alive(NAMES[:9]), *dead(NAMES[9:20]), *alive(NAMES[20:])]
    assert ["reminder incident @ops"] == [
        one for one in world.reads_for("40m", *some) if "@ops" in one
    ]
    told = [n for n in world.store.notifications if n.reason is Reason.REMINDER][-1]
    assert (9, NAMES[9:20]) == (told.event.facts.back, told.event.facts.names)


def test_one_that_falls_again_is_counted_once() -> None:
    """A job that was back and fell again belongs to the incident as before."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20]))
    one_back = [*alive(NAMES[:1]), *dead(NAMES[1:20]), *alive(NAMES[20:])]
    world.reads_for("80s", *one_back)
    assert 19 == world.state.sources["prod"].incidents[0].down
    world.waits("10s")
    world.reads(*dead(NAMES[:20]))
    assert [] == on(world, "ops")
    now = world.state.sources["prod"].incidents[0]
    assert (20, 20) == (now.size, now.down)


def test_a_straggler_begins_no_incident_anew() -> None:
    """What an incident left behind is not a storm of its own; what falls later may be."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:24]))
    some = [*alive(NAMES[:12]), *dead(NAMES[12:24]), *alive(NAMES[24:])]
    world.reads_for("8m", *some)
    assert () == world.state.sources["prod"].incidents
    again = [*alive(NAMES[:12]), *dead(NAMES[12:])]
    world.waits("10s")
    world.reads(*again)
    assert 16 == incident(world).event.facts.affected


def test_a_job_that_is_meant_to_be_down_is_not_called_back() -> None:
    """An end counts those that run again apart from those that shall not."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:12]))
    mixed = [*alive(NAMES[:9]), *(run(n, "TERMINATED", "TERMINATED") for n in NAMES[9:12])]
    world.reads_for("80s", *mixed)
    facts = incident(world).event.facts
    assert (12, 9, 3, ()) == (facts.affected, facts.back, facts.left, facts.names)


def test_a_reload_without_storms_ends_it_and_tells_the_jobs() -> None:
    """The rule left the file: the incident ends as unwatched, what is down is told singly."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:12]))
    ends = world.reloads(file=file_of(DOWN, storm=0))
    assert ["unwatched incident @audit", "unwatched incident @ops"] == sorted(ends)
    world.waits("10s")
    assert ["began down @ops"] * 12 == world.reads(*dead(NAMES[:12]), *alive(NAMES[12:]))


def test_a_removed_source_ends_it() -> None:
    """Whatever it was about has left the file, and nothing of it stays behind."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:12]))
    other = plan(DOWN, TOGETHER, jobs=NAMES, sources=("test",))
    ends = world.reloads(file=other)
    assert 1 == ends.count("unwatched incident @ops")
    assert () == world.state.sources["prod"].incidents


def test_an_incident_needs_sight_to_end() -> None:
    """Nobody says that no further one came back while some cannot be seen."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20]))
    world.reads_for("80s", *alive(NAMES[:15]), *dead(NAMES[15:20]))
    world.fails(*NAMES[15:20])
    told = world.reads_for("10m", *alive(NAMES[:15]))
    assert "recovered incident @ops" not in told
    ends = world.reads_for("10s", *alive(NAMES[:15]), *dead(NAMES[15:20]))
    assert "recovered incident @ops" in ends


def test_the_clock_that_is_set_moves_an_incident() -> None:
    """Its times move with the others; what is counted stays."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20]))
    before = world.state.sources["prod"].incidents[0]
    world.sets_clock(timedelta(hours=-5))
    after = world.state.sources["prod"].incidents[0]
    assert (before.since - timedelta(hours=5), before.size) == (after.since, after.size)


def test_a_restart_in_the_middle_changes_nothing() -> None:
    """After each Step another process goes on: the same is told, with the same ids."""
    told = []
    for restart in (False, True):
        world = calm(World(file=file_of()))
        world.reads(*dead(NAMES[:7]))
        for runs in (
            [*dead(NAMES[:15]), *alive(NAMES[15:])],
            [*dead(NAMES[:32]), *alive(NAMES[32:])],
            [*alive(NAMES[:20]), *dead(NAMES[20:32]), *alive(NAMES[32:])],
        ):
            for _ in range(9):
                if restart:
                    world.restarts()
                    world.reads(*runs)
                world.waits("60s")
                world.reads(*runs)
                world.ticks()
        told.append(
            {n.id: n.status for n in world.store.notifications if n.status is not Status.OCCURRED}
        )
    assert told[0] == told[1]
