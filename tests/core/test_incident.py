"""Many jobs that fall together are told of as one, and its end as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from unittest.mock import patch

import pytest

from tests.core.playbook import NOON, World, chat, hook, plan, rule, run
from watcher.core import muting
from watcher.core.draft import Draft
from watcher.core.gate import Asked, Gate
from watcher.core.notification import Notification, Reason, Status
from watcher.core.plan import Plan
from watcher.core.rule import Match, Severity
from watcher.core.run_summary import RunSummary
from watcher.core.why import Why

NAMES = tuple(f"job_{n:02}" for n in range(40))
DOWN = rule("down", "state-mismatch", notify=["ops", "audit"], remind="1h")
TOGETHER = rule("incident", "incident", "info", notify=["ops", "audit"], builtin=True)
CHANNELS = (chat("ops"), hook("audit"))


def file_of(*rules: object, storm: int = 10, names: Sequence[str] = NAMES) -> Plan:
    wanted = rules or (DOWN, TOGETHER)
    return plan(*wanted, jobs=names, channels=CHANNELS, storm=storm)  # type: ignore[arg-type]


def calm(world: World, names: Sequence[str] = NAMES) -> World:
    """Everything runs at the first reading, so that nothing that follows has stood before."""
    world.reads(*(run(name, handler=None) for name in names))
    world.waits("10s")
    return world


def dead(names: Iterable[str], app: str | None = "app_1", **more: object) -> list[RunSummary]:
    return [
        run(name, "FAILED", handler=f"{app}|{name}" if app else None, **more)  # type: ignore[arg-type]
        for name in names
    ]


def alive(names: Iterable[str]) -> list[RunSummary]:
    return [run(name, handler="app_9|x") for name in names]


def on(world: World, channel: str) -> list[Notification]:
    """What a channel was told in the last Step."""
    return [note for note in world.last if note.channel == channel]


def incident(world: World, channel: str = "ops") -> Notification:
    """What a channel was told last of an incident."""
    notes = world.store.notifications[::-1]
    return next(n for n in notes if (n.channel, n.event.kind) == (channel, "incident"))


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


def test_no_rule_on_incidents_no_incident() -> None:
    """Where nobody would be told of it, the jobs are told singly."""
    mute = rule("incident", "incident", notify=[])
    for rules in ((DOWN,), (DOWN, mute)):
        world = calm(World(file=file_of(*rules)))
        world.reads(*dead(NAMES))
        assert {"down"} == {note.rule for note in world.last}
        assert () == world.state.sources["prod"].incidents


def test_a_chat_that_would_not_hear_of_the_jobs_hears_of_no_incident() -> None:
    """The built-in rule is as grave on each channel as the jobs' rules, and silent elsewhere."""
    mild = rule("mild", "state-mismatch", "warning", notify=["ops", "side"])
    others = rule("others", "state-mismatch", notify=["far"], match=Match(job=("x",)))
    together = rule("incident", "incident", "info", notify=["ops", "side", "far"], builtin=True)
    file = plan(
        rule("down", "state-mismatch", "error", notify=["ops"]),
        *(mild, others, together),
        jobs=NAMES,
        channels=(chat("ops"), chat("side"), chat("far")),
    )
    world = calm(World(file=file))
    world.reads(*dead(NAMES))
    assert [("ops", Severity.ERROR, True), ("side", Severity.WARNING, False)] == [
        (note.channel, note.severity, note.mention) for note in world.last
    ]


def test_a_rule_of_the_file_says_how_grave_an_incident_is() -> None:
    """Its own severity holds, on its own channels."""
    mine = rule("storms", "incident", "warning", notify=["ops"])
    world = calm(World(file=file_of(DOWN, mine)))
    world.reads(*dead(NAMES))
    assert Severity.WARNING is incident(world).severity
    assert not [note for note in on(world, "audit") if note.event.kind == "incident"]


def test_its_end_is_one_message() -> None:
    """When all are right again it says so; nothing is told of any single job."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:37]))
    assert ["recovered incident @ops"] == [
        one for one in world.reads_for("80s", *alive(NAMES)) if "@ops" in one
    ]
    end = incident(world)
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


def test_later_ones_join_it_and_are_told_with_the_next_digest() -> None:
    """The same application: counted, and not told singly."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:20]), *alive(NAMES[20:]))
    world.waits("5m")
    world.reads(*dead(NAMES[:25]), *alive(NAMES[25:]))
    assert [] == on(world, "ops")
    told = [one for one in world.reads_for("30m", *dead(NAMES[:25]), every="1m") if "@ops" in one]
    assert ["reminder incident @ops"] == told
    last = [n for n in world.store.notifications if n.channel == "ops"][-1]
    assert 25 == last.event.facts.affected


