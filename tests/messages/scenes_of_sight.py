"""What is told of the watcher's own sight and voice: sources, channels, its store."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tests.messages.sample import HOUR, MINUTE, SECOND, Sample
from tests.messages.samples import BEGAN_AT, ENGLISH, ended, notify
from watcher.channels.dingtalk import CODES, SECURITY
from watcher.channels.outcomes import CLASSES, STATUSES
from watcher.channels.slack import WORDS
from watcher.core.event import Facts, Kind
from watcher.core.reading import Cause
from watcher.store.faults import CAUSES


def blindnesses() -> Iterator[Sample]:
    good, said = BEGAN_AT - 10 * SECOND, "HTTP 403 Code: Message (RequestId 4F2A)"
    for cause in Cause:
        facts = Facts(cause=cause, detail=said, affected=100, total=100, last_good_at=good)
        yield Sample(f"all, {cause}", notify(Kind.BLIND, facts=facts))
    late = "no answer from foas.example.com:443 within 10s"
    some = Facts(affected=40, total=100, last_good_at=good, cause=Cause.TIMEOUT, detail=late)
    yield Sample("some", notify(Kind.BLIND, facts=some))
    never = Facts(cause=Cause.DNS, affected=3, total=3)
    yield Sample("never seen", notify(Kind.BLIND, facts=never))
    listing = Facts(cause=Cause.LISTING, affected=0, total=5, last_good_at=good)
    yield Sample("listing", notify(Kind.BLIND, facts=listing))
    for way, ahead in (("fast", HOUR), ("slow", -905 * SECOND)):
        clock = msgspec.structs.replace(some, cause=Cause.CLOCK, clock_ahead=ahead)
        yield Sample(f"clock {way}", notify(Kind.BLIND, facts=clock))
        over = Facts(cause=Cause.CLOCK, clock_ahead=ahead)
        yield Sample(f"over, clock {way}", ended(Kind.BLIND, facts=over))
    for cause in Cause:
        yield Sample(f"over, {cause}", ended(Kind.BLIND, facts=Facts(cause=cause)))
    yield Sample("nothing known", notify(Kind.BLIND, facts=Facts()))
    yield Sample("absorbed", ended(Kind.BLIND, absorbed=True))


def frozen() -> Iterator[Sample]:
    yield Sample("frozen", notify(Kind.FROZEN, facts=Facts(answers=60, total=100)))
    yield Sample("absorbed", ended(Kind.FROZEN, absorbed=True))


def _refusals() -> Iterator[str]:
    """The keys of what a receiver's answers can mean, each once."""
    known = (*CODES.values(), *WORDS.values(), *STATUSES.values(), *CLASSES.values())
    keys = (key for _, key in known if key)
    unknown = ("rejected.unknown", "retry.garbled")
    return iter(dict.fromkeys((*keys, *(key for _, key in SECURITY), *unknown)))


def undeliverables() -> Iterator[Sample]:
    for key in _refusals():
        said = ENGLISH.say("outcome.detail", words=ENGLISH.say(key), said="310000 its words")
        facts = Facts(cause="refused", detail=said, affected=17)
        yield Sample(key, notify(Kind.UNDELIVERABLE, facts=facts))
    for cause in ("late", "retry", "throttled", "rejected", "too-long"):
        facts = Facts(cause=cause, affected=1)
        yield Sample(f"cause {cause}", notify(Kind.UNDELIVERABLE, facts=facts))
    yield Sample("absorbed", ended(Kind.UNDELIVERABLE, absorbed=True))


def unwritables() -> Iterator[Sample]:
    for cause in CAUSES:
        facts = Facts(cause=f"store-{cause}", detail=f"/var/lib/watcher/watcher.db: {cause}")
        yield Sample(cause, notify(Kind.UNWRITABLE, facts=facts))
    yield Sample("absorbed", ended(Kind.UNWRITABLE, absorbed=True))


def refusals() -> Iterator[Sample]:
    faults = (
        'rules.toml:12: rules[0].severity: found "grave", allowed: critical, error, warning, info',
        'rules.toml:15: rules[0].fro: no such key; did you mean "for"?',
    )
    one = Facts(detail=faults[0], total=1)
    yield Sample("one fault", notify(Kind.CONFIG_REFUSED, facts=one))
    some = Facts(detail="\n".join(faults), total=2)
    yield Sample("some faults", notify(Kind.CONFIG_REFUSED, facts=some))
    many = Facts(detail="\n".join(faults * 10), total=2000)
    yield Sample("many faults", notify(Kind.CONFIG_REFUSED, facts=many))
    gone = Facts(detail="rules.toml: cannot be read: No such file or directory", total=1)
    yield Sample("no file", notify(Kind.CONFIG_REFUSED, facts=gone))
    yield Sample("absorbed", ended(Kind.CONFIG_REFUSED, absorbed=True))


def reconciliations() -> Iterator[Sample]:
    seen = BEGAN_AT - 26 * MINUTE
    yield Sample("nothing changed", notify(Kind.RECONCILED, facts=Facts(last_good_at=seen)))
    some = Facts(
        restarted=("orders_1", "orders_2"), down=("payments",), errors=("a", "b"), last_good_at=seen
    )
    yield Sample("changes", notify(Kind.RECONCILED, facts=some))
    many = msgspec.structs.replace(some, restarted=tuple(f"job_{n}" for n in range(30)))
    yield Sample("many changes", notify(Kind.RECONCILED, facts=many))
