"""From a file to validated tables, or to every fault of it at once."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from stat import S_IMODE, S_ISREG
from typing import TypeVar

import msgspec
from pydantic import ValidationError

from watcher.config.agreement import disagreements
from watcher.config.complaints import Written, complaints, outside, show
from watcher.config.destinations import forbidden_destinations
from watcher.config.document import Document, read_document
from watcher.config.faults import ConfigError, Fault, did_you_mean
from watcher.config.file_table import FileTable, default_store
from watcher.config.kinds import (
    AccountTable,
    ChannelTable,
    SourceTable,
    channel_tables,
    source_tables,
)
from watcher.config.outline import Outline, outline
from watcher.config.positions import KeyPath, Positions
from watcher.config.rule_faults import rule_faults
from watcher.config.rule_table import RuleTable
from watcher.config.secrets import Expansion, SecretFile, expand
from watcher.config.shape import keys_of, secret_texts
from watcher.config.tokens import tokens_in
from watcher.config.web_faults import web_faults
from watcher.config.window_faults import window_faults
from watcher.config.window_table import WindowTable
from watcher.tables import StrictTable
from watcher.telemetry.redaction import Redactor

TableT = TypeVar("TableT", bound=StrictTable)
PathFault = tuple[KeyPath, Fault]


class Config(msgspec.Struct, frozen=True):
    """A file without faults: its tables by name, the rules in the file's order.

    `secrets` are the values that no text may show; `default_store` is where the store goes when the
    file does not say.  `plain` are the places where a secret stands as it is, `files` the files
    that others were read from; `own` is the file itself, where it is a regular one.
    """

    file: str
    top: FileTable
    accounts: Mapping[str, AccountTable]
    sources: Mapping[str, SourceTable]
    channels: Mapping[str, ChannelTable]
    rules: tuple[RuleTable, ...]
    parts: Outline
    positions: Positions
    secrets: frozenset[str]
    default_store: Path
    plain: tuple[KeyPath, ...]
    files: tuple[tuple[KeyPath, SecretFile], ...]
    own: SecretFile | None = None
    windows: tuple[WindowTable, ...] = ()

    def __repr__(self) -> str:
        """Which file, and how much of it; no values."""
        return f"Config({self.file!r}, {len(self.rules)} rules, {len(self.sources)} sources)"


def load(path: Path, env: Mapping[str, str]) -> Config:
    """Read and judge the file at `path`; `ConfigError` with every fault.

    `env` is where `${VARIABLE}`, `$CREDENTIALS_DIRECTORY` and `$STATE_DIRECTORY` are looked up.
    """
    text, mode = read_text(path)
    config = load_text(text, env, str(path))
    # A pipe (`--config <(…)`) has no permissions worth a word.
    own = SecretFile(path, S_IMODE(mode)) if S_ISREG(mode) else None
    return msgspec.structs.replace(config, own=own)


def read_text(path: Path) -> tuple[str, int]:
    """The file's text and its mode; `ConfigError` where it cannot be read."""
    try:
        with path.open("rb") as file:
            text = file.read().decode("utf-8-sig")
            mode = os.fstat(file.fileno()).st_mode
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(str(path), [Fault(line, "", found="bytes that are no UTF-8")]) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(str(path), [Fault(None, "", hint=f"cannot be read: {why}")]) from None
    return text, mode


def load_text(text: str, env: Mapping[str, str], file: str = "rules.toml") -> Config:
    """Judge the text of a file that is called `file` in faults; `ConfigError` with every fault."""
    document = read_document(text)
    if document.values is None:
        raise ConfigError(file, document.faults)
    if not document.values and not document.faults:
        hint = "begin with `watcher init`, or a copy of rules.example.toml"
        raise ConfigError(file, [Fault(1, "", found="nothing in the file", hint=hint)])
    expansion = expand(document.values, env, document.positions)
    return _judge(document, expansion, file, default_store(env))


def _judge(document: Document, expansion: Expansion, file: str, store: Path) -> Config:
    judgement = _Judgement(Written(document.values or {}, document.positions), expansion)
    parts = outline(expansion.document)
    top = judgement.table(FileTable, expansion.document, ())
    accounts = judgement.accounts()
    sources = judgement.of_kind("sources", source_tables())
    channels = judgement.of_kind("channels", channel_tables())
    rules, windows = judgement.rules(parts), judgement.windows(parts)
    judgement.note(disagreements(parts, judgement.written))
    judgement.note(forbidden_destinations(expansion.document, judgement.written))
    judgement.note(web_faults(expansion.document, judgement.written))
    faults = [*document.faults, *expansion.faults.values(), *judgement.told()]
    if faults or top is None:
        raise ConfigError(file, faults)
    return Config(
        file=file,
        top=top,
        accounts=accounts,
        sources=sources,
        channels=channels,
        rules=rules,
        parts=parts,
        positions=document.positions,
        secrets=frozenset(judgement.secrets),
        default_store=store,
        plain=tuple(judgement.plain),
        files=expansion.files,
        windows=windows,
    )


