"""Notifications become messages; read this module first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from watcher.core.deferral import Because, Deferral, is_late
from watcher.core.event import JOB_KINDS, Kind
from watcher.core.fingerprint import fingerprint
from watcher.core.notification import Notification, Reason, Status
from watcher.core.span import parse_span
from watcher.core.subject import Subject
from watcher.core.verdict import BatchVerdict
from watcher.messages import plain
from watcher.messages.details import cause_of, details
from watcher.messages.error import fresh_error
from watcher.messages.message import Line, Link, Message
from watcher.messages.quiet import over, quiet_note
from watcher.messages.title import began_at, sign, title
from watcher.messages.wording import Wording

MOST_URL_CHARACTERS: Final = 1000
REASON_CHARACTERS: Final = 200


def render(notification: Notification, told_at: datetime, words: Wording) -> Message:
    """One notification as a message; `told_at` is when it was decided, the same at each attempt."""
    name = title(notification, told_at, words)
    short = notification.absorbed
    return Message(
        title=f"{sign(notification)} {name}",
        summary=summarise(notification, told_at, words),
        lines=() if short else details(notification, told_at, words),
        links=() if short else _links(notification, words),
        mention=notification.mention,
    )


def render_bundle(
    notifications: Sequence[Notification], told_at: datetime, words: Wording
) -> Message:
    """Several notifications as one message, a line for each, the gravest and oldest job first.

    What is told of one job stands together, in the order in which it happened.
    """
    if len(notifications) == 1:
        return render(notifications[0], told_at, words)
    members = _by_job(notifications)
    shared = _shared_error(members)
    heading = _bundle_title(members, words)
    return Message(
        title=f"{_bundle_sign(members)} {heading}",
        summary=heading,
        lines=_bundle_lines(members, shared, words),
        members=tuple(
            f"{sign(member)} {summarise(member, told_at, words, with_error=not shared)}"
            for member in members
        ),
        mention=any(member.mention for member in members),
    )


def summarise(
    notification: Notification, told_at: datetime, words: Wording, *, with_error: bool = True
) -> str:
    """One notification on one line, without its sign: the title, since when, and why."""
    text, why = title(notification, told_at, words), ""
    if notification.status is Status.FIRING:
        at = words.moment(began_at(notification), told_at)
        if notification.event.verdict != BatchVerdict.LATE:
            text = words.say("summary.since", title=text, at=at)
        why = _why(notification, words)
    error = (fresh_error(notification) or why) if with_error else ""
    return words.say("summary.error", text=text, error=error) if error else text


def _why(notification: Notification, words: Wording) -> str:
    """Why something cannot be seen or told; of a channel in its receiver's case: what to do."""
    event = notification.event
    if event.kind is Kind.UNDELIVERABLE and event.facts.detail:
        return plain.short_line(event.facts.detail, REASON_CHARACTERS)
    return cause_of(notification, words)


def late_line(
    decided_at: datetime, now: datetime, deferral: Deferral | None, words: Wording
) -> Line | None:
    """When it was decided, how late it is told, and why; `None` for one that is in time."""
    if not is_late(decided_at, now):
        return None
    at, told, span = words.moment(decided_at, now), words.moment(now, now), now - decided_at
    late = words.say("late", at=at, told=told, span=words.span(span))
    if deferral is not None:
        why = plain.short_line(_why_deferred(deferral, words), REASON_CHARACTERS)
        late = words.say("late.reason", late=late, reason=why)
    return Line(words.say("label.late"), late)


def _why_deferred(deferral: Deferral, words: Wording) -> str:
    """What kept it back; a receiver's own words, where there are any, say enough."""
    if deferral.because is Because.LIMIT:
        most, _, span = deferral.detail.partition(" in ")
        return words.say("deferred.limit", most=most, span=words.span(parse_span(span)))
    if deferral.because is Because.RECEIVER and deferral.detail:
        return deferral.detail
    reason = words.say(f"deferred.{deferral.because}")
    if not deferral.detail:
        return reason
    return words.say("deferred.detail", reason=reason, detail=deferral.detail)


