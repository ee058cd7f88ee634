"""What stays the same in an error's message when it comes again with other values.

A table of rules, carried out in order: what each takes out, and what stands there instead.  A rule
may use what the ones before it have put there.  The text is one bounded line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeAlias

MOST_CHARACTERS: Final = 400
"""What tells one error from another stands before that; behind it lie payloads."""

Into: TypeAlias = str | Callable[[re.Match[str]], str]
Rule: TypeAlias = tuple[str, re.Pattern[str], Into]
"""What must stand in a line at all (it saves most searches), what is taken out, what is put in."""

_PLAIN_DIGITS: Final = "0123456789"
_KEPT_DIGITS: Final = "⓪①②③④⑤⑥⑦⑧⑨"
"""Digits that have a meaning, hidden from the rules that take digits out."""
_KEEP: Final = str.maketrans(_PLAIN_DIGITS, _KEPT_DIGITS)


def _rule(pattern: str, into: Into, *, case: bool = True, needs: str = "") -> Rule:
    flags = re.ASCII | (re.RegexFlag(0) if case else re.IGNORECASE)
    return needs, re.compile(pattern, flags), into


def _kept(found: re.Match[str]) -> str:
    return found[0].translate(_KEEP)


def _path(found: re.Match[str]) -> str:
    """The path with `*` for each part that has a digit."""
    parts = found[0].split("/")
    return "/".join("*" if any(c in _PLAIN_DIGITS for c in part) else part for part in parts)


_QUOTE: Final = r"(?:'[^']{0,300}'|\"[^\"]{0,300}\"|`[^`]{0,300}`)"
_TOP_LEVEL: Final = (
    r"com|net|org|io|cn|local|localdomain|internal|intranet|intra|lan|corp|home|invalid|test|svc"
    r"|cloud|edu|gov|info|biz|de|uk|us|eu|jp|hk|sg|tw"
)
_CODE: Final = (
    r"(?:error|status|response)[ _-]?code|(?<!\()code|status|http(?:/\d\.\d)?|errno|sqlstate"
    r"|exit(?: code| status)?"
)
_VALUE: Final = r"value|string|text|entry|input|record|token|user|tenant|customer|account|character"

RULES: Final[tuple[Rule, ...]] = (
    # Codes say what happened; every other number says only how often, how long or to whom.
    _rule(
        rf"\b(?:{_CODE})(?:\W{{1,3}}|\s+(?:is|was|of|with)\s+)\d{{1,6}}\b",
        _kept,
        case=False,
    ),
    _rule(r"\b[A-Z]{3}-\d{5}\b", _kept),
    # A parser's own copy of what it read.
    _rule(r"\[Source: .*", "[Source]", needs="["),
    # Addresses of every kind.
    _rule(r"\b([a-z][a-z0-9+.-]{1,15})://[^\s\"'<>()\[\]{},;]+", r"\1:*", case=False, needs="://"),
    _rule(r"[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}", "*@*", needs="@"),
    # What Java numbers anew in each process: lambdas, proxies, generated and inner classes.
    _rule(r"\$\$Lambda(?:[$/]\w{1,40}){0,3}", "$$Lambda", needs="$"),
    _rule(r"\$Proxy\d+", "$Proxy", needs="$"),
    _rule(r"\$\$(?:Enhancer|FastClass)\w{0,40}\$\$[0-9a-f]+", "$$Enhanced", needs="$"),
    _rule(r"\blambda\$(\w{1,80})\$\d+", r"lambda$\1", needs="$"),
    _rule(r"@[0-9a-f]{1,16}\b", "@", needs="@"),
    _rule(r"\$\d+\b", "$", needs="$"),
    # Ids.
    _rule(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "#", case=False),
    # Times and spans.
    _rule(
        r"\b\d{4}[-/]\d\d?[-/]\d\d?"
        r"(?:[T ]\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|\s?[+-]\d\d:?\d\d)?)?",
        "#",
    ),
    _rule(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? (?:\d\d )?[A-Z][a-z]{2} [\w: ]{4,24}\d{4}", "#"),
    _rule(r"\bP(?=T?\d)(?:\d+D)?T?(?:\d+(?:\.\d+)?[HMS]){0,3}(?!\w)", "#span"),
    _rule(
        r"(?<![\w.])[-+]?\d+(?:\.\d+)?\s?(?:ms|millis\w{0,10}|ns|us|s|secs?|seconds?"
        r"|min|mins|minutes?|h|hours?|d|days?)\b",
        "#span",
        case=False,
    ),
    _rule(r"(?<![\w.])\d+(?:\.\d+)?\s?(?:[KMGTP]i?B|bytes?|B)\b", "#size", case=False),
    # Hosts and ports: what Java looks up, what it writes as host/address, what ends as a host does,
    # what a port follows.
    _rule(r"\b(UnknownHostException: )[^\s:]+", r"\1#host", needs="UnknownHostException"),
    _rule(r"[\w.-]{0,200}/(?:<unresolved>|\d+\.\d+\.\d+\.\d+)(?::\d+)?", "#host", needs="/"),
    _rule(
        rf"(?<![\w.$-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP_LEVEL})(?::\d+)?(?![\w.(]*[\w(])",
        "#host",
    ),
    _rule(r"(?<![\w.$-])(?:[\w-]{1,63}\.){0,8}[A-Za-z][\w-]{0,63}:\d{2,5}\b", "#host"),
    _rule(r"\b(?:[0-9a-f]{1,4}:){3,7}:?[0-9a-f]{1,4}\b", "#host", case=False),
    # Values: of keys, of what is named a value, of whom something is done for.
    _rule(
        r"(?<![\w.])(?!\w{0,40}(?:code|status|error|reason|type|class|state|level)\s?=)"
        rf"([\w.-]{{1,40}})\s?=\s?(?:{_QUOTE}|[^\s,;&)\]}}=\"'`]+)",
        r"\1=*",
        case=False,
        needs="=",
    ),
    _rule(
        rf"\b((?:{_VALUE})s?(?: \w{{1,12}})?[:\s]\s?\(?)(?:{_QUOTE})(?:@{_QUOTE})?",
        r"\1'*'",
        case=False,
    ),
    _rule(
        r"\b((?:for|by|of|from|to) (?:user|tenant|customer|account)) [^\s,;:()]+",
        r"\1 *",
        case=False,
    ),
    # Paths.
    _rule(r"(?<![\w/<])/(?:[\w.$@%+~-]{1,255}/){1,40}[\w.$@%+~-]{0,255}", _path, needs="/"),
    # Numbers, and what is made of them: hex, request ids, lists of numbers.
    _rule(r"0x[0-9a-f]+", "#", case=False),
    _rule(r"(?<![0-9a-z])(?=[0-9a-f]*\d)[0-9a-f]{4,}(?![0-9a-z])", "#", case=False),
    _rule(r"(?<![0-9a-z])[0-9a-f]{8,}(?![0-9a-z])", "#", case=False),
    _rule(r"\b(?=\w{0,60}?\d\w{0,60}?\d\w{0,60}?\d)(?=\w{0,60}?[A-Za-z])\w{12,}\b", "#"),
    _rule(r"(?<!\w)[-+]?\d+(?:[.,]\d+)*%?", "#"),
    _rule(r"\d+", "#"),
    _rule(r"#(?:[\s,;:/._|+T-]{0,3}#(?!\w))+", "#"),
    # `refused: HOST` is `refused`.
    _rule(r"[\s:,-]+#(?:host|span|size)?[\s.,;!)\]]*$", "", needs="#"),
)


def constant_part(line: str) -> str:
    """The line without what differs when the same error comes again, cut at 400 characters."""
    for needs, pattern, into in RULES:
        if needs in line:
            line = pattern.sub(into, line)
    return " ".join(line.split())[:MOST_CHARACTERS]
