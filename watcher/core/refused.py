"""The alerts of `config-refused`: a file has faults, and the one before it stays in force."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec

from watcher.core.alert import Alert, Refusal, Signal
from watcher.core.alerting import advance, begin, end_all, gone_rule
from watcher.core.draft import Draft
from watcher.core.event import Event, Facts, Kind
from watcher.core.job import Clock
from watcher.core.rule import Rule
from watcher.core.silencing import end_recovered, take_hold
from watcher.core.speak import speak_up, tell
from watcher.core.state import State
from watcher.core.step import Step
from watcher.core.subject import WATCHER
from watcher.core.why import Why

KIND: Final = Kind.CONFIG_REFUSED
MOST_FAULTS: Final = 20
"""So many are kept with an alert and told; a file may have thousands."""

FAULT_CHARACTERS: Final = 300


def refusal_for(faults: Sequence[str]) -> Refusal:
    """What is kept of a file's faults, each in a line."""
    lines = tuple(fault[:FAULT_CHARACTERS] for fault in faults[:MOST_FAULTS])
    return Refusal(lines, len(faults))


def refuse(state: State, refusal: Refusal, now: datetime) -> Step:
    """A file was refused: told once, and `again` when its faults have changed since."""
    draft = Draft(state, now)
    _move(draft, [*_living(draft), *_begun(draft, refusal)], refusal)
    take_hold(draft)
    speak_up(draft)
    end_recovered(draft)
    return draft.step()


def watch_file(draft: Draft) -> None:
    """What time alone brings while a file is refused: what is due, reminders, opened gates."""
    _move(draft, _living(draft))


def accept(draft: Draft) -> None:
    """A sound file comes into force: what was refused before it is over."""
    event = draft.event(KIND, WATCHER)
    tell(draft, WATCHER, KIND, end_all(draft, WATCHER, KIND, Signal.SETTLED, event))


def _living(draft: Draft) -> list[Alert]:
    return draft.alerts_of(WATCHER, KIND)


def _begun(draft: Draft, refusal: Refusal) -> list[Alert]:
    """The alerts of the rules that have none yet; where no rule is for it, that is decided."""
    living, event = _living(draft), _event(draft, refusal, 0)
    rules = draft.plan.search(event)
    new = [rule for rule in rules if rule.name not in {alert.rule for alert in living}]
    if living and not new:
        return []
    since = min((alert.since for alert in living), default=draft.now)
    number = min((alert.event for alert in living), default=0) or draft.add_event(event).id
    if not rules:
        draft.decide(number, Why.NO_RULE)
    clock = Clock(since=since, event=number)
    return [begin(draft, rule, KIND, WATCHER, clock) for rule in new]


def _move(draft: Draft, alerts: Iterable[Alert], refusal: Refusal | None = None) -> None:
    """`refusal`: the newest one, where there is a new one."""
    said = []
    for alert in alerts:
        rule = draft.plan.rule(alert.rule) or gone_rule(alert)
        now = msgspec.structs.replace(alert, refusal=refusal or alert.refusal)
        event = _event(draft, now.refusal or Refusal(), alert.event)
        one = advance(draft, now, rule, _signal(draft, alert, now, rule), event)
        said += [one] if one else []
    tell(draft, WATCHER, KIND, said)


def _signal(draft: Draft, before: Alert, alert: Alert, rule: Rule) -> Signal:
    if alert.fires:
        return Signal.WRONG if alert.refusal == before.refusal else Signal.AGAIN
    lasted = draft.now - alert.since
    return Signal.DUE if lasted >= rule.span_for(KIND, None) else Signal.WRONG


def _event(draft: Draft, refusal: Refusal, event: int) -> Event:
    facts = Facts(detail="\n".join(refusal.lines) or None, total=refusal.faults)
    return draft.event(KIND, WATCHER, event, facts=facts)
