"""What an alert waits for."""

from __future__ import annotations

from datetime import timedelta

from tests.core.playbook import NOON, World, rule, run
from watcher.core.outlook import Ahead, Outlook, outlook

MINUTE = timedelta(minutes=1)


def ahead(world: World) -> list[Outlook]:
    alerts = world.state.alerts.values()
    found = [alert for some in alerts for alert in some.values()]
    return [outlook(alert, world.plan.rule(alert.rule)) for alert in found]


def test_a_pending_one_waits_until_it_has_lasted() -> None:
    """It fires when the `for` of its verdict is over."""
    world = World(rule("down", "state-mismatch", stopped="1m"))
    world.reads(run("a"))
    world.reads(run("a", "PAUSED"))
    assert [Outlook(Ahead.FIRES, NOON + MINUTE)] == ahead(world)


def test_one_that_counts_waits_for_more() -> None:
    """How many events there are, and how many it takes."""
    world = World(rule("loop", "restart", count=3, within="10m"))
    world.reads(run("a"))
    world.reads(run("a", id=2))
    assert [Outlook(Ahead.COUNTS, seen=1, count=3, within=10 * MINUTE)] == ahead(world)


def test_a_firing_one_waits_for_its_reminder_or_its_end() -> None:
    """While it is wrong it is told again; once it is right, it ends if it stays so."""
    world = World(rule("down", "state-mismatch", remind="30m", keep="2m"))
    world.reads(run("a"))
    world.reads(run("a", "FAILED"))
    assert [Outlook(Ahead.REMINDS, NOON + 30 * MINUTE)] == ahead(world)
    world.waits("1m")
    world.reads(run("a"))
    assert [Outlook(Ahead.ENDS, NOON + 3 * MINUTE)] == ahead(world)


def test_without_reminders_only_recovery_is_ahead() -> None:
    """A firing alert of a rule that does not remind just waits for the end."""
    world = World(rule("down", "state-mismatch"))
    world.reads(run("a"))
    world.reads(run("a", "FAILED"))
    assert [Outlook(Ahead.RECOVERS)] == ahead(world)


def test_a_rule_that_left_the_file_leads_nowhere() -> None:
    """Its alert ends at the next reload that finds it."""
    world = World(rule("down", "state-mismatch"))
    world.reads(run("a"))
    world.reads(run("a", "FAILED"))
    (alert,) = (one for some in world.state.alerts.values() for one in some.values())
    assert Outlook(Ahead.UNWATCHED) == outlook(alert, None)
