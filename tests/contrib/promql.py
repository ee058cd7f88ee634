"""What a query of PromQL names: its metrics and labels, found without Prometheus."""

from __future__ import annotations

import re

WORDS = frozenset({"and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring"})
GIVEN = frozenset({"job", "instance", "le", "alertname"})
"""Labels that Prometheus adds, or that belong to a kind of metric."""

_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_MATCHERS = re.compile(r"\{([^{}]*)\}")
_GROUPING = re.compile(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^()]*)\)")
_SPAN = re.compile(r"\[[^\]]*\]|\boffset\s+\S+")
_WORD = re.compile(r"[a-zA-Z_:][\w:]*")
_CALL = re.compile(r"\s*\(")
_LABEL = re.compile(r"[a-zA-Z_]\w*")


def metrics_in(query: str) -> set[str]:
    """The names of the metrics that are asked for."""
    bare = _TEXT.sub('""', query)
    for what in (_MATCHERS, _GROUPING, _SPAN):
        bare = what.sub(" ", bare)
    words = {word.group() for word in _WORD.finditer(bare) if not _CALL.match(bare, word.end())}
    return words - WORDS


def labels_in(query: str) -> set[str]:
    """The names of the labels that are matched or grouped by, but for those that are given."""
    bare = _TEXT.sub('""', query)
    found: set[str] = set()
    for matchers in _MATCHERS.findall(bare):
        found |= {label.strip() for label in re.findall(r"([\w\s]+?)(?:=~|!~|!=|=)", matchers)}
    for grouping in _GROUPING.findall(bare):
        found |= set(_LABEL.findall(grouping))
    return found - GIVEN
