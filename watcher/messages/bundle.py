"""Several notifications become one message: counts and a list, the gravest first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.event import JOB_KINDS
from watcher.core.fingerprint import fingerprint
from watcher.core.notification import Notification, Reason, Status
from watcher.core.subject import Subject
from watcher.core.verdict import Verdict
from watcher.messages import plain
from watcher.messages.details import listed
from watcher.messages.error import fresh_error
from watcher.messages.message import Line, Message
from watcher.messages.quiet import over, quiet_note
from watcher.messages.render import render, summarise
from watcher.messages.title import began_at, sign, subject_name
from watcher.messages.wording import Wording, are_close

MOST_LINES: Final = 12
"""Members that have a line each; more of them are told in groups."""
GRAVITY: Final[Mapping[str, int]] = MappingProxyType({Verdict.FAILED: 0, Verdict.STOPPED: 1})
"""Of equal severity, what has failed stands before what was stopped, and both before the rest."""


Place = tuple[bool, int, int, datetime, str]
_DIGITS: Final = re.compile(r"[0-9]+")


def render_bundle(
    notifications: Sequence[Notification], told_at: datetime, words: Wording
) -> Message:
    """Several notifications as one message, a line for each, the gravest and oldest job first.

    What is told of one job stands together, in the order in which it happened.  Of more than 12,
    those that are alike share a line.
    """
    if len(notifications) == 1:
        return render(notifications[0], told_at, words)
    members = _by_job(notifications)
    shared, key = _shared_error(members), _shared_reason(members)
    heading = _bundle_title(members, words)
    heading = words.say(key, title=heading) if words.knows(key) else heading
    return Message(
        title=f"{_bundle_sign(members)} {heading}",
        summary=heading,
        lines=tuple(_lines(members, shared, told_at, words)),
        members=tuple(_members(_without_reason(members), shared, told_at, words)),
        mention=any(member.mention for member in members),
    )


def _members(
    members: Sequence[Notification], shared: str, told_at: datetime, words: Wording
) -> Iterator[str]:
    """The lines of the list; what all have in common stands above it."""
    if len(members) > MOST_LINES:
        yield from _groups(members, shared, told_at, words)
        return
    for one in members:
        yield _line(one, members, shared, told_at, words)


def _line(
    one: Notification,
    members: Sequence[Notification],
    shared: str,
    told_at: datetime,
    words: Wording,
) -> str:
    with_since = not _are_of_one_time(members)
    text = summarise(one, told_at, words, with_error=not shared, with_since=with_since)
    return f"{sign(one)} {text}"


def _groups(
    members: Sequence[Notification], shared: str, told_at: datetime, words: Wording
) -> Iterator[str]:
    """A line for those that are alike, where the first of them would stand.

    A subject of which there is more to tell keeps its lines, in the order in which it happened.
    """
    lines_of = Counter(one.subject for one in members)
    groups: dict[object, list[Notification]] = {}
    for one in members:
        error = "" if shared else fresh_error(one)
        alike = (sign(one), _tally_key(one, words), fingerprint(error) if error else "")
        groups.setdefault(alike if lines_of[one.subject] == 1 else one.id, []).append(one)
    for group in groups.values():
        if len(group) == 1:
            yield _line(group[0], members, shared, told_at, words)
            continue
        text = _group(group, words)
        error = "" if shared else fresh_error(group[0])
        text = words.say("summary.error", text=text, error=error) if error else text
        yield f"{sign(group[0])} {text}"


def _group(group: Sequence[Notification], words: Wording) -> str:
    """How many of them, and their names; jobs of one source do without its name."""
    what = words.say(_tally_key(group[0], words))
    sources = {one.subject.source if one.subject.job else None for one in group}
    source = sources.pop() if len(sources) == 1 else None
    if source is None:
        names = listed([subject_name(one.subject, words) for one in group], words)
        return words.say("bundle.group", n=len(group), what=what, names=names)
    names = listed([one.subject.job or "" for one in group], words)
    return words.say(
        "bundle.group.source", n=len(group), what=what, names=names, source=plain.name(source)
    )


def _without_reason(members: Sequence[Notification]) -> Sequence[Notification]:
    """The members as beginnings where the heading says already why all are told."""
    reasons = {member.reason for member in members}
    if len(reasons) > 1 or any(member.status is not Status.FIRING for member in members):
        return members
    return [msgspec.structs.replace(member, reason=Reason.BEGAN) for member in members]


def _by_job(notifications: Sequence[Notification]) -> list[Notification]:
    first: dict[Subject, Place] = {}
    for one in notifications:
        place = _gravest_first(one)
        first[one.subject] = min(first.get(one.subject, place), place)
    return sorted(notifications, key=lambda one: (first[one.subject], one.sequence))


def _gravest_first(notification: Notification) -> Place:
    """Where it stands in the list: what is over last, job_2 before job_10."""
    return (
        notification.status is Status.RESOLVED,
        -notification.severity,
        GRAVITY.get(notification.event.verdict or "", len(GRAVITY)),
        began_at(notification),
        _DIGITS.sub(lambda number: number[0].zfill(12), notification.subject.lane),
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
        return words.say("bundle.jobs.alike", n=n, what=words.say(*tally))
    tallied = _tallied(tally, words)
    if about_jobs:
        return words.say("bundle.jobs", n=n, tally=tallied)
    if len({member.subject for member in members}) == 1:
        name = subject_name(members[0].subject, words)
        return words.say("bundle.subject", n=n, name=name, tally=tallied)
    return words.say("bundle.messages", n=n, tally=tallied)


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


def _are_of_one_time(members: Sequence[Notification]) -> bool:
    """Whether all that lasts began within a minute: one line above the list says when."""
    began = [began_at(one) for one in members if one.status is Status.FIRING]
    first, last = min(began, default=None), max(began, default=None)
    return first is None or last is None or first == last or are_close(first, last)


def _lines(
    members: Sequence[Notification], shared: str, told_at: datetime, words: Wording
) -> Iterator[Line]:
    yield _times(members, told_at, words)
    if shared:
        yield Line(words.say("label.error-all"), shared)
    rules = tuple(dict.fromkeys(plain.name(member.rule) for member in members))
    if len(rules) == 1:
        gravest = max(member.severity for member in members)
        severity = words.say(f"severity.{gravest.word}")
        rule = words.say("rule", rule=rules[0], severity=severity)
        yield Line(words.say("label.rule"), rule)
    if quiet := quiet_note(members, words):
        yield Line(words.say("label.note"), quiet)
    troubled = {member.fallback_for for member in members}
    if len(troubled) == 1 and (channel := troubled.pop()) is not None:
        note = words.say("note.fallback", channel=plain.name(channel))
        yield Line(words.say("label.note"), note)


def _times(members: Sequence[Notification], told_at: datetime, words: Wording) -> Line:
    """From the first to the last beginning of what lasts, else of what ended or occurred."""
    lasting = [began_at(one) for one in members if one.status is Status.FIRING]
    ended = [one for one in members if one.status is Status.RESOLVED]
    if lasting:
        label, times = "since", lasting
    elif ended:
        label = "lasted"
        times = [*map(began_at, ended), *(one.ended_at or told_at for one in ended)]
    else:
        label, times = "at", [one.event.occurred_at for one in members]
    at = words.between(min(times), max(times), told_at)
    zone = words.zone_name(told_at)
    return Line(words.say(f"label.{label}"), words.say("since.now", at=at, zone=zone))
