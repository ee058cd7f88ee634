"""What can go wrong with the simulated API, for whom, and for how long.

A fault is of one of three families. A *failure* takes the answer's place, a *manner* is how a good
answer is sent, a *quirk* is what a good answer looks like. Of the failures that match a request the
one added first happens; manners and quirks happen together.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Final

from watcher.simulator.job import Job


class FaultKind(StrEnum):
    """Every way to misbehave; the values are the words of scenario files."""

    THROTTLE = "throttle"
    """400 Throttling.User; may bear x-acs-retry-after (ms) and Retry-After (s)."""
    UNAVAILABLE = "unavailable"
    """503 ServiceUnavailable."""
    INTERNAL_ERROR = "internal-error"
    """500 InternalError."""
    FORBIDDEN = "forbidden"
    """403 Forbidden.RAM."""
    TOKEN_EXPIRED = "token-expired"  # noqa: S105 - a word, no secret
    """400 InvalidSecurityToken.Expired."""
    ERROR = "error"
    """The `status`, `code` and `message` that the fault names."""
    XML_ERROR = "xml-error"
    """As `error` (503 ServiceUnavailable by default), in XML whatever was asked for."""
    BAD_GATEWAY = "bad-gateway"
    """An HTML page with status 502."""
    REDIRECT = "redirect"
    """302 to `location`, by default to a page of this server that counts who comes."""
    HUGE = "huge"
    """A run summary whose error text is `size` bytes long, in chunks, without Content-Length."""
    EMPTY_BODY = "empty-body"
    """200 without any body."""
    NOT_JSON = "not-json"
    """200, application/json, and a body that is none."""
    DISCONNECT = "disconnect"
    """The connection closes without an answer."""

    HANG = "hang"
    """No answer until it is released, cleared or its time is over; then a good one."""
    SLOW = "slow"
    """A good answer after `delay`."""
    TRUNCATED = "truncated"
    """The first half of a good body under the whole's Content-Length, then the connection ends."""
    GZIP = "gzip"
    """Content-Encoding: gzip, whether asked for or not."""
    WRONG_CONTENT_TYPE = "wrong-content-type"
    """A good body called `content_type`, by default text/html."""

    NUMBERS_AS_STRINGS = "numbers-as-strings"
    """"Id":"177474"."""
    NULLS = "nulls"
    """`fields` are null."""
    EMPTY_STRINGS = "empty-strings"
    """`fields` are ""."""
    ABSENT_FIELDS = "absent-fields"
    """`fields` are not there."""
    LOWER_CAMEL = "lower-camel"
    """runSummarys, jobName, requestId."""
    SINGLE_OBJECT = "single-object"
    """One object where the list should be, if there is only one."""
    BARE_LIST = "bare-list"
    """"RunSummarys":[…], without the inner wrapper."""
    EMPTY_OBJECT = "empty-object"
    """{} is the whole answer."""
    EMPTY_LIST = "empty-list"
    """"RunSummarys":{"RunSummary":[]}, and of ListJob the counts as if all were there."""
    SENTINEL_DELAY = "sentinel-delay"
    """InputDelay is -99999999."""
    UNKNOWN_STATE = "unknown-state"
    """ActualState is `state`, by default MIGRATING."""
    FROZEN = "frozen"
    """Jobs are told as they were when the fault began."""
    HALF = "half"
    """Only the first half of the jobs is in the answer."""


MANNERS: Final = frozenset(
    {
        FaultKind.HANG,
        FaultKind.SLOW,
        FaultKind.TRUNCATED,
        FaultKind.GZIP,
        FaultKind.WRONG_CONTENT_TYPE,
    }
)
QUIRKS: Final = frozenset(
    {
        FaultKind.NUMBERS_AS_STRINGS,
        FaultKind.NULLS,
        FaultKind.EMPTY_STRINGS,
        FaultKind.ABSENT_FIELDS,
        FaultKind.LOWER_CAMEL,
        FaultKind.SINGLE_OBJECT,
        FaultKind.BARE_LIST,
        FaultKind.EMPTY_OBJECT,
        FaultKind.EMPTY_LIST,
        FaultKind.SENTINEL_DELAY,
        FaultKind.UNKNOWN_STATE,
        FaultKind.FROZEN,
        FaultKind.HALF,
    }
)
FAILURES: Final = frozenset(FaultKind) - MANNERS - QUIRKS

OPTIONAL_FIELDS: Final = ("InputDelay", "EngineJobHandler", "LastErrorMessage", "LastErrorTime")
HUGE_SIZE: Final = 50_000_000


