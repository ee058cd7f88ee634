"""Polls one project of FOAS: splits, asks, tries again what may pass, and names what failed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase
from http import HTTPStatus
from itertools import count, repeat
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
import msgspec

from watcher.core.reading import Cause, Listing, Outage, Snapshot
from watcher.core.span import format_span
from watcher.ports import Clock, HttpAnswer, Request, TransportError, Wire
from watcher.sources.foas.errors import Refusal, carries_error, judge_refusal
from watcher.sources.foas.lenient import UnreadableError
from watcher.sources.foas.request import Call, FoasRequest, Project, Seal
from watcher.sources.foas.wire import ListingPage, read_listing_page, read_run_summaries

if TYPE_CHECKING:
    from tenacity import RetryCallState

T = TypeVar("T")

LARGEST_ANSWER: Final = 8 * 1024 * 1024
"""Bytes of one answer: a hundred jobs with an 80 kB stack trace each."""

PAGE_SIZE: Final = 100
MOST_PAGES: Final = 1_000

FIRST_WAIT: Final = timedelta(milliseconds=200)
LONGEST_WAIT: Final = timedelta(seconds=5)
SHORTEST_TRY: Final = timedelta(milliseconds=200)
"""No try begins with less time than this; it could not end."""

LONGEST_PEACE: Final = timedelta(minutes=5)
"""How long a server's wish to be left alone is obeyed; a slip of theirs must not blind us."""

LOST_ON_THE_WAY: Final = frozenset({Cause.DNS, Cause.CONNECTION, Cause.TIMEOUT, Cause.GARBLED})
"""Causes of a `TransportError` that may be gone at the next try."""


class Settings(msgspec.Struct, frozen=True):
    """How a source asks; `timeout` bounds one try, the caller's `within` all of them together."""

    project: str
    timeout: timedelta = timedelta(seconds=10)
    batch_size: int = 100
    concurrency: int = 8
    max_bytes: int = LARGEST_ANSWER


