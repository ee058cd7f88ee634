"""Lets polls go first where a page is made beside them.

Both take turns at Python's interpreter, so that a page that takes 40 ms would make a poll that
much later.  Whoever makes one asks here between its steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Final

A_WHILE: Final = 0.05
"""Seconds that one wait takes at most: an API may be slow, and a person waits for the page."""


class Courtesy:
    """Whether a poll is being made now."""

    def __init__(self) -> None:
        self._polls = 0
        self._quiet = Event()
        self._quiet.set()

    @contextmanager
    def polling(self) -> Iterator[None]:
        """A poll is made while the block runs; several may be at once."""
        self._polls += 1
        self._quiet.clear()
        try:
            yield
        finally:
            self._polls -= 1
            if not self._polls:
                self._quiet.set()

    def give_way(self, times: int) -> int:
        """Wait for the end of the polls, where one is made and `times` is not used up.

        Only for threads.  Returns how often its caller may still wait.
        """
        if not times or self._quiet.is_set():
            return times
        self._quiet.wait(A_WHILE)
        return times - 1
