"""What the loops ask of the edges: sources, channels, the store, the wire and the clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from watcher.core.breaker import Breaker
from watcher.core.delivery import Parcel
from watcher.core.fallback import Stranded
from watcher.core.flight import Reel
from watcher.core.in_force import InForce, Reload
from watcher.core.outcome import Outcome
from watcher.core.pace import CROWD, Limit
from watcher.core.reading import Cause, Listing, Outage, Snapshot
from watcher.core.silence import Silence
from watcher.core.step import Saved, Step

_HOST_ENDS: Final = re.compile(r"[/?#\\]")


class HttpRequest(msgspec.Struct, frozen=True):
    """One request, ready for the wire.

    `url` is already encoded and is sent as it stands.  It and `headers` may hold secrets: `repr`
    shows the method and the host only.
    """

    method: str
    url: str
    headers: Mapping[str, str] = {}
    body: bytes = b""

    def __repr__(self) -> str:
        """The method and the host; tokens live in paths, queries, headers and before an `@`."""
        scheme, _, rest = self.url.partition("://")
        host = _HOST_ENDS.split(rest, maxsplit=1)[0].rpartition("@")[2]
        return f"HttpRequest({self.method} {scheme}://{host}/…)"


class HttpAnswer(msgspec.Struct, frozen=True):
    """A whole answer: status, headers with lower-case names, body (decompressed, bounded)."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def __repr__(self) -> str:
        """The status and how much came; a receiver may echo what it was sent."""
        return f"HttpAnswer({self.status}, {len(self.body)} bytes)"


class TransportError(Exception):
    """No whole answer came: why, in one line without secrets.

    `maybe_received` says that the request may have reached its receiver (a time-out or a break
    after sending), so that a delivery may have arrived.  `head` is an answer that was larger than
    allowed, without its body.
    """

    def __init__(
        self,
        cause: Cause,
        detail: str,
        *,
        maybe_received: bool = False,
        head: HttpAnswer | None = None,
    ) -> None:
        """Keep the cause for decisions and the detail for people."""
        super().__init__(detail)
        self.head = head
        self.cause = cause
        self.detail = detail
        self.maybe_received = maybe_received


class Wire(Protocol):
    """The one HTTP client.

    It never follows redirects, bounds an answer in size (decompressed) and time, verifies TLS, and
    never shows a URL's query, path tokens or headers in what it raises.
    """

    async def fetch(self, request: HttpRequest, *, within: timedelta, max_bytes: int) -> HttpAnswer:
        """Send once and read the whole answer; raise `TransportError` where none came."""
        ...


class Clock(Protocol):
    """The time, and waiting for it.

    `now` goes on by monotonic time also where the wall is set; the one who has moved all open
    clocks lets it `follow`.
    """

    @property
    def moved(self) -> timedelta:
        """By how much `follow` has set `now` since the start."""
        ...

    def now(self) -> datetime:
        """Wall time, aware, UTC."""
        ...

    def drift(self) -> timedelta:
        """How far the machine's wall is ahead of `now` (behind where negative)."""
        ...

    def follow(self, by: timedelta) -> None:
        """Set `now` by so much."""
        ...

    def monotonic(self) -> float:
        """Seconds that never step."""
        ...

    def jitter(self) -> float:
        """A random number in [0, 1)."""
        ...

    async def sleep(self, span: timedelta) -> None:
        """Wait."""
        ...


class Request(msgspec.Struct):
    """One request that a source will make at each poll: the names it asks for together."""

    job_type: str
    names: tuple[str, ...]


class Source(Protocol):
    """An API that is polled.

    `read` and `discover` never raise for what a network or an API does: that is an `Outage`.  They
    retry what may pass, within the time they are given, signing anew at each try.
    """

    name: str

    def requests(self, job_type: str, names: Sequence[str]) -> Sequence[Request]:
        """Split names into requests that the API accepts; every name is in exactly one."""
        ...

    async def read(self, request: Request, *, within: timedelta) -> Snapshot | Outage:
        """Ask for one request's jobs: a whole answer, or an outage of its names."""
        ...

    async def discover(
        self, job_type: str, patterns: Sequence[str], *, within: timedelta
    ) -> Listing | Outage:
        """List the committed jobs that the patterns find, all pages, or say why not."""
        ...


class Channel(Protocol):
    """Where notifications go: a pure codec; one sender does the I/O for all.

    `bundles` for chats; `in_flight` bounds the sends under way; `robot` names, without any secret,
    the receiver whose `limit` is shared (two channels with one token have one robot).
    """

    name: str
    bundles: bool
    in_flight: int
    robot: str
    limit: Limit | None
    timeout: timedelta

    def encode(self, parcel: Parcel, now: datetime) -> HttpRequest:
        """The request for one attempt: id and body as at the others, signature and timestamp anew.

        Never refused for length: the text is cut to the channel's limit on a whole character.
        """
        ...

    def judge(self, answer: HttpAnswer, now: datetime) -> Outcome:
        """What the receiver said, read from status, headers and body."""
        ...


class Settlement(msgspec.Struct, frozen=True):
    """An attempt's end: `due_at` is when a delivery that must be tried again may be."""

    delivery: str
    attempt: int
    outcome: Outcome
    ended_at: datetime
    due_at: datetime

    def moved(self, by: timedelta) -> Settlement:
        """The same wait after the wall clock was set by so much."""
        return msgspec.structs.replace(self, ended_at=self.ended_at + by, due_at=self.due_at + by)


