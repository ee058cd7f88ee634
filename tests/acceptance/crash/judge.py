"""Judges a run: what was lost, invented, out of order or told twice without an excuse.

A change is **lost** when it outlived a completed poll and was not told.  In detail: a reading is
*saved* when the process that asked for it logged its poll as good, or when any message about a job
that it made has arrived (a reading is saved whole, so one message proves all).  Each saved reading
is set against the saved one before it; every message that DESIGN §3 then makes due must have been
taken by the webhook, which hears of everything and bundles nothing.  A reading that is in doubt and
told nothing counts as not saved: what it showed and what lasts must be told by the next saved one,
and what did not last until then did not outlive a completed poll.

A message belongs to the last reading before its `detected_at`.  One that no saved reading makes due
is **invented**.  **Out of order** is a message about a job that first arrives after a later one
(by `sequence`), or an alert that ends before it began.  A message that arrives again is excused
where the receiver did not answer the one before, or that one was under way when its process died;
its body must then be the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from tests.acceptance.crash import chat
from tests.acceptance.crash.evidence import CHAT, IN_FLIGHT, WEBHOOK, Arrival, Evidence, Reading
from tests.acceptance.crash.truth import Due, all_due, ends_wrong

MILLISECOND = 0.001
"""How exactly a message says when it was detected."""

Place = tuple[str, int, Due]


@dataclass
class Verdict:
    """What a run came to: how much, and each fault in words."""

    changes: int = 0
    told: int = 0
    duplicates: int = 0
    under_way: int = 0
    answers_lost: int = 0
    lost: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    different: list[str] = field(default_factory=list)
    books: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        """Everything that must not be, each with what it is."""
        named = {
            "run": self.troubles,
            "lost": self.lost,
            "invented": self.invented,
            "out of order": self.disordered,
            "told twice without an excuse": self.unexcused,
            "another body": self.different,
            "ledger": self.books,
        }
        return [f"{name}: {words}" for name, found in named.items() for words in found]


def judge(evidence: Evidence) -> Verdict:
    """Compare what the simulated API did with what arrived."""
    said = Verdict(books=list(evidence.books), troubles=list(evidence.troubles))
    about_jobs = [one for one in _first_taken(evidence, WEBHOOK) if one.data["job"]]
    readings = _saved(evidence.readings, about_jobs)
    _judge_completeness(said, readings, about_jobs)
    _judge_order(said, about_jobs)
    _judge_repeats(said, evidence)
    _judge_bodies(said, evidence.arrivals)
    _judge_end(said, readings, about_jobs)
    heard = _first_taken(evidence, CHAT)
    for job in sorted(evidence.chat_jobs):
        told = [one for one in about_jobs if one.data["job"] == job]
        said.lost += chat.compare(job, in_sequence(told), heard)
    said.told = sum(len(_first_taken(evidence, name)) for name in IN_FLIGHT)
    return said


def _first_taken(evidence: Evidence, channel: str) -> list[Arrival]:
    """The messages that a channel has, in the order in which each came first."""
    found: dict[str, Arrival] = {}
    for one in evidence.arrivals:
        if one.channel == channel and one.taken:
            found.setdefault(one.id, one)
    return list(found.values())


def in_sequence(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """The messages as they were decided."""
    return sorted(arrivals, key=lambda one: int(one.data["sequence"]))


def _reading_of(one: Arrival, readings: Sequence[Reading], times: Sequence[float]) -> int:
    """The number of the reading that made a message, 0 for none."""
    detected_at = datetime.fromisoformat(one.data["detected_at"]).timestamp()
    before = bisect_right(times, detected_at + MILLISECOND)
    return readings[before - 1].number if before else 0


def _saved(readings: Sequence[Reading], told: Sequence[Arrival]) -> list[Reading]:
    times = [reading.at for reading in readings]
    proved = {_reading_of(one, readings, times) for one in told}
    return [one for one in readings if one.completed or one.number in proved]


def _judge_completeness(
    said: Verdict, readings: Sequence[Reading], told: Sequence[Arrival]
) -> None:
    due = Counter[Place](all_due(readings)) if readings else Counter[Place]()
    times = [reading.at for reading in readings]
    got = Counter[Place](
        (one.data["job"], _reading_of(one, readings, times), _due_of(one)) for one in told
    )
    said.changes = due.total()
    said.lost += [_words(place) for place in (due - got).elements()]
    said.invented += [_words(place) for place in (got - due).elements()]


def _due_of(one: Arrival) -> Due:
    kind = str(one.json["type"]).rpartition(".")[0]
    return Due(kind, one.data["reason"], one.data["run"]["actual_state"])


def _words(place: Place) -> str:
    job, number, one = place
    return f"{job}: {one.kind} {one.reason} ({one.actual}), by answer {number}"


def _judge_order(said: Verdict, told: Sequence[Arrival]) -> None:
    by_job = defaultdict[str, list[Arrival]](list)
    for one in told:
        by_job[one.data["job"]].append(one)
    for job, arrivals in by_job.items():
        numbers = [int(one.data["sequence"]) for one in arrivals]
        said.disordered += [
            f"{job}: sequence {later} came before {earlier}"
            for later, earlier in pairwise(numbers)
            if later > earlier
        ]
        gaps = sorted(set(range(1, max(numbers) + 1)) - set(numbers))
        said.lost += [f"{job}: sequence {number} never came" for number in gaps]
        twice = [number for number, times in Counter(numbers).items() if times > 1]
        said.invented += [f"{job}: sequence {number} under two ids" for number in twice]
        said.disordered += _wrong_turns(job, in_sequence(arrivals))


def _wrong_turns(job: str, told: Sequence[Arrival]) -> list[str]:
    """Where an alert does not go from firing, counted from 1, to resolved, once."""
    found, expected = [], defaultdict[str, int](lambda: 1)
    for one in told:
        alert, number, ends = (one.data[key] for key in ("alert", "number", "status"))
        if number != expected[alert] or (ends == "resolved" and number == 1):
            found.append(f"{job}: message {number} ({ends}) of an alert, not {expected[alert]}")
        expected[alert] = 0 if ends == "resolved" else number + 1
    return found


def _judge_repeats(said: Verdict, evidence: Evidence) -> None:
    under_way = {
        (kill.life, channel): ids
        for kill in evidence.kills
        for channel, ids in kill.under_way.items()
    }
    takes = defaultdict[tuple[str, str], list[Arrival]](list)
    for one in evidence.arrivals:
        if one.taken:
            takes[one.channel, one.id].append(one)
    for (channel, which), found in takes.items():
        for one in sorted(found, key=lambda one: one.life)[:-1]:
            if one.lost:
                said.answers_lost += 1
                continue
            said.duplicates += 1
            if which not in under_way.get((one.life, channel), ()):
                said.unexcused.append(f"{channel} {which}, first in life {one.life}")
    for (life, channel), ids in under_way.items():
        said.under_way += len(ids)
        if len(ids) > IN_FLIGHT[channel]:
            said.unexcused.append(f"{len(ids)} sends to {channel} under way at the end of {life}")


def unsaved_attempts(saved: Mapping[str, int], arrivals: Iterable[Arrival]) -> list[str]:
    """The requests that came without an attempt that was `saved` as begun, by delivery."""
    came = Counter(one.id for one in arrivals)
    return [
        f"{times} requests of {which}, attempts saved: {saved.get(which, 0)}"
        for which, times in came.items()
        if times > saved.get(which, 0)
    ]


def _judge_bodies(said: Verdict, arrivals: Iterable[Arrival]) -> None:
    first: dict[tuple[str, str], bytes] = {}
    for one in arrivals:
        body = one.body if one.channel == WEBHOOK else chat.without_lateness(one)
        if first.setdefault((one.channel, one.id), body) != body:
            said.different.append(f"{one.channel} {one.id} in life {one.life}")


def _judge_end(said: Verdict, readings: Sequence[Reading], told: Sequence[Arrival]) -> None:
    """The last word about each job is what its last reading shows."""
    for job in readings[-1].jobs if readings else ():
        words = [
            one.data["status"]
            for one in in_sequence(told)
            if one.data["job"] == job and one.json["type"].startswith("state-mismatch.")
        ]
        if ends_wrong(readings, job) is not (words[-1:] == ["firing"]):
            said.lost.append(f"{job}: the last word is {words[-1:]}, which is not how it stands")
