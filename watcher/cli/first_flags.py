"""What `watcher init` is told by flags, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Final

import click
import msgspec

from watcher.config.draft import ChannelDraft, Jobs
from watcher.config.file_table import FileTable
from watcher.config.kinds import channel_tables, source_tables
from watcher.config.objection import objection
from watcher.core.run_summary import BATCH, STREAM

SHORT: Final = MappingProxyType({"stream": STREAM, "batch": BATCH, STREAM: STREAM, BATCH: BATCH})


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on the command line."""

    language: str
    timezone: str
    source: str
    region: str | None
    endpoint: str | None
    project: str | None
    access_key_id: str | None
    access_key_secret: str | None
    security_token: str | None
    jobs: tuple[str, ...]
    channel: tuple[str, ...]
    secret: tuple[str, ...]
    keyword: tuple[str, ...]
    test: bool | None
    offline: bool
    timeout: timedelta


def known_keys() -> dict[str, str]:
    """Keys that stand in the environment already are referred to."""
    keys = ("access_key_id", "access_key_secret")
    names = {key: f"ALIBABA_CLOUD_{key.upper()}" for key in keys}
    if not all(map(os.environ.get, names.values())):
        return {}
    return {key: f"${{{name}}}" for key, name in names.items()}


def flag_of(key: str) -> str:
    """How the command line writes a key."""
    return "--" + key.replace("_", "-")


def split_names(written: str) -> tuple[str, ...]:
    """Names with commas between; none where there is nothing else."""
    return tuple(name for part in written.split(",") if (name := part.strip()))


def read_jobs(flags: Sequence[str]) -> Iterator[Jobs]:
    """`--jobs GLOB,GLOB` of streams, `--jobs batch:GLOB` of batch jobs."""
    by_type: dict[str, tuple[str, ...]] = {}
    for flag in flags:
        word, colon, rest = flag.partition(":")
        typed = bool(colon) and word in SHORT
        job_type, names = (SHORT[word], rest) if typed else (STREAM, flag)
        by_type[job_type] = (*by_type.get(job_type, ()), *split_names(names))
    return (Jobs(job_type, names) for job_type, names in by_type.items() if names)


def read_channels(flags: Flags) -> Iterator[ChannelDraft]:
    """`--channel KIND=URL` or `NAME=KIND=URL`, with `--secret NAME=…` and `--keyword NAME=…`."""
    kinds, more = channel_tables(), {"secret": flags.secret, "keyword": flags.keyword}
    named = {key: dict(_pair(flag, f"--{key}") for flag in given) for key, given in more.items()}
    channels: dict[str, ChannelDraft] = {}
    for flag in flags.channel:
        first, rest = _pair(flag, "--channel")
        kind, url = (first, rest) if first in kinds else _pair(rest, "--channel")
        # What stands there may be a piece of an address.
        shown = f" {kind}" if kind.isalnum() else ""
        _refuse(kind not in kinds, f"--channel: no kind{shown}; there is {', '.join(kinds)}")
        _refuse(first in channels, f"--channel: a second {first}; write NAME={kind}=URL")
        options = {key: values.pop(first, None) for key, values in named.items()}
        channels[first] = ChannelDraft(first, kind, url, **options)
    for key, values in named.items():
        _refuse(bool(values), f"--{key}: there is no --channel called {', '.join(values)}")
    return iter(channels.values())


def _pair(flag: str, option: str) -> tuple[str, str]:
    name, equals, value = flag.partition("=")
    _refuse(not (name and equals and value), f"{option}: write it as {option} NAME=VALUE")
    return name, value


def refuse_missing(flags: Flags) -> None:
    """All flags that are missing, at once."""
    needed = {
        "--region": flags.region or flags.endpoint,
        "--project": flags.project,
        "--access-key-id": flags.access_key_id or known_keys(),
        "--access-key-secret": flags.access_key_secret or known_keys(),
        "--channel": flags.channel,
    }
    missing = ", ".join(flag for flag, given in needed.items() if not given)
    _refuse(bool(missing), f"give also {missing}; or answer questions on a terminal")


def refuse_wrong(flags: Flags) -> None:
    """What is never asked must be right at once."""
    never_asked = ((FileTable, "timezone"), (source_tables()["foas"], "security_token"))
    for table, key in never_asked:
        given = getattr(flags, key)
        words = None if given is None else objection(table, key, given, os.environ)
        _refuse(words is not None, f"{flag_of(key)}: {words}")


def _refuse(wrong: bool, words: str) -> None:  # noqa: FBT001 - it reads as a sentence
    if wrong:
        raise click.UsageError(words)