def _is_secret(text: str) -> bool:
    """Whether a value is one: an address is kept like a secret, and yet may hold none."""
    return "://" not in text or bool(tokens_in(text))


def _of_all(fault: Fault, path: KeyPath, keys: Iterable[str]) -> Fault:
    """A fault without what only one kind allows."""
    return msgspec.structs.replace(fault, allowed=None, hint=did_you_mean(str(path[-1]), keys))


class _Judgement:
    """Collects what every table has against what was written."""

    def __init__(self, written: Written, expansion: Expansion) -> None:
        self.written = written
        self.secrets = set(expansion.secrets)
        self.plain: list[KeyPath] = []
        self._expansion = expansion
        self._faults: list[PathFault] = []

    def note(self, faults: Iterable[PathFault]) -> None:
        self._faults.extend(faults)

    def told(self) -> Iterator[Fault]:
        """Each place's first fault, without a word of any secret."""
        redact = Redactor(self.secrets).redact
        first = {path: (path, fault) for path, fault in reversed(self._faults)}
        for fault in outside(first.values(), self._expansion.faults):
            yield msgspec.structs.replace(
                fault,
                found=fault.found and redact(fault.found),
                hint=fault.hint and redact(fault.hint),
            )

    def table(
        self, model: type[TableT], values: Mapping[str, object], at: KeyPath
    ) -> TableT | None:
        self._keep_secrets(model, values, at)
        try:
            return model.model_validate(values)
        except ValidationError as error:
            self.note(complaints(error, model, at, self.written))
            return None

    def _keep_secrets(
        self, model: type[StrictTable], values: Mapping[str, object], at: KeyPath
    ) -> None:
        for path, text in secret_texts(model, values):
            self.secrets.add(text)
            if (*at, *path) not in self._expansion.written and _is_secret(text):
                self.plain.append((*at, *path))

    def accounts(self) -> dict[str, AccountTable]:
        named = {
            name: self.table(AccountTable, values, ("accounts", name))
            for name, values in self._named("accounts")
        }
        return {name: table for name, table in named.items() if table is not None}

    def of_kind(self, part: str, models: Mapping[str, type[TableT]]) -> dict[str, TableT]:
        tables: dict[str, TableT] = {}
        for name, values in self._named(part):
            kind = values.get("kind")
            model = models.get(kind) if isinstance(kind, str) else None
            if model is None:
                self._note_kind((part, name, "kind"), models)
                self.note(self._of_any_kind(values, (part, name), models))
            elif (table := self.table(model, values, (part, name))) is not None:
                tables[name] = table
        return tables

    def _of_any_kind(
        self, values: Mapping[str, object], at: KeyPath, models: Mapping[str, type[TableT]]
    ) -> Iterator[PathFault]:
        """What is a fault whichever kind was meant; each kind judges, and all must agree."""
        judged = [
            self._judged_as(model, {**values, "kind": kind}, at) for kind, model in models.items()
        ]
        known = {key for model in models.values() for key in keys_of(model)}
        for path, fault in judged[0].items():
            others = [faults.get(path) for faults in judged[1:]]
            if None not in others:
                # What is allowed and what is near differ from kind to kind.
                alike = all(other == fault for other in others)
                yield path, fault if alike else _of_all(fault, path, known)

    def _judged_as(
        self, model: type[TableT], values: Mapping[str, object], at: KeyPath
    ) -> dict[KeyPath, Fault]:
        self._keep_secrets(model, values, at)
        try:
            model.model_validate(values)
        except ValidationError as error:
            return dict(complaints(error, model, at, self.written))
        return {}

    def _note_kind(self, path: KeyPath, known: Iterable[str]) -> None:
        there, value = self.written.reach(path)
        given = there == path
        fault = self.written.fault(
            path,
            found=show(value) if given else "nothing",
            allowed=", ".join(known),
            hint=did_you_mean(str(value), known) if given else "this key must be given",
        )
        self.note([(path, fault)])

    def rules(self, parts: Outline) -> tuple[RuleTable, ...]:
        judged = [self._rule(number, table, parts) for number, table in self._listed("rules")]
        return tuple(rule for rule in judged if rule is not None)

    def windows(self, parts: Outline) -> tuple[WindowTable, ...]:
        judged = []
        for number, table in self._listed("windows"):
            judged.append(self.table(WindowTable, table, ("windows", number)))
            self.note(window_faults(parts.windows[number], table, self.written))
        return tuple(window for window in judged if window is not None)

    def _listed(self, part: str) -> Iterator[tuple[int, dict[str, object]]]:
        listed = self._expansion.document.get(part)
        for number, table in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(table, dict):
                yield number, table

    def _rule(self, number: int, values: dict[str, object], parts: Outline) -> RuleTable | None:
        rule = self.table(RuleTable, values, ("rules", number))
        self.note(rule_faults(parts.rules[number], values, self.written))
        return rule

    def _named(self, part: str) -> Iterator[tuple[str, dict[str, object]]]:
        tables = self._expansion.document.get(part)
        for name, values in (tables if isinstance(tables, dict) else {}).items():
            if isinstance(values, dict):
                yield name, values
