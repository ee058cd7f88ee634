"""What an HTTP status, or the lack of any answer, means for a delivery."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from watcher.core.outcome import Fate, Outcome
from watcher.core.reading import Cause
from watcher.messages import plain
from watcher.messages.cut import cut_chars
from watcher.messages.wording import Wording
from watcher.ports import HttpAnswer, TransportError
from watcher.retry_after import parse_retry_after
from watcher.telemetry.redaction import Redactor

LONGEST_WAIT: Final = timedelta(hours=1)
"""A receiver that asks for more is asked again after this: a delivery does not live for ever."""
EXCERPT_CHARACTERS: Final = 200
_SHORTEST_SECRET: Final = 5

STATUSES: Final = MappingProxyType(
    {
        401: (Fate.REFUSED, "refusal.unauthorized"),
        403: (Fate.REFUSED, "refusal.forbidden"),
        404: (Fate.REFUSED, "refusal.not-found"),
        407: (Fate.REFUSED, "refusal.proxy"),
        408: (Fate.RETRY, "retry.status"),
        409: (Fate.REJECTED, "rejected.conflict"),
        410: (Fate.REFUSED, "refusal.gone"),
        413: (Fate.TOO_LONG, "too-long"),
        425: (Fate.RETRY, "retry.status"),
        429: (Fate.THROTTLED, "throttle"),
        501: (Fate.REFUSED, "refusal.not-implemented"),
        505: (Fate.REFUSED, "refusal.not-implemented"),
    }
)
"""Statuses that mean something of their own; the others go by their first digit.

409 may mean that the receiver has this id already, but does not say so: what is not said to be
delivered is not, and asking again would give the same.  407, 501 and 505 do not depend on the
message, so they are the channel's matter and cost no message its life.
"""

CLASSES: Final = MappingProxyType(
    {
        1: (Fate.RETRY, "retry.garbled"),
        2: (Fate.DELIVERED, ""),
        3: (Fate.REFUSED, "refusal.redirect"),
        4: (Fate.REJECTED, "rejected"),
        5: (Fate.RETRY, "retry.status"),
    }
)

UNREACHABLE: Final = MappingProxyType(
    {
        Cause.ADDRESS: Fate.REFUSED,
        Cause.REDIRECT: Fate.REFUSED,
        Cause.REFUSED: Fate.REFUSED,
        Cause.PERMISSION: Fate.REFUSED,
        Cause.CREDENTIALS: Fate.REFUSED,
    }
)
"""Failures of transport that no retry mends; every other one is tried again."""


def by_status(answer: HttpAnswer, now: datetime, words: Wording) -> Outcome:
    """What the status alone says; a retry that names its time (Retry-After) is a throttle."""
    fate, key = STATUSES.get(
        answer.status, CLASSES.get(answer.status // 100, (Fate.RETRY, "retry.garbled"))
    )
    wait = retry_after(answer, now)
    if fate is Fate.RETRY and wait is not None:
        fate = Fate.THROTTLED
    return Outcome(
        fate=fate,
        detail=words.say("outcome.detail", words=words.say(key), said=f"HTTP {answer.status}")
        if key
        else "",
        status=answer.status,
        retry_after=wait if fate is Fate.THROTTLED else None,
    )


def succeeded(answer: HttpAnswer) -> bool:
    """Whether the status is one of success; for a chat that is not yet a delivery."""
    return CLASSES.get(answer.status // 100, (Fate.RETRY, ""))[0] is Fate.DELIVERED


def retry_after(answer: HttpAnswer, now: datetime) -> timedelta | None:
    """How long the receiver asks us to wait, at most an hour; `None` where it does not say."""
    wait = parse_retry_after(answer.headers.get("retry-after"), now)
    return None if wait is None else min(wait, LONGEST_WAIT)


def unreachable(error: TransportError) -> Outcome:
    """The outcome of an attempt that got no whole answer."""
    return Outcome(
        fate=UNREACHABLE.get(error.cause, Fate.RETRY), detail=plain.one_line(error.detail)
    )


def robot_name(kind: str, token: str) -> str:
    """A name for a receiver that shows nothing of its token: equal tokens give equal names."""
    return f"{kind}:{sha256(token.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def secrets_of(url: str, *others: str) -> tuple[str, ...]:
    """Every text that must not be shown: the address, parts that may be tokens, and `others`."""
    parts = urlsplit(url)
    rests = [url, url.removeprefix(f"{parts.scheme}://{parts.netloc}"), parts.path, parts.query]
    pieces = [piece for piece in parts.path.split("/") if len(piece) > _SHORTEST_SECRET]
    values = [value for _, value in parse_qsl(parts.query)]
    values += [pair.partition("=")[2] for pair in parts.query.split("&")]
    found = {text for text in (*rests, *pieces, *values, *others) if len(text) >= _SHORTEST_SECRET}
    found |= {unquote(text) for text in found}
    return tuple(sorted(found, key=len, reverse=True))


def excerpt(text: str | bytes, secrets: Iterable[str]) -> str:
    """The beginning of what a receiver said, on one line, with secrets that it echoes masked.

    Masked as it is shown: what is not seen could stand inside a secret until it is taken out.
    """
    start = text[: 20 * EXCERPT_CHARACTERS]
    line = plain.one_line(start if isinstance(start, str) else start.decode("utf-8", "replace"))
    return cut_chars(Redactor(secrets).redact(line), EXCERPT_CHARACTERS)
