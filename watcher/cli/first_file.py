"""The steps of `watcher init`: where the jobs are, which of them, whom to tell."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

import anyio
import msgspec

from watcher.app.first_look import TYPES, advise, list_jobs, resolve_draft
from watcher.app.trial import try_channel
from watcher.cli.first_flags import (
    Flags,
    flag_of,
    known_keys,
    read_channels,
    read_jobs,
    refuse_missing,
    refuse_wrong,
    split_names,
)
from watcher.cli.interview import Interview, Judge, Question
from watcher.cli.tables import say
from watcher.config.draft import ChannelDraft, Draft, Jobs, SourceDraft
from watcher.config.faults import ConfigError
from watcher.config.kinds import address_of, channel_tables, source_tables
from watcher.config.objection import objection
from watcher.config.resolve import Resolved
from watcher.core.outcome import Fate
from watcher.core.reading import Outage
from watcher.core.run_summary import STREAM
from watcher.ports import StoreError
from watcher.terminal import printable_line

MOST_SHOWN: Final = 12
NONE: Final = "-"

Listed = Mapping[str, tuple[str, ...]]
"""Type → names of its jobs."""


OPTIONAL: Final = MappingProxyType(
    {
        "secret": "Secret that signs, if any",
        "keyword": "Keyword that the robot asks for, if any",
    }
)


EXAMPLES: Final = MappingProxyType(
    {
        "dingtalk": ", https://oapi.dingtalk.com/robot/send?access_token=...",
        "slack": ", https://hooks.slack.com/services/...",
        "webhook": ", such as https://hooks.example.com/watcher",
    }
)
"""How the addresses of each kind look; they are copied from where the robot was made."""


class _AgainError(Exception):
    """The person wants to correct what was tried."""


class FirstFile:
    """Asks step by step; each step is tried as soon as it is answered."""

    def __init__(self, flags: Flags, interview: Interview, file: Path) -> None:
        self._flags = flags
        self._interview = interview
        self._file = file

    def draft(self) -> Draft:
        """All answers; a wrong usage where one is missing and there is nobody to ask."""
        refuse_wrong(self._flags)
        flagged = list(read_channels(self._flags))
        if not self._interview.asks:
            refuse_missing(self._flags)
        self._head("Where the jobs are")
        source, listed = self._source()
        self._head("Which jobs")
        source = msgspec.structs.replace(source, jobs=self._jobs(listed))
        draft = Draft(source, (), self._flags.language, self._flags.timezone)
        self._head("Whom to tell")
        return self._channels(draft, flagged)

    def _head(self, text: str) -> None:
        if self._interview.asks:
            say(f"\n{text}")

    def _source(self) -> tuple[SourceDraft, Listed | None]:
        source = self._ask_source(None)
        while True:
            try:
                return source, self._list(source)
            except _AgainError:
                source = self._ask_source(source)

    def _ask_source(self, before: SourceDraft | None) -> SourceDraft:
        """All questions about the source; those asked before have their answers as defaults."""
        flags = self._flags
        given = {} if before else msgspec.structs.asdict(flags)
        last = msgspec.structs.asdict(before) if before else known_keys()

        def ask(
            key: str, label: str, *, hidden: bool = False, optional: bool = False
        ) -> str | None:
            question = Question(label, flag_of(key), hidden, optional)
            judge = _judge(source_tables()["foas"], key)
            return self._interview.answer(question, given.get(key), last.get(key), judge)

        central = bool(flags.endpoint or before)
        return SourceDraft(
            name=flags.source,
            region=ask("region", "Region, such as cn-hangzhou", optional=central),
            endpoint=ask("endpoint", "Endpoint, if not the region's own", optional=True)
            if central
            else None,
            project=ask("project", "Project") or "",
            access_key_id=ask("access_key_id", "AccessKey id") or "",
            access_key_secret=ask("access_key_secret", "AccessKey secret", hidden=True) or "",
            security_token=flags.security_token or last.get("security_token"),
        )

    def _list(self, source: SourceDraft) -> Listed | None:
        """The jobs that a signed request finds; `None` where nobody could or should ask."""
        if self._flags.offline:
            return None
        everything = tuple(Jobs(job_type, ("*",)) for job_type in TYPES)
        resolved = self._resolved(Draft(msgspec.structs.replace(source, jobs=everything), ()))
        table = resolved.sources[source.name]
        say(f"Asking {address_of(table, None)} for the jobs of {source.project} ...")
        asking = partial(list_jobs, resolved, source.name, within=self._flags.timeout)
        found = anyio.run(asking)
        if isinstance(found, Outage):
            self._keep(f"The jobs cannot be listed.\n{advise(found)}")
            return None
        listed = {listing.job_type: tuple(listing.names) for listing in found}
        if not any(listed.values()):
            self._keep(
                f"The key is right, but the project {source.project} has no job that is committed; "
                "is it this project, and this region?"
            )
            return None
        _show(listed)
        return listed

    def _resolved(self, draft: Draft) -> Resolved:
        """What it resolves to; the step begins anew where `check` would refuse it."""
        try:
            return resolve_draft(draft, os.environ, self._file)
        except ConfigError as error:
            faults = "\n".join(f"{fault.key}: {fault.says}" for fault in error.faults)
            self._interview.must_correct(faults)
            raise _AgainError from None

    def _keep(self, trouble: str) -> None:
        """Go on with what is, or begin the step anew."""
        if self._interview.correct(trouble):
            raise _AgainError

    def _jobs(self, listed: Listed | None) -> tuple[Jobs, ...]:
        flags = self._flags.jobs
        while True:
            jobs = tuple(read_jobs(flags)) if flags else tuple(self._ask_jobs(listed))
            lost = ", ".join(_matching_nothing(jobs, listed or {}))
            if not jobs:
                self._interview.must_correct("No job at all would be watched")
            elif not lost or not self._interview.correct(f"No job is called {lost}"):
                return jobs
            flags = ()

    def _ask_jobs(self, listed: Listed | None) -> Iterator[Jobs]:
        for job_type in TYPES:
            there = listed is None or bool(listed[job_type])
            default = "*" if there and (listed is not None or job_type == STREAM) else NONE
            if there and self._interview.asks:
                label = f"{job_type}: names or globs, with commas; {NONE} for none"
                question = Question(label, "--jobs")
                default = self._interview.answer(question, None, default, _judge_names) or NONE
            if default != NONE:
                yield Jobs(job_type, split_names(default))

    def _channels(self, draft: Draft, flagged: Sequence[ChannelDraft]) -> Draft:
        if flagged or not self._interview.asks:
            for channel in flagged:
                draft = self._with_channel(draft, channel)
            return draft
        while True:
            draft = self._with_channel(draft, None)
            if not self._interview.agree("Another channel?", default=False):
                return draft

    def _with_channel(self, draft: Draft, channel: ChannelDraft | None) -> Draft:
        """The draft with one more channel, which took a test message or is to be kept."""
        given = channel
        while True:
            channel = given or self._ask_channel(draft, channel)
            given = None
            whole = msgspec.structs.replace(draft, channels=(*draft.channels, channel))
            try:
                self._try(whole, channel.name)
            except _AgainError:
                continue
            return whole

    def _ask_channel(self, draft: Draft, last: ChannelDraft | None) -> ChannelDraft:
        before = msgspec.structs.asdict(last) if last else {}
        taken = {channel.name for channel in draft.channels}
        kinds = channel_tables()

        def ask(key: str, label: str, judge: Judge, default: str | None = None) -> str | None:
            hidden, optional = key in {"url", "secret"}, key in {"secret", "keyword"}
            question = Question(label, "--channel", hidden, optional)
            return self._interview.answer(question, None, before.get(key, default), judge)

        kind = ask("kind", f"Kind ({', '.join(kinds)})", _judge_kind) or ""
        table = kinds[kind]
        more = [key for key in ("secret", "keyword") if key in table.model_fields]
        return ChannelDraft(
            name=ask("name", "Name", lambda name: _judge_name(name, taken), kind) or kind,
            kind=kind,
            url=ask("url", f"Address{EXAMPLES.get(kind, '')}", _judge(table, "url")) or "",
            **{key: ask(key, OPTIONAL[key], _judge(table, key)) for key in more},
        )

    def _try(self, draft: Draft, name: str) -> None:
        """A test message, where it is wanted; faults of the file are told in any case."""
        resolved = self._resolved(draft)
        if self._flags.offline:
            return
        text = f"Send a test message to {name}?"
        if not self._interview.agree(text, default=True, given=self._flags.test):
            return
        try:
            outcome = anyio.run(try_channel, name, resolved)
        except StoreError as error:
            self._keep(f"{name}: not sent: {error}")
            return
        if outcome.fate is Fate.DELIVERED:
            say(f"{name}: delivered; look whether it is where it should be")
        else:
            self._keep(f"{name}: not delivered ({outcome.fate}): {outcome.detail}")


def _judge(table: type, key: str) -> Judge:
    return lambda value: objection(table, key, value, os.environ)


def _judge_kind(kind: str) -> str | None:
    kinds = channel_tables()
    return None if kind in kinds else f"there is {', '.join(kinds)}"


def _judge_name(name: str, taken: set[str]) -> str | None:
    if not name:
        return "a channel needs a name"
    return f"there is a channel {name} already" if name in taken else None


def _judge_names(written: str) -> str | None:
    return None if split_names(written) else f"write names, or {NONE} for none"


def _matching_nothing(jobs: Sequence[Jobs], listed: Listed) -> Iterator[str]:
    for one in jobs:
        for name in one.names:
            if listed and not any(fnmatchcase(job, name) for job in listed[one.type]):
                yield f"{name} ({one.type})"


def _show(listed: Listed) -> None:
    for job_type, names in listed.items():
        more = f", and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
        some = printable_line(", ".join(sorted(names)[:MOST_SHOWN]))
        say(f"  {job_type}: {len(names)}  {some}{more}")