def test_twice_as_many_is_worse() -> None:
    """When its size has doubled, that is told once, with a mention, and not before it settles."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:15]), *alive(NAMES[15:]))
    world.waits("20s")
    world.reads(*dead(NAMES[:32]), *alive(NAMES[32:]))
    assert [] == world.passes("5s")
    assert ["worse incident @audit", "worse incident @ops"] == sorted(world.passes("10s"))
    assert (32, True) == (incident(world).event.facts.affected, incident(world).mention)
    assert [] == world.passes("60s")


def test_what_one_poll_shows_in_parts_is_one_message() -> None:
    """Until it is sent, a beginning takes in what the other requests of the poll show."""
    world = calm(World(file=file_of()))
    parts = [NAMES[:6], NAMES[6:20], NAMES[20:]]
    for part in parts:
        world.reads(*dead(part))
        world.waits("200ms")
    world.ticks()
    beginnings = [n for n in world.store.notifications if n.channel == "ops"]
    (last,) = [n for n in beginnings if n.id not in merged(world)]
    assert ("incident", Reason.BEGAN, 40) == (
        last.event.kind,
        last.reason,
        last.event.facts.affected,
    )
    assert last.hold_until == beginnings[6].hold_until
    assert last.mention


def merged(world: World) -> set[str]:
    return {old for step in world.steps for old, _ in step.merges}


def test_what_was_told_before_ends_with_the_incident() -> None:
    """Its own end is merged into that of the incident, on the chat; a webhook gets it."""
    world = calm(World(file=file_of()))
    world.reads(*dead(NAMES[:5]))
    world.waits("30s")
    world.reads(*dead(NAMES[:30]), *alive(NAMES[30:]))
    assert [] == [*merged(world)]
    assert ["began incident @ops"] == [one for one in lines(world) if "@ops" in one]
    ends = world.reads_for("80s", *alive(NAMES))
    assert ["recovered incident @ops"] == [one for one in ends if "@ops" in one]
    assert 30 == ends.count("recovered down @audit")
    why = Counter(d.why for d in world.store.decisions if d.channel == "ops")
    assert 5 == why[Why.MERGED]


def lines(world: World) -> list[str]:
    return [f"{n.reason} {n.rule} @{n.channel}" for n in world.last]


def test_reminders_and_errors_of_its_jobs_are_not_told_singly() -> None:
    """Where a chat hears the incident, nothing else of a job that is down is told there."""
    errors = rule("errors", "new-error", "warning", notify=["ops", "audit"])
    quick = rule("down", "state-mismatch", notify=["ops", "audit"], remind="5m")
    world = calm(World(file=file_of(quick, errors, TOGETHER)))
    at = int(world.now.timestamp() * 1000)
    world.reads(*dead(NAMES, error="boom", error_at=at))
    assert ["began incident @ops"] == [one for one in lines(world) if "@ops" in one]
    told = world.reads_for("20m", *dead(NAMES, error="bang", error_at=at + 1))
    assert [] == [one for one in told if "@ops" in one]
    assert 40 == told.count("began errors @audit")


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


def shut(*names: str) -> Callable[[Draft, Asked], Gate | None]:
    """A silence of these jobs."""

    def gate(draft: Draft, asked: Asked) -> Gate | None:
        return Gate(Why.SILENCED, "quiet") if asked.event.subject.job in names else None

    return gate


@pytest.mark.parametrize("loud, formed", [(9, 0), (10, 1)])
def test_silenced_jobs_alone_make_no_storm(loud: int, formed: int) -> None:
    """They count where others are enough without them; a silence stops their own messages first."""
    world = calm(World(file=file_of()))
    quiet = shut(*NAMES[loud : loud + 5])
    with patch.object(muting, "GATES", (quiet, *muting.GATES)):
        world.reads(*dead(NAMES[: loud + 5]))
    assert formed == len(world.state.sources["prod"].incidents)
    assert 5 == sum(d.why is Why.SILENCED and d.channel == "ops" for d in world.step.decisions)
    if formed:
        assert loud + 5 == world.state.sources["prod"].incidents[0].size


def test_a_silence_of_the_incident_lets_its_jobs_be_told() -> None:
    """Where a chat is not told of the incident, no gate of its closes for its jobs."""
    world = calm(World(file=file_of()))

    def gate(draft: Draft, asked: Asked) -> Gate | None:
        return Gate(Why.WINDOW, "night") if asked.event.kind == "incident" else None

    with patch.object(muting, "GATES", (gate, *muting.GATES)):
        world.reads(*dead(NAMES[:12]))
    assert ["down"] * 12 == [note.rule for note in on(world, "ops")]
    world.waits("10s")
    world.reads(*dead(NAMES[:12]), *alive(NAMES[12:]))
    assert ["silence-ended incident @audit", "silence-ended incident @ops"] == sorted(lines(world))


def test_a_rule_that_is_due_later_makes_it_graver() -> None:
    """The incident speaks for the graver rule too, with a mention, and no job does singly."""
    mild = rule("mild", "state-mismatch", "warning", lasts="0s", notify=["ops"])
    grave = rule("grave", "state-mismatch", "critical", lasts="1m", notify=["ops", "side"])
    together = rule("incident", "incident", "info", notify=["ops", "side"], builtin=True)
    channels = (chat("ops"), chat("side"))
    world = World(file=plan(mild, grave, together, jobs=NAMES, channels=channels))
    calm(world)
    world.reads(*dead(NAMES[:20]))
    assert Severity.WARNING is incident(world).severity
    told = world.reads_for("60s", *dead(NAMES[:20]), *alive(NAMES[20:]))
    assert ["began incident @side", "worse incident @ops"] == sorted(told)
    assert (Severity.CRITICAL, True) == (incident(world).severity, incident(world).mention)
