"""The alerts of `config-refused`: once for the same faults, `again` for others, ended by a file."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.core.playbook import World, chat, hook, plan, rule
from watcher.core.adoption import adopt
from watcher.core.refused import MOST_FAULTS
from watcher.core.rule import Rule
from watcher.core.subject import WATCHER
from watcher.core.why import Why

BUILTIN = rule("config-refused", "config-refused", "warning", builtin=True, notify=["audit", "ops"])
GRAVE = 'rules.toml:3: rules[0].severity: found "grave"'
MISSING = "rules.toml: cannot be read"


def world(*rules: Rule) -> World:
    return World(file=plan(*rules or (BUILTIN,), channels=[chat("ops"), hook("audit")]))


def said(reason: str, name: str = "config-refused") -> list[str]:
    return [f"{reason} {name} @audit", f"{reason} {name} @ops"]


def test_a_refused_file_is_told_once_until_a_sound_one() -> None:
    """The same faults again tell nothing; the end goes to all that were told."""
    found = world()
    assert said("began") == found.refuses(GRAVE)
    first = found.last[0]
    assert ("config-refused.firing", WATCHER) == (first.type, first.subject)
    assert (GRAVE, 1) == (first.event.facts.detail, first.event.facts.total)
    found.waits("10m")
    assert [] == found.refuses(GRAVE)
    assert [] == found.ticks()
    assert said("recovered") == found.reloads(file=found.plan)
    assert first.alert == found.last[0].alert
    assert [] == found.reloads(file=found.plan)


def test_changed_faults_are_told_again() -> None:
    """Whoever mends one fault and makes another one hears of that, in the same alert."""
    found = world()
    found.refuses(GRAVE)
    first = found.last[0]
    assert said("again") == found.refuses(GRAVE, MISSING)
    again = found.last[0]
    assert (first.alert, 2, f"{GRAVE}\n{MISSING}") == (
        again.alert,
        again.number,
        again.event.facts.detail,
    )
    assert [] == found.refuses(GRAVE, MISSING)


def test_it_lives_over_a_kill_and_ends_with_a_start() -> None:
    """The alert is in the store; a process that starts has a sound file."""
    found = world()
    found.refuses(GRAVE)
    first = found.last[0]
    assert said("recovered") == found.restarts(after="1m")
    assert first.alert == found.last[0].alert
    assert [] == found.restarts()


def test_it_does_not_end_when_the_store_can_be_written_again() -> None:
    """Going on after that is no reload: the faulty file is as faulty as before."""
    found = world()
    found.refuses(GRAVE)
    step = adopt(found.state, found.now, starting=True, resuming=True)
    assert () == step.notifications
    assert () == step.alerts


def test_a_removed_rule_ends_as_recovered() -> None:
    """The file that takes the rule away is a sound one: that is what is told."""
    found = world()
    found.refuses(GRAVE)
    other = rule("down", "state-mismatch")
    told = found.reloads(file=plan(other, channels=[chat("ops"), hook("audit")]))
    assert said("recovered") == told


def test_a_rule_of_ones_own_waits_and_reminds() -> None:
    """`for` and `remind_every` go by the clock, as no reading shows a file."""
    own = rule("file", "config-refused", lasts="5m", remind="1h", notify=["ops"])
    found = world(own)
    assert [] == found.refuses(GRAVE)
    assert [] == found.refuses(MISSING)
    assert [] == found.passes("4m")
    assert ["began file @ops"] == found.passes("1m")
    assert MISSING == found.last[0].event.facts.detail
    assert [] == found.passes("59m")
    assert ["reminder file @ops"] == found.passes("1m")
    assert ["recovered file @ops"] == found.reloads(file=found.plan)


def test_what_does_not_last_is_not_told() -> None:
    """A slip that is mended within `for` is nobody's trouble."""
    found = world(rule("file", "config-refused", lasts="5m"))
    found.refuses(GRAVE)
    assert [] == found.reloads(file=found.plan)
    assert [Why.DID_NOT_LAST] == found.whys()


def test_no_rule_is_a_decision() -> None:
    """Where nobody wants to hear of it, the books say so, each time."""
    found = world(rule("down", "state-mismatch"))
    for _ in range(2):
        assert [] == found.refuses(GRAVE)
        assert (["config-refused"], [Why.NO_RULE]) == (found.kinds(), found.whys())


def test_a_silence_hides_it_until_it_is_over() -> None:
    """What still lasts then is told with the newest faults."""
    found = world()
    found.silences(until="10m", kinds="config-refused")
    assert [] == found.refuses(GRAVE)
    assert [] == found.refuses(MISSING)
    found.waits("11m")
    assert said("silence-ended") == found.ticks()
    assert MISSING == found.last[0].event.facts.detail


def test_thousands_of_faults_are_cut_and_counted() -> None:
    """The store keeps some of them and how many there are."""
    found = world()
    found.refuses(*(f"rules.toml:{n}: key: {'x' * 1000}" for n in range(2000)))
    facts = found.last[0].event.facts
    lines = (facts.detail or "").splitlines()
    assert (2000, MOST_FAULTS) == (facts.total, len(lines))
    assert 300 == max(map(len, lines))


def test_ticks_write_nothing_while_nothing_changes() -> None:
    """A file that stays refused costs no transaction a second."""
    found = world()
    found.refuses(GRAVE)
    found.passes("1s")
    assert not found.step.saves
    (alert,) = found.state.alerts[WATCHER].values()
    assert msgspec.json.decode(msgspec.json.encode(alert), type=type(alert)) == alert


DEEDS = st.sampled_from(["grave", "missing", "sound", "restart", "tick"])


@given(deeds=st.lists(DEEDS, max_size=12))
def test_whatever_happens_each_refusal_is_told_once(deeds: list[str]) -> None:
    """Begins with the first fault, again only for others, ends with a sound file or a start."""
    found = world()
    faults = {"grave": GRAVE, "missing": MISSING}
    now, expected, told = "", [], []
    for deed in deeds:
        if deed in faults:
            told += found.refuses(faults[deed])
            expected += [] if now == deed else said("again" if now else "began")
            now = deed
        elif deed == "tick":
            told += found.passes("1m")
        else:
            told += found.restarts("1m") if deed == "restart" else found.reloads(file=found.plan)
            expected += said("recovered") if now else []
            now = ""
    assert expected == told
