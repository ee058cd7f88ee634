"""How pages say what the store keeps as values: in the reader's language and zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from string import Formatter
from typing import Final

import msgspec
from aiohttp import web

from watcher.core.alert import Hush
from watcher.core.deferral import read_deferral
from watcher.core.notification import Notification
from watcher.core.outlook import Outlook
from watcher.core.rule import Severity
from watcher.core.why import Why
from watcher.messages.bundle import render_bundle
from watcher.messages.message import Line, Message
from watcher.messages.render import summarise, why_deferred
from watcher.messages.retold import retell
from watcher.messages.wording import Language, Wording
from watcher.web.desk import DESK
from watcher.web.language import language_of
from watcher.web.tones import SEVERITIES
from watcher.web.words import TABLES, Words

NOTE: Final = "note."
"""Beginnings of the keys of sentences that the store keeps in English."""
MOST_READ: Final = 1000


class Telling(msgspec.Struct, frozen=True):
    """The words of one reader at one time; `redact` takes secrets out of what others wrote."""

    wording: Wording
    now: datetime
    redact: Callable[[str], str] = str

    @property
    def words(self) -> Words:
        """The words of the pages."""
        return Words(self.wording.language)

    def moment(self, at: datetime | None) -> str:
        """A time within a sentence."""
        return "" if at is None else self.wording.moment(at, self.now)

    def span(self, span: timedelta) -> str:
        """A span within a sentence."""
        return self.wording.span(span)

    def between(self, began: datetime, ended: datetime) -> str:
        """From when to when."""
        return self.wording.between(began, ended, self.now)

    def word(self, table: str, value: str) -> str:
        """The word for a value; one that only a newer watcher knows stays as it is."""
        return TABLES[self.wording.language].get(f"{table}.{value}", value)

    def ahead(self, outlook: Outlook) -> str:
        """What comes next for an alert."""
        return self.words.say(
            f"ahead.{outlook.ahead}",
            at=self.moment(outlook.at),
            seen=outlook.seen,
            count=outlook.count,
            within=self.span(outlook.within) if outlook.within else "?",
        )

    def hush(self, hush: Hush) -> str:
        """Which gate keeps a channel from being told, and what that waits for."""
        return self.words.say(f"hush.{hush.why}", channel=hush.channel, by=hush.by or "")

    def why(self, why: Why, by: str | None = None) -> str:
        """What became of an event."""
        said = self.words.say(f"why.{why}")
        return self.words.say("why.by", why=said, by=by) if by else said

    def note(self, text: str | None) -> str:
        """A sentence that the store keeps, told again in the reader's language."""
        told = retell(self.redact(text or ""), self.wording)
        for key, pattern in PATTERNS:
            if (found := pattern.fullmatch(told[:MOST_READ])) is not None:
                return self.words.say(key, **found.groupdict())
        return told

    def late(self, deferred: str | None) -> str:
        """Why a delivery was late, as its message says it."""
        deferral = read_deferral(deferred)
        return "" if deferral is None else self.redact(why_deferred(deferral, self.wording))

    def message(self, told: Sequence[Notification], decided_at: datetime) -> Message:
        """What a delivery says, as a chat shows it; each channel lays it out in its own way."""
        found = render_bundle(told, decided_at, self.wording)
        return msgspec.structs.replace(
            found,
            title=self.redact(found.title),
            lines=tuple(Line(line.label, self.redact(line.text)) for line in found.lines),
            members=tuple(map(self.redact, found.members)),
        )

    def summary(self, told: Notification, decided_at: datetime) -> str:
        """The same on one line."""
        return self.redact(summarise(told, decided_at, self.wording))

    def severity_tone(self, word: str | None) -> str:
        """The tone of a severity by its word."""
        return SEVERITIES[Severity[word.upper()]] if word else "quiet"


def telling_for(request: web.Request) -> Telling:
    """The words for whoever asks."""
    desk = request.app[DESK]
    return Telling(desk.wording.in_language(language_of(request)), desk.now(), desk.redact)


def _patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    """The sentences of the store, the most particular first."""
    table = TABLES[Language.ENGLISH]
    kept = [(key, text) for key, text in table.items() if key.startswith(NOTE)]
    for key, text in sorted(kept, key=lambda pair: -len(pair[1])):
        yield key, re.compile("".join(_parts(text)), re.DOTALL)


def _parts(template: str) -> Iterator[str]:
    for literal, field, _, _ in Formatter().parse(template):
        yield re.escape(literal)
        if field:
            yield f"(?P<{field}>.+?)"


PATTERNS: Final = tuple(_patterns())
