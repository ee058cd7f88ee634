"""A first file, written out: answers become TOML, and its secrets stay outside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from watcher.core.run_summary import STREAM

REFERENCE: Final = re.compile(r"\$\{[^}]+\}")
"""A text with one says itself where its secret is, and is written as it stands."""

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_NO_NAME: Final = re.compile(r"[^A-Z0-9]+")
_ESCAPED: Final = re.compile(r'["\\`$]')


class Jobs(msgspec.Struct, frozen=True):
    """Names and globs of one type."""

    type: str
    names: tuple[str, ...]


class SourceDraft(msgspec.Struct, frozen=True):
    """One project of FOAS; keys are secrets, or references to them."""

    project: str
    access_key_id: str
    access_key_secret: str
    name: str = "prod"
    region: str | None = None
    endpoint: str | None = None
    security_token: str | None = None
    jobs: tuple[Jobs, ...] = ()

    def __repr__(self) -> str:
        """Which one; nothing of its keys."""
        return f"SourceDraft({self.name!r}, {self.project!r})"


class ChannelDraft(msgspec.Struct, frozen=True):
    """One channel; `url` and `secret` are secrets, or references to them."""

    name: str
    kind: str
    url: str
    secret: str | None = None
    keyword: str | None = None

    def __repr__(self) -> str:
        """Which one; nothing of its address."""
        return f"ChannelDraft({self.name!r}, {self.kind!r})"


class Draft(msgspec.Struct, frozen=True):
    """All that a first file says; `schema` is the schema's file as an editor finds it from there,
    `variables` the one where the secrets are, as a comment says it.
    """

    source: SourceDraft
    channels: tuple[ChannelDraft, ...]
    language: str = "en"
    timezone: str = "UTC"
    schema: str | None = None
    variables: str | None = None


class Drafted(msgspec.Struct, frozen=True):
    """A draft as text, and the variables that the text asks for with their values."""

    toml: str
    variables: Mapping[str, str]

    def __repr__(self) -> str:
        """How much of it; the values are secrets."""
        return f"Drafted({len(self.toml)} characters, {len(self.variables)} variables)"


def write_draft(draft: Draft) -> Drafted:
    """The file, and the secrets that it asks the environment for; pure."""
    pen = _Pen()
    source = tuple(_source(draft.source, pen))
    channels = [tuple(_channel(channel, pen)) for channel in draft.channels]
    head = _head(draft, with_variables=bool(pen.variables))
    blocks = map("\n".join, (head, _top(draft), source, _rules(draft), *channels))
    return Drafted("\n\n".join(blocks) + "\n", pen.variables)


def write_variables(variables: Mapping[str, str]) -> str:
    """A file of variables that a shell (`set -a; . FILE`) and systemd read alike."""
    lines = [f'{name}="{_ESCAPED.sub(_escape, value)}"' for name, value in variables.items()]
    return "\n".join(["# Secrets of watcher's rules, for its user alone.", *lines, ""])


def _escape(found: re.Match[str]) -> str:
    return f"\\{found[0]}"


class _Pen:
    """Writes secrets as references and keeps what they refer to."""

    def __init__(self) -> None:
        self.variables: dict[str, str] = {}

    def secret(self, wanted: str, value: str) -> str:
        if REFERENCE.search(value):
            return _text(value)
        name = base = _NO_NAME.sub("_", wanted.upper()).strip("_") or "SECRET"
        number = 1
        while self.variables.get(name, value) != value:
            number += 1
            name = f"{base}_{number}"
        self.variables[name] = value
        return _text(f"${{{name}}}")


def _head(draft: Draft, *, with_variables: bool) -> Iterator[str]:
    if draft.schema is not None:
        yield f"#:schema {draft.schema}"
    yield "# What watcher watches, and whom it tells. `watcher init` wrote it."
    yield "# Every key is in rules.example.toml. After a change: watcher check"
    if with_variables and draft.variables is not None:
        yield f"# ${{NAME}} is a variable; their values are in {draft.variables}."


def _top(draft: Draft) -> Iterator[str]:
    yield 'listen = "127.0.0.1:9109"  # /metrics, /healthz, /readyz'
    yield f"timezone = {_text(draft.timezone)}  # of the times in messages"
    yield f"language = {_text(draft.language)}  # of the messages: en or zh"


def _source(source: SourceDraft, pen: _Pen) -> Iterator[str]:
    yield f"[sources.{_key(source.name)}]"
    yield 'kind = "foas"'
    if source.region is not None:
        yield f"region = {_plain(source.region)}"
    if source.endpoint is not None:
        yield f"endpoint = {_plain(source.endpoint)}"
    for key in ("access_key_id", "access_key_secret", "security_token"):
        value = getattr(source, key)
        if value is not None:
            yield f"{key} = {pen.secret(f'alibaba_cloud_{key}', value)}"
    yield f"project = {_plain(source.project)}"
    yield 'interval = "10s"  # from one poll to the next'
    yield "jobs = [  # names, and globs that are found by listing the jobs"
    for jobs in source.jobs:
        names = ", ".join(map(_plain, jobs.names))
        yield f"  {{ type = {_text(jobs.type)}, names = [{names}] }},"
    yield "]"


def _rules(draft: Draft) -> Iterator[str]:
    notify = "notify = [" + ", ".join(_plain(channel.name) for channel in draft.channels) + "]"
    yield from _rule("job-down", "state-mismatch", "critical", notify)
    yield ""
    yield from _rule("new-error", "new-error", "warning", notify)
    if any(jobs.type == STREAM for jobs in draft.source.jobs):
        yield ""
        yield from _rule("crash-loop", "restart", "critical", notify)
        yield "count = 3  # restarts that nobody asked for ..."
        yield 'within = "10m"  # ... in such a time'
        yield ""
        yield from _rule("behind", "input-delay", "error", notify)
        yield 'threshold = "5m"  # of InputDelay'
        yield 'for = "3m"'


def _rule(name: str, on: str, severity: str, notify: str) -> tuple[str, ...]:
    return ("[[rules]]", f'name = "{name}"', f'on = "{on}"', f'severity = "{severity}"', notify)


def _channel(channel: ChannelDraft, pen: _Pen) -> Iterator[str]:
    yield f"[channels.{_key(channel.name)}]"
    yield f"kind = {_text(channel.kind)}"
    yield f"url = {pen.secret(f'{channel.name}_url', channel.url)}"
    if channel.secret is not None:
        yield f"secret = {pen.secret(f'{channel.name}_secret', channel.secret)}"
    if channel.keyword is not None:
        yield f"keyword = {_plain(channel.keyword)}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _plain(text: str) -> str:
    """A text that is meant as it stands: its dollars begin no reference."""
    return _text(text.replace("$", "$$"))


def _text(text: str) -> str:
    """TOML's basic strings are JSON's, but for one character that only TOML escapes."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