@dataclass(frozen=True, slots=True)
class Fault:
    """A misbehaviour and its scope; what is None holds for all.

    `job` limits it to requests that ask for that very name. It ends after `requests` requests or
    when `lasts` is over, or when it is cleared. The rest are parameters of single kinds.
    """

    kind: FaultKind
    operation: str | None = None
    project: str | None = None
    job: str | None = None
    requests: int | None = None
    lasts: timedelta | None = None
    retry_after: timedelta | None = None
    acs_retry_after: timedelta | None = None
    delay: timedelta = timedelta(seconds=1)
    size: int = HUGE_SIZE
    status: int = 503
    code: str = "ServiceUnavailable"
    message: str = "The request has failed due to a temporary failure of the server."
    location: str | None = None
    content_type: str = "text/html;charset=utf-8"
    fields: tuple[str, ...] = OPTIONAL_FIELDS
    state: str = "MIGRATING"

    def concerns(self, operation: str, project: str, names: Iterable[str]) -> bool:
        """Return whether it happens to a request of that operation for those jobs."""
        return (
            self.operation in (None, operation)
            and self.project in (None, project)
            and (self.job is None or self.job in names)
        )


@dataclass(frozen=True, slots=True)
class ActiveFault:
    """A fault in force: its number, its end (seconds since 1970), and what it froze."""

    number: int
    fault: Fault
    until: float | None
    frozen: Mapping[tuple[str, str], Job] | None = None


@dataclass(frozen=True, slots=True)
class Misfortune:
    """The faults that happen to one request."""

    failure: Fault | None = None
    manners: tuple[ActiveFault, ...] = ()
    quirks: tuple[ActiveFault, ...] = ()

    @property
    def outcome(self) -> str:
        """The kinds in one word for the counters: "ok" if there are none."""
        if self.failure is not None:
            return self.failure.kind
        return "+".join(active.fault.kind for active in self.manners + self.quirks) or "ok"

    def manner(self, kind: FaultKind) -> ActiveFault | None:
        """Return the manner of that kind, if the answer has it."""
        return next((active for active in self.manners if active.fault.kind is kind), None)

    @property
    def frozen(self) -> Mapping[tuple[str, str], Job] | None:
        """The jobs as a `frozen` fault keeps them, by project and name."""
        return next((active.frozen for active in self.quirks if active.frozen is not None), None)


NO_MISFORTUNE: Final = Misfortune()


class FaultBoard:
    """The faults in force, and the requests that a `hang` holds."""

    def __init__(self) -> None:
        self._active: list[ActiveFault] = []
        self._held: list[tuple[ActiveFault, asyncio.Event]] = []
        self._last_number = 0

    def add(
        self, fault: Fault, now: float, frozen: Mapping[tuple[str, str], Job] | None = None
    ) -> int:
        """Put a fault in force at `now` (seconds since 1970); return its number."""
        self._last_number += 1
        until = None if fault.lasts is None else now + fault.lasts.total_seconds()
        self._active.append(ActiveFault(self._last_number, fault, until, frozen))
        return self._last_number

    def active(self, now: float) -> tuple[ActiveFault, ...]:
        """Return the faults in force at `now`, the oldest first."""
        if not self._active:
            return ()
        self._active = [one for one in self._active if one.until is None or one.until > now]
        return tuple(self._active)

    def take(self, operation: str, project: str, names: Iterable[str], now: float) -> Misfortune:
        """Return what happens to a request, and count it against faults that last `requests`."""
        matching = [
            one for one in self.active(now) if one.fault.concerns(operation, project, names)
        ]
        if not matching:
            return NO_MISFORTUNE
        if failure := next((one for one in matching if one.fault.kind in FAILURES), None):
            self._use(failure)
            return Misfortune(failure=failure.fault)
        for one in matching:
            self._use(one)
        return Misfortune(
            manners=tuple(one for one in matching if one.fault.kind in MANNERS),
            quirks=tuple(one for one in matching if one.fault.kind in QUIRKS),
        )

    def clear(self, kind: FaultKind | None = None) -> None:
        """End the faults of that kind, or all; the requests that they hold go on."""
        self._end(lambda one: kind in (None, one.fault.kind))

    def remove(self, number: int) -> None:
        """End the fault of that number; the requests that it holds go on."""
        self._end(lambda one: one.number == number)

    @property
    def held(self) -> int:
        """How many requests are held back at this moment by `hang` or `slow`."""
        return len(self._held)

    @contextmanager
    def holding(self, by: ActiveFault) -> Iterator[asyncio.Event]:
        """Give an event that is set when the request held back by that fault may go on."""
        entry = (by, asyncio.Event())
        self._held.append(entry)
        try:
            yield entry[1]
        finally:
            self._held.remove(entry)

    def _end(self, ends: Callable[[ActiveFault], bool]) -> None:
        self._active = [one for one in self._active if not ends(one)]
        for by, event in self._held:
            if ends(by):
                event.set()

    def _use(self, used: ActiveFault) -> None:
        left = used.fault.requests
        if left is None:
            return
        position = self._active.index(used)
        if left <= 1:
            del self._active[position]
        else:
            fault = replace(used.fault, requests=left - 1)
            self._active[position] = replace(used, fault=fault)