def _links(notification: Notification, words: Wording) -> tuple[Link, ...]:
    url = notification.link
    if url is None or not url.startswith(("https://", "http://")) or len(url) > MOST_URL_CHARACTERS:
        return ()
    return (Link(words.say("link.open"), url),)


def _by_job(notifications: Sequence[Notification]) -> list[Notification]:
    first: dict[Subject, tuple[bool, int, datetime, str]] = {}
    for one in notifications:
        place = _gravest_first(one)
        first[one.subject] = min(first.get(one.subject, place), place)
    return sorted(notifications, key=lambda one: (first[one.subject], one.sequence))


def _gravest_first(notification: Notification) -> tuple[bool, int, datetime, str]:
    ended = notification.status is Status.RESOLVED
    return (
        ended,
        -notification.severity,
        began_at(notification),
        notification.subject.lane,
    )


def _bundle_sign(members: Sequence[Notification]) -> str:
    """The gravest member's sign; among ends, the one that most of them have."""
    gravest = min(members, key=_gravest_first)
    if gravest.status is not Status.RESOLVED:
        return sign(gravest)
    return Counter(sign(member) for member in members).most_common(1)[0][0]


def _bundle_title(members: Sequence[Notification], words: Wording) -> str:
    tally = Counter(_tally_key(member, words) for member in members)
    jobs = {member.subject for member in members if member.event.kind in JOB_KINDS}
    about_jobs, n = len(jobs) == len(members), len(members)
    if about_jobs and len(tally) == 1:
        heading = words.say("bundle.jobs.alike", n=n, what=words.say(*tally))
    else:
        key = "bundle.jobs" if about_jobs else "bundle.messages"
        heading = words.say(key, n=n, tally=_tallied(tally, words))
    key = _shared_reason(members)
    return words.say(key, title=heading) if words.knows(key) else heading


def _tallied(tally: Counter[str], words: Wording) -> str:
    return words.say("separator").join(
        words.say("tally", n=n, what=words.say(key)) for key, n in tally.most_common()
    )


def _tally_key(member: Notification, words: Wording) -> str:
    event = member.event
    if member.status is Status.RESOLVED:
        return words.first_known(f"tally.{member.reason}", "tally.recovered")
    return words.first_known(f"tally.{event.kind}.{event.verdict}", f"tally.{event.kind}")


def _shared_reason(members: Sequence[Notification]) -> str:
    """The key of why all of them are told now; it has no words where they just began or ended."""
    if all(member.standing and member.reason is Reason.BEGAN for member in members):
        return "bundle.standing"
    reasons = {member.reason for member in members}
    return f"bundle.{over(reasons.pop(), members)}" if len(reasons) == 1 else ""


def _shared_error(members: Sequence[Notification]) -> str:
    """The root line that all members show, but for numbers; "" where they differ."""
    errors = [fresh_error(member) for member in members]
    alike = all(errors) and len({fingerprint(error) for error in errors}) == 1
    return errors[0] if alike else ""


def _bundle_lines(members: Sequence[Notification], shared: str, words: Wording) -> tuple[Line, ...]:
    lines = []
    if shared:
        error = words.say("bundle.same", error=shared)
        lines.append(Line(words.say("label.error"), error))
    rules = tuple(dict.fromkeys(plain.name(member.rule) for member in members))
    if len(rules) == 1:
        gravest = max(member.severity for member in members)
        severity = words.say(f"severity.{gravest.word}")
        rule = words.say("rule", rule=rules[0], severity=severity)
        lines.append(Line(words.say("label.rule"), rule))
    if quiet := quiet_note(members, words):
        lines.append(Line(words.say("label.note"), quiet))
    troubled = {member.fallback_for for member in members}
    if len(troubled) == 1 and (channel := troubled.pop()) is not None:
        note = words.say("note.fallback", channel=plain.name(channel))
        lines.append(Line(words.say("label.note"), note))
    return tuple(lines)