class Terms(msgspec.Struct, frozen=True):
    """On what terms a channel takes deliveries now.

    `room` is how many more attempts may begin; `breaker` replaces the saved one; `make_due` ends
    every wait for a retry (after a success); `bundle_most` bounds a bundle's members.
    After `crowd` attempts what waits for a chat goes as digests.
    `unsure_since`: before it nobody knows when attempts were made, so the window counts as full.
    """

    channel: str
    robot: str
    room: int
    limit: Limit | None
    breaker: Breaker
    bundles: bool
    make_due: bool = False
    lease_for: timedelta = timedelta(seconds=60)
    bundle_most: int = 1000
    crowd: Limit = CROWD
    unsure_since: datetime | None = None


class Turn(msgspec.Struct, frozen=True):
    """What a channel's turn gave: attempts to make now (saved as begun), and when to look again.

    `next_at` is `None` where nothing waits for a time.  `asked`: a person wants the channel tried
    now, whatever wait of ours is left.  `paced`: something is due and waits for the limit alone.
    """

    parcels: tuple[Parcel, ...]
    next_at: datetime | None
    asked: bool = False
    paced: bool = False


class Refuge(msgspec.Struct, frozen=True):
    """A channel and its fallback: a beginning that waits there since `before` has waited enough."""

    channel: str
    fallback: str
    before: datetime


class Backlog(msgspec.Struct, frozen=True):
    """How a channel stands: how much waits, since when the oldest has, and its saved breaker.

    What a person retried counts from then.  `changed`: a person changed its outbox since its last
    turn.
    """

    channel: str
    waiting: int
    oldest_made_at: datetime | None
    breaker: Breaker
    changed: bool = False


class Store(Protocol):
    """What lasts. Each method is one transaction; errors are `StoreError` with words for people."""

    async def load(self) -> Saved:
        """Everything that the core's state is made of."""
        ...

    async def commit(self, step: Step) -> None:
        """Save a Step: records, events, decisions and one outbox row for each notification.

        A notification that `absorbs` an unattempted, unbundled beginning takes in every waiting
        message of its alert on that channel that has had no attempt (they become `merged` into
        it, and it is saved with `absorbed` set).  A waiting reminder to a chat is merged into the
        alert's next one and into its end.  The texts of earlier errors, which memory does not
        keep, are filled in from what was saved before.  New errors are counted, and what is then
        known of the error that goes with a notification is filled in too.
        """
        ...

    async def turn(self, terms: Terms, settled: Sequence[Settlement], now: datetime) -> Turn:
        """Settle what ended, save the breaker, and lease what may be sent now.

        A lane is (channel, subject): at most one of its deliveries is open as leased, and a later
        one waits for every earlier one.  Taken by severity, then age.  For a channel that bundles,
        the heads of all lanes with the same group as the gravest head become one bundle, frozen
        and saved here.  An end whose alert was never told there is dropped.  Each attempt is
        saved as begun before it is given out, and only as many begin as the limit allows.  What is
        late for a chat comes with the reason: the span for which the gate was open is kept when
        `make_due` ends it.
        """
        ...

    async def release_all(self, now: datetime) -> int:
        """At a start: make what was leased due again at once; its attempts stay in doubt.

        The time since the last sign of life is kept as a reason for being late.
        """
        ...

    async def clamp(self, now: datetime) -> int:
        """Shorten what waits longer than its own span, since a clock was set back; how many."""
        ...

    async def backlogs(self) -> Sequence[Backlog]:
        """Every channel that has a row or a breaker."""
        ...

    async def silences(self, now: datetime) -> Sequence[Silence]:
        """The silences that are in force, the oldest first, also those that a command just made."""
        ...

    async def stranded(self, refuges: Sequence[Refuge], now: datetime) -> Sequence[Stranded]:
        """The grave beginnings that died lately or wait for too long, and are told nowhere else.

        A beginning that was merged into its end counts with that end; one of an alert of which the
        fallback has a message already does not.  With them come the ends that a fallback is owed:
        it was told of the beginning, and no end was decided for it.
        """
        ...

    async def dead(self) -> Mapping[str, int]:
        """How many messages of each channel are dead; one that has none may be left out."""
        ...

    async def bury(self, channels: Sequence[str], now: datetime, give_up: timedelta) -> int:
        """Kill what waits for channels that are not among those named, and what is too old.

        The age of what a person retried counts from then.
        """
        ...

    async def note_reload(self, reload: Reload, in_force: InForce | None) -> None:
        """Keep how a reload went, and what it put into force, for those who look."""
        ...

    async def prune(self, before: datetime) -> int:
        """Delete settled deliveries, their attempts, and events that are older."""
        ...

    async def probe(self, now: datetime) -> None:
        """Write a little and wait for the disk, to see whether that works."""
        ...

    async def close(self) -> None:
        """Release the file."""
        ...


class Recorder(Protocol):
    """Where the flight recorder's entries are kept, beside the store; errors are `StoreError`.

    `passed_over` are recordings that are there already and are not ours to write, in words.
    """

    passed_over: tuple[str, ...]

    async def write(self, reel: Reel, now: datetime) -> int:
        """Keep a reel whole, or nothing of it; without secrets.  How many frames that made."""
        ...

    async def prune(self, before: datetime) -> None:
        """Delete what is needed only to tell of earlier times."""
        ...

    async def close(self) -> None:
        """Release the file."""
        ...


class StoreError(Exception):
    """The store cannot be used: what happened, which file, what to do; `cause` is one word of it.

    The words for each cause are in `messages`, under `cause.store-…`.
    """

    def __init__(self, words: object, cause: str = "unusable") -> None:
        """Keep the words for the log and the cause for messages."""
        super().__init__(words)
        self.cause = cause
