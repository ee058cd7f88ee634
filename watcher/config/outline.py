"""What can be made out of a document that may have any fault: who names whom.

What one part says of another is judged here and not in the validated tables, so that a slip in a
rule's `severity` does not hide the one in its `notify`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import msgspec

from watcher.config.positions import KeyPath


class RuleOutline(msgspec.Struct, frozen=True):
    """One rule, as far as others matter to it; what cannot be made out is empty."""

    path: KeyPath
    keys: frozenset[str]
    name: str | None
    on: tuple[str, ...]
    notify: Mapping[str, KeyPath]
    place: Mapping[str, tuple[str, ...]]
    labels: Mapping[str, tuple[str, ...]]
    verdicts: tuple[str, ...]

    def globs(self, key: str) -> tuple[str, ...]:
        """What `match` asks of a source, project, job or job type; `*` where it asks nothing."""
        return self.place.get(key) or ("*",)


class TargetOutline(msgspec.Struct, frozen=True):
    """Names or globs of one job type with their labels."""

    path: KeyPath
    job_type: str
    names: tuple[str, ...]
    labels: Mapping[str, str] = MappingProxyType({})


class SourceOutline(msgspec.Struct, frozen=True):
    """One source; `targets` is `None` where its jobs cannot be made out."""

    path: KeyPath
    name: str
    project: str | None
    account: str | None
    targets: tuple[TargetOutline, ...] | None


class Outline(msgspec.Struct, frozen=True):
    """The file's parts and the names by which they call each other.

    `fallbacks` leads from a channel to the one that speaks when it cannot.  Windows have the
    place of a rule.
    """

    accounts: frozenset[str]
    channels: tuple[str, ...]
    fallbacks: Mapping[str, str]
    sources: tuple[SourceOutline, ...]
    rules: tuple[RuleOutline, ...]
    windows: tuple[RuleOutline, ...] = ()


def outline(document: Mapping[str, object]) -> Outline:
    """Read what can be read; never fails."""
    channels = _table(document.get("channels"))
    fallbacks = {
        name: fallback
        for name, channel in channels.items()
        if isinstance(fallback := _table(channel).get("fallback"), str)
    }
    return Outline(
        frozenset(_table(document.get("accounts"))),
        tuple(channels),
        fallbacks,
        tuple(_source(name, _table(s)) for name, s in _table(document.get("sources")).items()),
        _placed(document, "rules"),
        _placed(document, "windows"),
    )


def _placed(document: Mapping[str, object], part: str) -> tuple[RuleOutline, ...]:
    tables = enumerate(_list(document.get(part)))
    return tuple(_rule((part, number), _table(table)) for number, table in tables)


def _source(name: str, table: Mapping[str, object]) -> SourceOutline:
    path = ("sources", name)
    jobs = table.get("jobs")
    targets = [_target((*path, "jobs", n), _table(job)) for n, job in enumerate(_list(jobs))]
    known = tuple(target for target in targets if target is not None)
    return SourceOutline(
        path,
        name,
        _text(table.get("project")),
        _text(table.get("account")),
        known if known and len(known) == len(targets) else None,
    )


def _target(path: KeyPath, job: Mapping[str, object]) -> TargetOutline | None:
    job_type, names = _text(job.get("type")), _texts(job.get("names"))
    if job_type is None or not names:
        return None
    labels = {key: value for key, value in _table(job.get("labels")).items() if _text(value)}
    return TargetOutline(path, job_type, names, {key: str(value) for key, value in labels.items()})


def _rule(path: KeyPath, table: Mapping[str, object]) -> RuleOutline:
    match = _table(table.get("match"))
    notify = [(name, n) for n, name in enumerate(_list(table.get("notify")))]
    labels = _table(match.get("labels"))
    return RuleOutline(
        path,
        frozenset(table),
        _text(table.get("name")),
        _texts(table.get("on")),
        {name: (*path, "notify", n) for name, n in notify if isinstance(name, str)},
        {key: _texts(match.get(key)) for key in ("source", "project", "job", "job_type")},
        {name: globs for name, written in labels.items() if (globs := _texts(written))},
        _texts(match.get("verdict")),
    )


def _table(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> tuple[str, ...]:
    """One text or a list of them."""
    written = value if isinstance(value, list) else [value]
    return tuple(text for text in written if isinstance(text, str) and text)
