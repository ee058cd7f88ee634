"""One job: how it stands, how it stood, its errors and delays, and what was told to whom."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Final

import msgspec
from aiohttp import web
from anyio import CapacityLimiter, to_thread
from markupsafe import Markup

from watcher.core.job import JobRecord
from watcher.core.past import Seen
from watcher.core.plan import Plan
from watcher.core.rule import Rule
from watcher.core.subject import Subject, job_subject
from watcher.messages.times import error_at
from watcher.messages.wording import Wording
from watcher.ports import StoreError
from watcher.store.history import Place
from watcher.store.views.job import near_names, read_job
from watcher.store.views.past import JobPast, Kept, read_past
from watcher.web.axis import Times
from watcher.web.chart import Limit, draw_delays
from watcher.web.desk import DESK, WAITS, Desk
from watcher.web.language import language_of
from watcher.web.rendering import page
from watcher.web.spans import Sort, Span, spans_of
from watcher.web.timeline import draw_spans
from watcher.web.tones import OUTBOX, PHASES, state_tone
from watcher.web.words import Words

RANGES: Final = MappingProxyType(
    {
        "6h": timedelta(hours=6),
        "24h": timedelta(hours=24),
        "7d": timedelta(days=7),
        "30d": timedelta(days=30),
    }
)
RANGE: Final = "6h"
TEXT_SHOWN: Final = 64 * 1024
"""So many characters of an error are shown; the rest is counted."""
BEYOND: Final = 4096
MOST_SPANS: Final = 200
"""So many of the latest spans stand in the table."""


class Past:
    """Reads recordings for the pages on a thread, one at a time, so that the loops get their turn.

    What was gone through is kept for the next time.
    """

    def __init__(self) -> None:
        self._kept = Kept()
        self._turn = CapacityLimiter(1)

    async def read(self, desk: Desk, subject: Subject, span: timedelta) -> JobPast:
        """What was recorded of a job in the last `span`; `StoreError` where it cannot be read."""
        now = desk.now()
        place = Place(subject.source or "", subject.job_type or "", subject.job or "")

        def work() -> JobPast:
            desk.give_way(WAITS)
            return read_past(desk.store, place, now - span, now, self._kept)

        return await to_thread.run_sync(work, limiter=self._turn)


PAST: Final = web.AppKey("past", Past)


class Drawn(msgspec.Struct, frozen=True):
    """What was recorded, drawn and as rows; `trouble` says why it cannot be read, where it cannot.

    `cut` counts the spans that the table leaves out.
    """

    states: Markup | None = None
    delays: Markup | None = None
    spans: tuple[tuple[Span, str], ...] = ()
    cut: int = 0
    delays_from: datetime | None = None
    trouble: str = ""


async def show(request: web.Request) -> web.Response:
    """The job that the address names; where there is none, some with names like it."""
    desk, query = request.app[DESK], request.query
    subject = job_subject(query.get("source", ""), query.get("type", ""), query.get("name", ""))
    span = query.get("range", "")
    span = span if span in RANGES else RANGE
    view = await desk.read(partial(read_job, subject=subject))
    if view is None:
        near = await desk.read(partial(near_names, subject=subject))
        return await page(request, "job_unknown.html", status=404, subject=subject, near=near)
    record, plan = view.trace.record, desk.plan
    return await page(
        request,
        "job.html",
        job=subject,
        record=record,
        run=record.run,
        tone=state_tone,
        phases=PHASES,
        labels=_labels(plan, subject),
        project=plan.project_of(subject),
        text=_text(desk, record),
        error_at=error_at(record.run),
        errors=view.errors,
        alerts=[(alert, plan.rule(alert.rule)) for alert in view.trace.alerts],
        outbox_tones=OUTBOX,
        events=tuple(reversed(view.trace.events)),
        ranges=tuple(RANGES),
        range=span,
        drawn=await _drawn(request, record, RANGES[span]),
    )


async def _drawn(request: web.Request, record: JobRecord, span: timedelta) -> Drawn:
    desk = request.app[DESK]
    try:
        past = await request.app[PAST].read(desk, record.subject, span)
    except StoreError as error:
        return Drawn(trouble=desk.redact(str(error)))
    spoken = Wording(language_of(request), desk.wording.zone)
    return draw(past, record, desk.plan, spoken)


def draw(past: JobPast, record: JobRecord, plan: Plan, spoken: Wording) -> Drawn:
    """The drawings of what was recorded, and the rows that say the same."""
    words, times = Words(spoken.language), Times(past.since, past.until, spoken.zone)
    spans = spans_of(past, _present(record))
    name_of = partial(span_word, words)
    kept = tuple((span, name_of(span)) for span in reversed(spans[-MOST_SPANS:]))
    title = words.say("job.timeline.title")
    return Drawn(
        states=draw_spans(spans, times, name_of, title, words.say("job.timeline.more")),
        delays=_delays(past, limits_of(plan, record.subject, spoken), times, spoken),
        spans=kept,
        cut=len(spans) - len(kept),
        delays_from=past.points_from if past.points_from > past.since else None,
    )


def _delays(
    past: JobPast, limits: tuple[Limit, ...], times: Times, spoken: Wording
) -> Markup | None:
    """The chart; none where no minute bore a delay."""
    if all(point.delay_ms is None for point in past.points):
        return None
    words = Words(spoken.language)
    highest = max(point.delay_ms or 0 for point in past.points)
    return draw_delays(
        past.points,
        limits,
        times,
        spoken.lag,
        words.say("job.delays.title"),
        words.say("job.delays.more", highest=spoken.lag(highest)),
    )


def span_word(words: Words, span: Span) -> str:
    """What a span is called."""
    if span.sort is Sort.STATE:
        return span.actual_state or words.say("state.absent")
    return words.say(f"span.{span.sort.value}", count=span.count)


def limits_of(plan: Plan, subject: Subject, spoken: Wording) -> tuple[Limit, ...]:
    """The thresholds of the rules that watch this job's delay, each once."""
    found: dict[int, Limit] = {}
    for rule in plan.rules:
        if rule.threshold_ms is not None and _watches(rule, plan, subject):
            for delay, low in ((rule.threshold_ms, False), (rule.recover_ms, True)):
                word = f"{rule.name} {spoken.lag(delay)}"
                found.setdefault(delay, Limit(delay, word, low=low))
    return tuple(found.values())


def _watches(rule: Rule, plan: Plan, subject: Subject) -> bool:
    place = (subject.source, plan.project_of(subject), subject.job_type, subject.job)
    return rule.match.admits_place(*place, _labels(plan, subject))


def _labels(plan: Plan, subject: Subject) -> dict[str, str]:
    source = plan.sources.get(subject.source or "")
    return source.labels_of(subject.job_type or "", subject.job or "") if source else {}


def _present(record: JobRecord) -> Seen:
    subject, absent = record.subject, record.absent
    return Seen(
        subject.job_type or "",
        subject.job or "",
        record.run,
        absent_since=absent.since if absent else None,
    )


def _text(desk: Desk, record: JobRecord) -> tuple[str, int]:
    """The last error's text as far as it is shown, and how many characters are not."""
    text = (record.run.last_error_message if record.run else None) or ""
    # A little more is looked through, so that no secret is cut and then not found.
    shown = desk.redact(text[: TEXT_SHOWN + BEYOND])[:TEXT_SHOWN]
    return shown, max(0, len(text) - TEXT_SHOWN)


ROUTES: Final = (web.get("/job", show),)
