"""What people keep quiet now: the silences in force and the windows that are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from watcher.cli.look import read
from watcher.cli.silence import as_data, show_silences
from watcher.cli.tables import print_table
from watcher.core.window import Window, opened_at, openings

if TYPE_CHECKING:
    from watcher.config.glance import Glance
    from watcher.store.queries import Reader
    from watcher.store.silences import Heard


class OpenWindow(msgspec.Struct, frozen=True):
    """A window of the file that is open, since and until when, and what it has hidden since."""

    name: str
    about: str
    since: datetime
    until: datetime | None
    hidden: int


class QuietNow(msgspec.Struct, frozen=True):
    """All of it at one time."""

    now: datetime
    silences: tuple[Heard, ...]
    windows: tuple[OpenWindow, ...]

    def as_data(self) -> dict[str, object]:
        """The same for JSON, by the names of the tables."""
        silences = [{**as_data(s.silence, self.now), "hidden": s.hidden} for s in self.silences]
        return {"silences": silences, "windows": self.windows}

    def show(self, when: Callable[[datetime | None], str | None]) -> None:
        """A table of each, where there is anything to show."""
        if self.silences:
            show_silences(self.silences, when, self.now)
        if self.windows:
            print_table(
                "windows that are open",
                ("window", "about", "since", "until", "hidden"),
                [(w.name, w.about, when(w.since), when(w.until), w.hidden) for w in self.windows],
            )


def quiet_now(config: str | None, seen: Glance, silences: Sequence[Heard]) -> QuietNow:
    """What is kept quiet now, of all the silences that are kept and of the file's windows."""
    from watcher.clock import SystemClock

    now = SystemClock().now()
    found = [(w, begun) for w in seen.windows if (begun := opened_at(w.schedule, now)) is not None]
    windows = _counted(config, found, now) if found else ()
    return QuietNow(now, tuple(one for one in silences if one.silence.holds(now)), windows)


def _counted(
    config: str | None, found: Sequence[tuple[Window, datetime]], now: datetime
) -> tuple[OpenWindow, ...]:
    from watcher.messages.terms import describe_match

    async def count(reader: Reader) -> list[int]:
        return [await reader.hidden_by(window.name, begun) for window, begun in found]

    _, hidden = read(config, count)
    return tuple(
        OpenWindow(
            window.name,
            describe_match(window.match) or "everything",
            begun,
            next(openings(window.schedule, now)).ends_at,
            number,
        )
        for (window, begun), number in zip(found, hidden, strict=True)
    )