class _FailedTry(Exception):  # noqa: N818 - it is control flow inside this module
    """One try gave nothing that can be judged."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


class FoasSource:
    """`ports.Source` for one project of FOAS."""

    def __init__(self, name: str, settings: Settings, seal: Seal, wire: Wire, clock: Clock) -> None:
        """Ask as `settings` say, signed with `seal`, over `wire`."""
        self.name = name
        self._settings = settings
        self._seal = seal
        self._project = Project(seal.endpoint, settings.project)
        self._wire = wire
        self._clock = clock
        self._slots = anyio.Semaphore(settings.concurrency, fast_acquire=True)
        # Unique is enough; a random beginning and a count are cheaper than a draw for each request.
        self._nonces = map("{}{:016x}".format, repeat(secrets.token_hex(8)), count())
        self._peace_until = 0.0
        self._peace_cause = Cause.THROTTLED

    def __repr__(self) -> str:
        """The source's name."""
        return f"FoasSource({self.name!r})"

    def requests(self, job_type: str, names: Sequence[str]) -> Sequence[Request]:
        """Split names by batch size and by the length of the request line (8 KiB)."""
        return tuple(self._project.batch(job_type, names, self._settings.batch_size))

    async def read(self, request: Request, *, within: timedelta) -> Snapshot | Outage:
        """Ask for one request's jobs; a failure of any kind is an outage of its names."""
        job_type, names = request.job_type, request.names
        if isinstance(request, FoasRequest):
            call = request.call
        else:
            call = self._project.summary_call(job_type, names)
        try:
            runs = await self._ask(call, read_run_summaries, self._deadline(within))
        except _FailedTry as failed:
            return self._outage(job_type, names, failed.refusal)
        return Snapshot(self.name, job_type, names, runs)

    async def discover(
        self, job_type: str, patterns: Sequence[str], *, within: timedelta
    ) -> Listing | Outage:
        """List all pages of ListJob and match the committed jobs, or say why there is no listing.

        Jobs whose name holds a comma are left out: the API cannot be asked for them.
        """
        try:
            names = await self._list_committed(job_type, self._deadline(within))
        except _FailedTry as failed:
            return self._outage(job_type, (), failed.refusal, listing=True)
        found = (n for n in names if "," not in n and any(fnmatchcase(n, p) for p in patterns))
        return Listing(self.name, job_type, tuple(found))

    def _outage(
        self, job_type: str, names: Sequence[str], refusal: Refusal, *, listing: bool = False
    ) -> Outage:
        return Outage(
            source=self.name,
            job_type=job_type,
            asked=names,
            cause=refusal.cause,
            detail=f"listing the jobs failed: {refusal.detail}" if listing else refusal.detail,
            listing=listing,
            clock_ahead=refusal.clock_ahead,
        )

    async def _list_committed(self, job_type: str, deadline: float) -> list[str]:
        listed: dict[str, bool] = {}
        rows, total = 0, None
        for number in range(1, MOST_PAGES + 1):
            call = self._project.listing_call(job_type, number, PAGE_SIZE)
            page = await self._ask(call, read_listing_page, deadline)
            _check_total(page, total)
            listed |= {job.name: job.committed for job in page.jobs}
            rows, total = rows + len(page.jobs), page.total
            if rows >= total or not page.jobs:
                break
        if len(listed) != total:
            raise _listing_fault(f"ListJob listed {len(listed)} jobs of {total}")
        return [name for name, committed in listed.items() if committed]

    def _deadline(self, within: timedelta) -> float:
        return self._clock.monotonic() + within.total_seconds()

    async def _ask(self, call: Call, read: Callable[[HttpAnswer], T], deadline: float) -> T:
        """The first try stands outside of tenacity, so that it costs nothing while all is well."""
        try:
            return await self._try(call, read, deadline)
        except _FailedTry as first:
            if not first.refusal.retryable:
                raise
            return await self._try_again(first, call, read, deadline)

    async def _try_again(
        self, first: _FailedTry, call: Call, read: Callable[[HttpAnswer], T], deadline: float
    ) -> T:
        untold, latest = [first], first

        async def attempt() -> T:
            nonlocal latest
            if untold:
                raise untold.pop()
            left = timedelta(seconds=deadline - self._clock.monotonic())
            try:
                return await self._try(call, read, deadline)
            except _FailedTry as failed:
                if failed.refusal.cause is Cause.TIMEOUT and left < self._settings.timeout:
                    # Cut short by the poll's end, it says less than what was answered before it.
                    raise latest from None
                latest = failed
                raise

        # Imported at a first failure only: most starts have none, and shall be quick.
        from tenacity import AsyncRetrying  # noqa: PLC0415

        retrying = AsyncRetrying(
            retry=_may_pass,
            wait=self._wait,
            stop=lambda state: self._too_late(state, deadline),
            sleep=self._sleep,
            reraise=True,
        )
        return await retrying(attempt)

    async def _try(self, call: Call, read: Callable[[HttpAnswer], T], deadline: float) -> T:
        """One signed request, judged; the wait for a slot and for peace is part of its time."""
        if self._peace_until > self._clock.monotonic():
            await self._keep_peace(deadline)
        try:
            self._slots.acquire_nowait()
        except anyio.WouldBlock:
            await self._wait_for_slot(deadline)
        try:
            left = timedelta(seconds=deadline - self._clock.monotonic())
            if left <= timedelta(0):
                raise _FailedTry(Refusal(Cause.TIMEOUT, "no time was left to ask"))
            answer = await self._fetch(call, min(left, self._settings.timeout))
        finally:
            self._slots.release()
        return self._judge(answer, read)

    async def _wait_for_slot(self, deadline: float) -> None:
        with anyio.move_on_after(max(deadline - self._clock.monotonic(), 0.0)) as wait:
            await self._slots.acquire()
        if wait.cancelled_caught:
            words = f"{self._settings.concurrency} requests of this source are still unanswered"
            raise _FailedTry(Refusal(Cause.TIMEOUT, words))

    async def _fetch(self, call: Call, within: timedelta) -> HttpAnswer:
        signed = self._seal.sign(call, self._clock.now(), next(self._nonces))
        try:
            return await self._wire.fetch(signed, within=within, max_bytes=self._settings.max_bytes)
        except TransportError as error:
            raise self._failed(
                Refusal(error.cause, error.detail, retryable=error.cause in LOST_ON_THE_WAY)
            ) from None

    def _judge(self, answer: HttpAnswer, read: Callable[[HttpAnswer], T]) -> T:
        if answer.status == HTTPStatus.OK:
            try:
                return read(answer)
            except UnreadableError as error:
                if not carries_error(answer):
                    words = f"the answer (HTTP 200, {len(answer.body)} bytes) is {error}"
                    raise self._failed(Refusal(Cause.GARBLED, words)) from None
        raise self._failed(judge_refusal(answer, self._clock.now()))

    def _failed(self, refusal: Refusal) -> _FailedTry:
        """The failure without secrets; its wish to be left alone holds for the whole source."""
        if refusal.retry_after is not None:
            peace = min(refusal.retry_after, LONGEST_PEACE).total_seconds()
            self._peace_until = max(self._peace_until, self._clock.monotonic() + peace)
            self._peace_cause = refusal.cause
        detail = self._seal.credentials.redact(refusal.detail)
        return _FailedTry(msgspec.structs.replace(refusal, detail=detail))

    async def _keep_peace(self, deadline: float) -> None:
        left = self._peace_until - self._clock.monotonic()
        if self._peace_until + SHORTEST_TRY.total_seconds() > deadline:
            span = format_span(timedelta(milliseconds=round(left * 1000)))
            words = f"the API asked to be left alone, for another {span}"
            raise _FailedTry(Refusal(self._peace_cause, words))
        await self._clock.sleep(timedelta(seconds=left))

    async def _sleep(self, seconds: float) -> None:
        await self._clock.sleep(timedelta(seconds=seconds))

    def _wait(self, state: RetryCallState) -> float:
        """Seconds: doubling from 0.2 to 5 with jitter, or what the server asks for if longer."""
        doubled = FIRST_WAIT * (1 << min(state.attempt_number - 1, 10))
        jittered = min(doubled, LONGEST_WAIT) * (0.5 + self._clock.jitter() / 2)
        asked = _refusal_of(state).retry_after or timedelta(0)
        return max(jittered, asked).total_seconds()

    def _too_late(self, state: RetryCallState, deadline: float) -> bool:
        ends = self._clock.monotonic() + state.upcoming_sleep + SHORTEST_TRY.total_seconds()
        return ends > deadline


def _refusal_of(state: RetryCallState) -> Refusal:
    error = state.outcome.exception() if state.outcome else None
    return error.refusal if isinstance(error, _FailedTry) else Refusal(Cause.REFUSED, "")


def _may_pass(state: RetryCallState) -> bool:
    refusal = _refusal_of(state)
    return refusal.retryable and not (refusal.once and state.attempt_number > 1)


def _check_total(page: ListingPage, before: int | None) -> None:
    if before is not None and page.total != before:
        raise _listing_fault("the number of jobs changed while they were listed")


def _listing_fault(words: str) -> _FailedTry:
    return _FailedTry(Refusal(Cause.LISTING, words))
