"""What the file asks for, resolved to what the core needs: rules, channels and sources."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

import msgspec

from watcher.core.event import Event, Kind
from watcher.core.link import fill, places_of
from watcher.core.rule import Rule
from watcher.core.storm import DEFAULT_FEWEST, DEFAULT_WITHIN
from watcher.core.subject import Subject
from watcher.core.window import Window

REDEPLOY_WITHIN: Final = timedelta(minutes=15)


class Target(msgspec.Struct, frozen=True):
    """Names or globs of one job type in one source, with the labels that they carry."""

    job_type: str
    names: tuple[str, ...]
    labels: Mapping[str, str] = MappingProxyType({})


def is_glob(name: str) -> bool:
    """Whether a configured name is a pattern that needs discovery."""
    return any(sign in name for sign in "*?[")


class SourcePlan(msgspec.Struct, frozen=True):
    """One source: which jobs it watches; `link` is a template of a page about a job.

    `exact` and `globs` are made of `targets`: (job type, name) → targets, and (glob, target).
    """

    name: str
    project: str
    targets: tuple[Target, ...]
    link: str | None = None
    exact: Mapping[tuple[str, str], tuple[Target, ...]] = MappingProxyType({})
    globs: tuple[tuple[str, Target], ...] = ()

    def exact_names(self, job_type: str) -> tuple[str, ...]:
        """The names of a job type that need no discovery, in the file's order, each once."""
        found = (
            n for t in self.targets if t.job_type == job_type for n in t.names if not is_glob(n)
        )
        return tuple(dict.fromkeys(found))

    def patterns(self, job_type: str) -> tuple[str, ...]:
        """The globs of a job type."""
        found = (n for t in self.targets if t.job_type == job_type for n in t.names if is_glob(n))
        return tuple(dict.fromkeys(found))

    def discovered_types(self) -> tuple[str, ...]:
        """The job types of which some jobs are found by patterns."""
        return tuple(dict.fromkeys(target.job_type for _, target in self.globs))

    def job_types(self) -> tuple[str, ...]:
        """The job types that this source watches."""
        return tuple(dict.fromkeys(target.job_type for target in self.targets))

    def __post_init__(self) -> None:
        """Index the exact names once: they may be many, and every event asks for its labels."""
        exact: dict[tuple[str, str], tuple[Target, ...]] = {}
        for target in self.targets:
            for name in target.names:
                if not is_glob(name):
                    key = (target.job_type, name)
                    exact[key] = (*exact.get(key, ()), target)
        globs = tuple(
            (name, target) for target in self.targets for name in target.names if is_glob(name)
        )
        msgspec.structs.force_setattr(self, "exact", MappingProxyType(exact))
        msgspec.structs.force_setattr(self, "globs", globs)

    def targets_of(self, job_type: str, job: str) -> tuple[Target, ...]:
        """The targets that ask for a job, by name first, then by pattern."""
        found = (
            target
            for glob, target in self.globs
            if target.job_type == job_type and fnmatchcase(job, glob)
        )
        return (*self.exact.get((job_type, job), ()), *found)

    def covers(self, job_type: str, job: str) -> bool:
        """Whether a job is asked for, by name or by pattern."""
        return bool(self.targets_of(job_type, job))

    def names_exactly(self, job_type: str, job: str) -> bool:
        """Whether a job is asked for by its own name."""
        return (job_type, job) in self.exact

    def labels_of(self, job_type: str, job: str) -> dict[str, str]:
        """The labels of every target that asks for the job; the later one in the file wins."""
        asking = set(map(id, self.targets_of(job_type, job)))
        labels: dict[str, str] = {}
        for target in self.targets if asking else ():
            if id(target) in asking:
                labels.update(target.labels)
        return labels


class ChannelPlan(msgspec.Struct, frozen=True):
    """One channel, as far as deciding needs it: `bundles` for chats, `fallback` another's name."""

    name: str
    bundles: bool
    fallback: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """The whole file, resolved; the built-in rules stand last in `rules`.

    `redeploy_within`: a planned stop and start within it is a redeployment.
    `storm` is how many jobs must fall together to be one incident (0: none ever is), `storm_within`
    how close to each other where they share nothing but the time.
    """

    rules: tuple[Rule, ...]
    channels: Mapping[str, ChannelPlan]
    sources: Mapping[str, SourcePlan]
    storm: int = DEFAULT_FEWEST
    storm_within: timedelta = DEFAULT_WITHIN
    windows: tuple[Window, ...] = ()
    redeploy_within: timedelta = REDEPLOY_WITHIN

    @property
    def watches_stillness(self) -> bool:
        """Whether a rule wants to know of input delays that stand still."""
        return any(rule.frozen_after is not None for rule in self.rules)

    def rule(self, name: str) -> Rule | None:
        """The rule of that name, where it is still in the file."""
        return next((rule for rule in self.rules if rule.name == name), None)

    def rank(self, name: str) -> int:
        """A rule's place in the file; rules that have left it come last."""
        return next((i for i, rule in enumerate(self.rules) if rule.name == name), len(self.rules))

    def project_of(self, subject: Subject) -> str | None:
        """The project of a job's or source's subject."""
        source = self.sources.get(subject.source or "")
        return source.project if source else None

    def labels_of(self, subject: Subject) -> dict[str, str]:
        """The labels of a job's subject; none for sources and channels."""
        source = self.sources.get(subject.source or "")
        if source is None or subject.job is None or subject.job_type is None:
            return {}
        return source.labels_of(subject.job_type, subject.job)

    def link_of(self, event: Event) -> str | None:
        """The page about an event's job, where the source's `link` gives one."""
        subject, run = event.subject, event.run or event.previous
        source = self.sources.get(subject.source or "")
        if source is None or source.link is None or subject.job is None:
            return None
        values = {
            "job": subject.job,
            "job_type": subject.job_type or "",
            "project": source.project,
            "source": source.name,
        }
        return fill(source.link, values | places_of(run) if run else values)

    def rules_for(self, kind: Kind, subject: Subject) -> tuple[Rule, ...]:
        """The rules whose place fits, in the file's order, whatever happened."""
        rules = [rule for rule in self.rules if kind in rule.on]
        if not rules:
            return ()
        project, labels = self.project_of(subject), self.labels_of(subject)
        return tuple(
            rule
            for rule in rules
            if rule.match.admits_place(
                subject.source, project, subject.job_type, subject.job, labels
            )
        )

    def search(self, event: Event) -> tuple[Rule, ...]:
        """The rules that an event reaches: those that fit, up to and with the first `stop`."""
        found: list[Rule] = []
        for rule in self.rules_for(event.kind, event.subject):
            if rule.hears(event):
                found.append(rule)
                if rule.stop:
                    break
        return tuple(found)
