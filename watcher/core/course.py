"""How the input delay of one job has gone lately; only memory keeps it, while it matters."""

from __future__ import annotations

from datetime import datetime

import msgspec

from watcher.core.trend import Sample


class Still(msgspec.Struct, frozen=True, gc=False):
    """A delay (ms) that has stood still since the reading at `since`.

    That reading was the `first`th answer to `request`, so that the later ones need no counting.
    """

    value: int
    since: datetime
    request: tuple[str, str, str]
    first: int

    def polls(self, request: tuple[str, str, str], answer: int) -> int | None:
        """How many answers were the same, now that there were so many to this request.

        `None` where another request asks for the job by now, whose answers count otherwise.
        """
        same = request == self.request and answer >= self.first
        return answer - self.first + 1 if same else None


class Course(msgspec.Struct, frozen=True, gc=False):
    """The delays of a job that is too far behind, and since when its delay has stood still."""

    samples: tuple[Sample, ...] = ()
    still: Still | None = None
