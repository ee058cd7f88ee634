"""What an incident says in the place of its jobs, where, and how gravely."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

import pytest

from tests.core.playbook import World, chat, plan, rule, run
from tests.core.storm_world import (
    DOWN,
    NAMES,
    TOGETHER,
    alive,
    calm,
    dead,
    file_of,
    incident,
    lines,
    merged,
    on,
)
from watcher.core import muting
from watcher.core.draft import Draft
from watcher.core.gate import Asked, Gate
from watcher.core.rule import Match, Severity
from watcher.core.run_summary import RunSummary
from watcher.core.why import Why

ERROR_AT = 1_795_348_800_000


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


def test_what_grew_worse_in_an_incident_is_told_when_it_is_over() -> None:
    """A job that was told of as unknown and failed in a storm is `worse` once, after its end."""
    world = calm(World(file=file_of(rule("down", "state-mismatch", unknown="0s"), TOGETHER)))
    odd = [run(NAMES[0], "ODD", handler="app_1|x")]
    world.reads(*odd, *alive(NAMES[1:]))
    assert ["began down @ops"] == lines(world)
    world.waits("60s")
    world.reads(*dead(NAMES[:12]), *alive(NAMES[12:]))
    assert ["incident"] == [note.rule for note in on(world, "ops")]
    told = world.reads_for("8m", *dead(NAMES[:2]), *alive(NAMES[2:]))
    assert ["recovered incident @ops", "worse down @ops", "began down @ops"] == [
        one for one in told if "@ops" in one
    ]
    assert [] == world.reads_for("60s", *dead(NAMES[:2]), *alive(NAMES[2:]))
    assert [] == world.whys()


def test_all_that_belongs_to_its_jobs_is_in_the_incident() -> None:
    """Forty jobs with an error each, on a chat that asked for errors, restarts and changes too:
    one message, none about the thirty that come back, then the ten stragglers singly.
    """
    names = [f"j{n:02}" for n in range(40)]
    wanted = [rule(kind, kind, "info") for kind in ("new-error", "restart", "state-change")]
    gates = [rule(kind, kind, "warning", builtin=True) for kind in ("incident", "flapping")]
    down = rule("down", "state-mismatch", notify=["ops", "audit"])
    found = World(down, *wanted, *gates, jobs=names)

    def run_of(name: str, actual: str) -> RunSummary:
        number, handler = 1 + (actual == "RUNNING"), f"app_7|{name}"
        return run(name, actual, id=number, handler=handler, error="x.Y: z", error_at=ERROR_AT)

    found.reads(*(run(name, handler=f"app_7|{name}") for name in names))
    found.waits("10s")
    fallen = [run_of(name, "FAILED") for name in names]
    told = found.reads(*fallen)
    assert {"began incident @ops": 1, "began down @audit": 40} == Counter(told)
    back = [*(run_of(name, "RUNNING") for name in names[:30]), *fallen[30:]]
    assert {"recovered down @audit": 30} == Counter(found.reads_for("4m", *back))
    left = Counter(found.reads_for("6m", *back))
    assert {"recovered incident @ops": 1, "began down @ops": 10} == left
