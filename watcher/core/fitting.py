"""Which rules an event fits, and for those that it does not the first thing that keeps it out."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from watcher.core.event import Event, Kind
from watcher.core.plan import Plan
from watcher.core.rule import Rule
from watcher.core.run_summary import delay_of


class Misfit(msgspec.Struct, frozen=True):
    """The first key of a rule that an event does not fit: what it asks for, and what there is."""

    key: str
    wanted: str
    found: str | None


class Fit(msgspec.Struct, frozen=True):
    """One rule of the file: it fits without `misfit`; `stopped_by` is a rule before it that fits
    and ends the search.
    """

    rule: Rule
    misfit: Misfit | None = None
    stopped_by: str | None = None

    @property
    def is_reached(self) -> bool:
        """Whether the event goes to this rule."""
        return self.misfit is None and self.stopped_by is None


def fits_of(plan: Plan, event: Event) -> tuple[Fit, ...]:
    """Every rule of the file, in the order in which they are asked."""
    found, stopped_by = [], None
    for rule in plan.rules:
        misfit = explain_match(plan, rule, event)
        found.append(Fit(rule, misfit, stopped_by))
        if misfit is None and stopped_by is None and rule.stop:
            stopped_by = rule.name
    return tuple(found)


def explain_match(plan: Plan, rule: Rule, event: Event) -> Misfit | None:
    """The first key of a rule that an event does not fit, `None` where it fits."""
    for key, wanted, found in _questions(plan, rule, event):
        if not _answers(rule, key, event, plan):
            return Misfit(key, wanted, found)
    return None


def _questions(plan: Plan, rule: Rule, event: Event) -> Iterator[tuple[str, str, str | None]]:
    """(key, what the rule asks for, what the event has), in the order in which they are asked."""
    match, subject = rule.match, event.subject
    run, previous = event.run, event.previous
    labels = plan.labels_of(subject)
    yield "on", _list(rule.on), event.kind.value
    yield "source", _list(match.source), subject.source
    yield "project", _list(match.project), plan.project_of(subject)
    yield "job_type", _list(match.job_type), subject.job_type
    yield "job", _list(match.job), subject.job
    for name, globs in match.labels.items():
        yield f"labels.{name}", _list(globs), labels.get(name)
    delay = delay_of(run) if run else None
    threshold = None if rule.threshold_ms is None else f"more than {rule.threshold_ms} ms"
    yield "threshold", threshold or "nothing", None if delay is None else f"{delay} ms"
    yield "verdict", _list(sorted(match.verdicts)), event.verdict
    yield "from", _list(sorted(match.came_from)), previous.actual_state if previous else None
    yield "to", _list(sorted(match.went_to)), run.actual_state if run else None
    error = match.error.pattern if match.error else ""
    yield "error", error, (run.last_error_message or None) if run else None


def _answers(rule: Rule, key: str, event: Event, plan: Plan) -> bool:
    """Whether an event fits one key, by asking the rule itself with that key alone."""
    match, empty = rule.match, type(rule.match)()
    place = (
        event.subject.source,
        plan.project_of(event.subject),
        event.subject.job_type,
        event.subject.job,
        plan.labels_of(event.subject),
    )
    alone = {"from": "came_from", "to": "went_to", "verdict": "verdicts"}.get(key, key)
    match key.partition(".")[0]:
        case "on":
            return event.kind in rule.on
        case "threshold":
            bare = msgspec.structs.replace(rule, match=empty)
            return event.kind is not Kind.INPUT_DELAY or bare.hears(event)
        case "labels":
            name = key.partition(".")[2]
            only = msgspec.structs.replace(empty, labels={name: match.labels[name]})
            return only.admits_place(*place)
        case "source" | "project" | "job_type" | "job":
            only = msgspec.structs.replace(empty, **{alone: getattr(match, alone)})
            return only.admits_place(*place)
        case _:
            only = msgspec.structs.replace(empty, **{alone: getattr(match, alone)})
            return only.admits_event(event)


def _list(words: object) -> str:
    return ", ".join(map(str, words)) if isinstance(words, list | tuple) else str(words)
