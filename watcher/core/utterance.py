"""What is worth saying, before it is decided who is told: it waits for the end of its Step."""

from __future__ import annotations

from typing import Final

import msgspec

from watcher.core.alert import Alert
from watcher.core.event import Event, Kind
from watcher.core.notification import Reason
from watcher.core.rule import Rule
from watcher.core.subject import Subject

ENDS: Final = frozenset({Reason.RECOVERED, Reason.PLANNED, Reason.GONE, Reason.UNWATCHED})
"""Reasons for which an alert is told for the last time."""


class Utterance(msgspec.Struct, frozen=True):
    """What one rule would say of one alert now."""

    alert: Alert
    rule: Rule
    reason: Reason
    event: Event


class Saying(msgspec.Struct, frozen=True):
    """What is worth telling of one subject and kind; `firing`: its alerts that fired just then."""

    subject: Subject
    kind: Kind
    said: tuple[Utterance, ...]
    firing: tuple[Alert, ...]


class Occurrence(msgspec.Struct, frozen=True):
    """An event that does not end, and the rules that would tell it.

    Each rule comes with the number of equal events that it held back.
    """

    event: Event
    rules: tuple[tuple[Rule, int], ...]
