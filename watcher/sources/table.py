"""What the `[sources.X]` tables of every kind have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from watcher.core.link import PLACES, has_stray_brace, places_in
from watcher.tables import AtLeastOne, PositiveSpan, StrictTable

WILDCARDS: Final = "*?["
"""What makes a name a pattern, as in `fnmatch`."""


def is_pattern(name: str) -> bool:
    """Whether a configured name is a glob, which only a discovery can resolve."""
    return any(mark in name for mark in WILDCARDS)


def _name(name: str) -> str:
    if not name.strip():
        raise ValueError("a job's name is never blank")
    return name


def _link(template: str) -> str:
    if not template.startswith(("https://", "http://")):
        raise ValueError("is no http:// or https:// address")
    known = ", ".join(f"{{{place}}}" for place in PLACES)
    unknown = [f"{{{place}}}" for place in places_in(template) if place not in PLACES]
    if unknown:
        raise ValueError(f"names {', '.join(unknown)}, which is nothing of a job; known: {known}")
    if has_stray_brace(template):
        raise ValueError(f"has a brace without its other; a place is written as one of {known}")
    if any(char.isspace() or not char.isprintable() for char in template):
        raise ValueError("holds a blank or a line break; write a blank as %20")
    return template


JobName = Annotated[str, AfterValidator(_name)]


class JobSet(StrictTable):
    """Jobs of one type that are watched together."""

    type: str
    """The API's word for the jobs' type."""
    names: AtLeastOne[JobName]
    """Exact names, and globs (`*`, `?`, `[…]`) that are found by listing the project's jobs."""
    labels: dict[str, str] = Field(default_factory=dict)
    """What rules can match and messages show, such as the team that owns the jobs."""

    @property
    def exact_names(self) -> tuple[str, ...]:
        """The names that are asked for as they stand."""
        return tuple(name for name in self.names if not is_pattern(name))

    @property
    def patterns(self) -> tuple[str, ...]:
        """The names that are globs."""
        return tuple(name for name in self.names if is_pattern(name))


class SourceTable(StrictTable):
    """What a poller needs of any source."""

    interval: PositiveSpan = timedelta(seconds=10)
    """Time from the beginning of one poll to the beginning of the next."""
    discover_interval: PositiveSpan = timedelta(minutes=5)
    """Time between two listings of the jobs that patterns find."""
    timeout: PositiveSpan = timedelta(seconds=10)
    """How long one request may take, its answer included."""
    link: Annotated[str, AfterValidator(_link)] | None = None
    """A template of the web address where people look at a job, shown in messages: it may name
    {job}, {job_type}, {instance}, {application}, {flink_job}, {project}, {source} and {region}."""
