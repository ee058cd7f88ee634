"""Which rule speaks on which channel, and how what is told is numbered and named."""

from __future__ import annotations

import pytest

from tests.core.playbook import NOON, World, plan, rule, run
from watcher.core.notification import Notification, Reason, digest
from watcher.core.rule import Severity
from watcher.core.sound import GROUP_WAIT
from watcher.core.why import Why

GRAVE = rule("grave", "state-mismatch", "critical", lasts="1m")
QUICK = rule("quick", "state-mismatch", "warning", lasts="0s")
UP = run("a")
FAILED = run("a", "FAILED")


def test_the_gravest_that_is_due_speaks() -> None:
    """On one channel one rule speaks, and what the other would have said is merged."""
    for rules in ((GRAVE, QUICK), (QUICK, GRAVE)):
        at_once = [rule(one.name, "state-mismatch", one.severity.word, lasts="0s") for one in rules]
        world = World(*at_once)
        assert ["began grave @ops"] == world.reads(FAILED)
        merged = [d for d in world.step.decisions if d.why is Why.OTHER_RULE_SPEAKS]
        assert [("quick", "ops")] == [(d.rule, d.channel) for d in merged]


def test_the_first_in_the_file_speaks_among_equals() -> None:
    """Of equal severity, the file's order decides."""
    one, two = rule("one", "state-mismatch"), rule("two", "state-mismatch")
    assert ["began one @ops"] == World(one, two).reads(FAILED)
    assert ["began two @ops"] == World(two, one).reads(FAILED)


def test_a_graver_rule_that_comes_due_later_is_worse() -> None:
    """It takes over as `worse` in the alert that was told first; the end is told once."""
    world = World(QUICK, GRAVE)
    assert ["began quick @ops"] == world.reads(FAILED)
    first = world.last[0]
    assert ["worse grave @ops"] == world.reads_for("60s", FAILED)
    assert (first.alert, 2, Severity.CRITICAL) == (
        world.last[0].alert,
        world.last[0].number,
        world.last[0].severity,
    )
    assert ["recovered grave @ops"] == world.reads_for("80s", UP)
    assert (first.alert, 3) == told(world)[-1]


def told(world: World) -> list[tuple[str, int]]:
    return [(n.alert, n.number) for n in world.store.notifications]


def test_an_equal_or_lesser_rule_that_comes_due_later_is_merged() -> None:
    """Only a graver one takes over."""
    slow = rule("slow", "state-mismatch", "warning", lasts="30s")
    world = World(slow, QUICK)
    assert ["began quick @ops"] == world.reads(FAILED)
    assert [] == world.reads_for("60s", FAILED)
    assert ["recovered quick @ops"] == world.reads_for("80s", UP)


def test_each_channel_has_its_own_speaker() -> None:
    """A rule that is merged on one channel speaks on another."""
    quick = rule("quick", "state-mismatch", "warning", lasts="0s", notify=["ops", "audit"])
    grave = rule("grave", "state-mismatch", lasts="0s")
    assert ["began grave @ops", "began quick @audit"] == sorted(World(quick, grave).reads(FAILED))


def test_the_end_waits_for_the_last_that_fires() -> None:
    """The end is told once, when none of them fires any more, in the alert told first."""
    patient = rule("patient", "state-mismatch", "warning", lasts="0s", keep="5m")
    hasty = rule("hasty", "state-mismatch", lasts="0s", keep="0s")
    world = World(hasty, patient)
    assert ["began hasty @ops"] == world.reads(FAILED)
    world.waits("10s")
    assert [] == world.reads(UP)
    assert [Why.OTHER_RULE_SPEAKS] == world.whys()[-1:]
    assert ["recovered patient @ops"] == world.reads_for("5m", UP)
    assert [(told(world)[0][0], number) for number in (1, 2)] == told(world)


def test_the_heir_speaks_on() -> None:
    """The one that still fires reminds in the place of the one that ended."""
    patient = rule("patient", "state-mismatch", "warning", lasts="0s", keep="1h", remind="10m")
    hasty = rule("hasty", "state-mismatch", lasts="0s", keep="0s")
    world = World(hasty, patient)
    world.reads(FAILED)
    world.waits("10s")
    world.reads(UP)
    world.waits("1m")
    assert ["worse hasty @ops"] == world.reads(FAILED)
    assert ["recovered patient @ops"] == world.reads_for("61m", UP)


def test_one_that_comes_due_as_the_graver_one_ends_has_nothing_to_begin() -> None:
    """In the Step of that end it takes the place, and says neither `began` nor the end."""
    grave = rule("grave", "input-delay", threshold=600_000, recover=480_000)
    slow = rule("slow", "input-delay", "warning", threshold=300_000, recover=60_000, lasts="1m")
    world = World(grave, slow)
    assert ["began grave @ops"] == world.reads(run("a", delay=660_000))
    world.waits("1m")
    assert [] == world.reads(run("a", delay=420_000))
    world.waits("1m")
    assert ["recovered slow @ops"] == world.reads(run("a", delay=0))


def test_stop_ends_the_search() -> None:
    """Rules behind one with `stop` that fits do not hear of the event."""
    last = rule("last", "state-mismatch", stop=True)
    behind = rule("behind", "state-mismatch", notify=["audit"])
    assert ["began last @ops"] == World(last, behind).reads(FAILED)
    assert ["began behind @audit", "began last @ops"] == sorted(World(behind, last).reads(FAILED))


