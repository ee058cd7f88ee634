"""What `check` points out: a file that is sound and may yet not do what was meant."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta
from shlex import quote
from typing import Final

from watcher.channels.registry import build_channel
from watcher.config.faults import Remark
from watcher.config.load import Config
from watcher.config.outline import RuleOutline, SourceOutline, TargetOutline
from watcher.config.positions import KeyPath, write_path
from watcher.config.reach import covers_name, reaches_name, reaches_source
from watcher.config.secrets import SecretFile
from watcher.config.web_faults import is_reachable
from watcher.core.event import Kind
from watcher.core.plan import Plan
from watcher.core.rule import Rule
from watcher.core.span import format_span
from watcher.core.verdict import Verdict
from watcher.messages.wording import Language, Wording

CLOCKED: Final = frozenset({Kind.STATE_MISMATCH, Kind.INPUT_DELAY, Kind.BATCH_LATE, Kind.MISSING})
"""Kinds whose `for` is judged at readings."""


def remarks(config: Config, plan: Plan) -> tuple[Remark, ...]:
    """Everything worth a second look, in no file's way."""
    return (
        *_exposed(config),
        *_in_the_open(config),
        *_unwatched(config),
        *_coarse(config, plan),
        *_untold(config),
        *_vain_fallbacks(config),
    )


def _remark(config: Config, path: KeyPath, text: str) -> Remark:
    return Remark(config.positions.line(path), write_path(path), text)


def _exposed(config: Config) -> Iterator[Remark]:
    """Files of secrets that somebody else than their owner may read."""
    if config.own is not None and config.own.open_to and config.plain:
        text = f"a secret stands here as it is, and {_is_open(config.own)}"
        first = min(config.plain, key=lambda path: config.positions.line(path) or 0)
        yield _remark(config, first, text)
    told: set[SecretFile] = set()
    for path, file in config.files:
        if file.open_to and file not in told:
            told.add(file)
            yield _remark(config, path, _is_open(file))


def _in_the_open(config: Config) -> Iterator[Remark]:
    """A token that travels for all to read."""
    web = config.top.web
    https = web.cert_file or (web.base_url or "").startswith("https:")
    if is_reachable(config.top.listen) and not https:
        text = (
            "is served without TLS: tokens, passwords and pages travel in the open; write [web]"
            " with cert_file and key_file, or the https address of a proxy before it as base_url"
        )
        yield _remark(config, ("listen",), text)


def _is_open(file: SecretFile) -> str:
    name = str(file.path)
    return f"{name} is open to {file.open_to} ({file.mode:04o}): chmod 600 {quote(name)}"


def _unwatched(config: Config) -> Iterator[Remark]:
    rules = tuple(
        rule for rule in config.parts.rules if Kind.STATE_MISMATCH in rule.on and rule.notify
    )
    for source in config.parts.sources:
        for target in source.targets or ():
            for number, name in enumerate(target.names):
                told = _gap(rules, name, target, source)
                if told is not None:
                    yield _remark(config, (*target.path, "names", number), told)


def _gap(
    rules: tuple[RuleOutline, ...], name: str, target: TargetOutline, source: SourceOutline
) -> str | None:
    reaching = [rule for rule in rules if reaches_name(rule, name, target, source)]
    job = f'"{name}" ({target.job_type})'
    if not reaching:
        return f"no state-mismatch rule covers {job}: nobody is told when it is down"
    if any(covers_name(rule, name, target, source) for rule in reaching):
        return None
    names = ", ".join(rule.name or "" for rule in reaching)
    return f"state-mismatch rules cover {job} only in part: {names}"


def _coarse(config: Config, plan: Plan) -> Iterator[Remark]:
    for outline in config.parts.rules:
        rule = plan.rule(outline.name or "")
        if rule is not None and rule.notify:
            yield from _coarse_for(config, rule, outline)


def _coarse_for(config: Config, rule: Rule, outline: RuleOutline) -> Iterator[Remark]:
    shortest = min(_spans(rule), default=None)
    if shortest is None:
        return
    for source in config.parts.sources:
        interval = config.sources[source.name].interval
        if interval > shortest and reaches_source(outline, source):
            text = (
                f"{source.name} is read every {format_span(interval)}, less often than this rule's "
                f"for of {format_span(shortest)}: it fires at the first reading that still shows it"
            )
            yield _remark(config, (*outline.path, "for"), text)


def _spans(rule: Rule) -> Iterator[timedelta]:
    """Every span but 0s, which asks for no second reading."""
    for kind in rule.on:
        if kind in CLOCKED:
            verdicts = tuple(Verdict) if kind is Kind.STATE_MISMATCH else (None,)
            spans = (rule.span_for(kind, verdict) for verdict in verdicts)
            yield from (span for span in spans if span)


def _untold(config: Config) -> Iterator[Remark]:
    if not config.rules:
        yield _remark(config, ("rules",), "no rules: only the built-in ones hold")
    named = {name for rule in config.rules for name in rule.notify}
    fallbacks = set(config.parts.fallbacks.values())
    for name in config.channels:
        if config.rules and name not in named | fallbacks:
            text = "no rule and no fallback names this channel"
            yield _remark(config, ("channels", name), text)


def _vain_fallbacks(config: Config) -> Iterator[Remark]:
    words = Wording(Language.ENGLISH, UTC)
    robots = {
        name: build_channel(name, table, words).robot for name, table in config.channels.items()
    }
    for name, fallback in config.parts.fallbacks.items():
        if robots.get(name) == robots.get(fallback):
            text = f"{fallback} tells the same receiver, so it is as silent as {name} is"
            yield _remark(config, ("channels", name, "fallback"), text)