def test_a_channel_added_while_it_fires_hears_the_next_message() -> None:
    """It is told with the beginning's time, as its own first message."""
    world = World(rule("down", "state-mismatch", remind="5m"))
    world.reads(FAILED)
    world.reloads(rule("down", "state-mismatch", remind="5m", notify=["ops", "audit"]))
    told = world.reads_for("5m", FAILED)
    assert ["reminder down @audit", "reminder down @ops"] == sorted(told)
    late = next(n for n in world.last if n.channel == "audit")
    assert (1, 1, NOON) == (late.number, late.sequence, late.began_at)
    ends = world.reads_for("80s", UP)
    assert ["recovered down @audit", "recovered down @ops"] == sorted(ends)


def test_a_channel_that_was_never_told_hears_no_end() -> None:
    """A channel added after the last message is told nothing of that alert."""
    world = World(rule("down", "state-mismatch"))
    world.reads(FAILED)
    world.reloads(rule("down", "state-mismatch", notify=["ops", "audit"]))
    assert ["recovered down @ops"] == world.reads_for("80s", UP)


def test_a_rule_without_channels_is_accounted_for() -> None:
    """`notify = []` tells nobody, and the ledger says why."""
    world = World(rule("mute", "state-mismatch", notify=[]))
    assert [] == world.reads(FAILED)
    assert [Why.NO_CHANNEL] == [d.why for d in world.step.decisions if d.rule == "mute"]


def test_what_no_rule_wants_is_accounted_for() -> None:
    """Events that reach no rule are decided as such."""
    world = World()
    world.reads(UP)
    world.reads(run("a", "FAILED", error="x", error_at=5))
    assert ["state-change", "new-error", "state-mismatch"] == world.kinds()
    assert [Why.NO_RULE] * 3 == world.whys()


@pytest.mark.parametrize(
    "severity, mention",
    [("critical", True), ("error", True), ("warning", False), ("info", False)],
)
def test_mentions_go_with_grave_beginnings(severity: str, *, mention: bool) -> None:
    """A beginning of severity error or critical calls people; a reminder and an end never do."""
    world = World(rule("down", "state-mismatch", severity, remind="1m", keep="0s"))
    world.reads(UP)
    world.waits("10s")
    world.reads(FAILED)
    assert mention is world.last[0].mention
    world.waits("1m")
    assert ["reminder down @ops"] == world.reads(FAILED)
    assert not world.last[0].mention
    world.waits("1m")
    assert ["recovered down @ops"] == world.reads(UP)
    assert not world.last[0].mention


def test_chats_are_grouped_and_webhooks_are_not() -> None:
    """A chat's message has a group and waits two seconds; a webhook's goes at once."""
    world = World(rule("down", "state-mismatch", notify=["ops", "audit"], keep="0s"))
    world.reads(UP)
    world.waits("10s")
    world.reads(FAILED)
    chat, hook = sorted(world.last, key=lambda n: n.channel, reverse=True)
    assert ("down|firing", world.now + GROUP_WAIT) == (chat.group, chat.hold_until)
    assert (None, None, None) == (hook.group, hook.hold_until, hook.absorbs)
    world.waits("10s")
    world.reads(UP)
    end = next(n for n in world.last if n.channel == "ops")
    assert ("down|resolved", chat.id) == (end.group, end.absorbs)


def test_sequence_counts_what_a_channel_hears_about_a_job() -> None:
    """It grows by one over all kinds, rules and alerts; other jobs and channels do not disturb."""
    world = World(
        rule("down", "state-mismatch", keep="0s", notify=["ops", "audit"]),
        rule("changed", "state-change"),
        jobs=["a", "b"],
    )
    world.reads(UP, run("b"))
    for _ in range(3):
        world.reads(FAILED, run("b", "FAILED"))
        world.restarts()
        world.reads(UP, run("b"))
    lanes = {(n.channel, n.subject.job) for n in world.store.notifications}
    for channel, job in lanes:
        found = [
            n.sequence
            for n in world.store.notifications
            if (n.channel, n.subject.job) == (channel, job)
        ]
        assert [*range(1, len(found) + 1)] == found
    assert 4 == len(lanes)


def script(world: World, *, restart: bool) -> list[Notification]:
    for number in range(3):
        for summary in (UP, FAILED):
            world.waits("70s")
            world.reads(summary)
        if restart:
            world.restarts()
        world.waits("70s")
        world.reads(run("a", error=f"{'xyz'[number]} broke", error_at=1000 + number))
    return world.store.notifications


def test_ids_are_the_same_after_a_restart_and_differ_otherwise() -> None:
    """A notification's id is a hash of what it says: no process and no time is in it."""
    rules = (
        rule("down", "state-mismatch", notify=["ops", "audit"]),
        rule("errors", "new-error", notify=["ops", "audit"]),
    )
    plain = [n.id for n in script(World(*rules), restart=False)]
    later = World(*rules)
    later.waits("5h")
    assert plain == [n.id for n in script(later, restart=True)]
    assert len(plain) == len(set(plain)) > 10


def test_an_id_hashes_each_part_for_itself() -> None:
    """Parts that run together differently give another id."""
    assert digest("a", "bc") != digest("ab", "c")
    assert 32 == len(digest("a", None, 1))


def test_places_are_told_with_the_job() -> None:
    """Project and labels are those of the file now."""
    world = World(file=plan(rule("down", "state-mismatch"), labels={"team": "orders"}))
    world.reads(FAILED)
    notification = world.last[0]
    assert ("flink", {"team": "orders"}) == (notification.project, dict(notification.labels))
    assert "state-mismatch.firing" == notification.type
    assert Reason.BEGAN is notification.reason
