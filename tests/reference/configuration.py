"""docs/configuration.md, made of the configuration's JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from watcher.config.schema import config_schema

HEAD: Final = """\
# Configuration

Written from the code by `python -m tests.reference`. It is one TOML file; `rules.example.toml`
shows every key in its place, `watcher check` says every fault of yours at once, and
`watcher schema config` gives editors what stands here.

Spans are a whole number and a unit in quotes: `"500ms"`, `"10s"`, `"5m"`, `"1h"`, `"2d"`. In every
text `${VAR}` is the environment's, `${file:/path}` a file's content and `${credential:NAME}` one
of systemd's credentials; `$$` is a plain `$`.
"""
TABLES: Final = (
    ("`[web]`", "WebTable"),
    ("`[heartbeat]`", "HeartbeatTable"),
    ("`[accounts.NAME]`", "account"),
    ("`[sources.NAME]` of kind `foas`", "source.foas"),
    ("One of a source's `jobs`", "FoasJobSet"),
    ("`[[rules]]`", "rule"),
    ("A rule's `match`", "MatchTable"),
    ("A rule's `for`, by verdict", "LastsTable"),
    ("`[[windows]]`", "window"),
    ("A window's `match`", "PlaceTable"),
    ("`[channels.NAME]` of kind `dingtalk`", "channel.dingtalk"),
    ("`[channels.NAME]` of kind `slack`", "channel.slack"),
    ("`[channels.NAME]` of kind `webhook`", "channel.webhook"),
)
DISPATCHERS: Final = frozenset({"source", "channel"})
"""What only says which of the tables above a kind has."""

Schema = Mapping[str, Any]


def page() -> str:
    """The whole document."""
    schema = config_schema()
    shown = {name for _, name in TABLES}
    missing = schema["$defs"].keys() - shown - DISPATCHERS
    assert not missing, f"no part of the page shows {missing}"
    parts = [HEAD, *_table("The top of the file", schema)]
    for title, name in TABLES:
        parts += _table(title, schema["$defs"][name])
    return "\n".join(parts)


def _table(title: str, schema: Schema) -> Iterator[str]:
    required = frozenset(schema.get("required", ()))
    yield f"## {title}\n\n{schema.get('description', '')}\n"
    yield "| key | is | default | means |\n|---|---|---|---|"
    for key, value in schema["properties"].items():
        default = "**required**" if key in required else _default(value)
        meaning = str(value.get("description", "")).replace("|", "\\|")
        yield f"| `{key}` | {_kind(value)} | {default} | {meaning} |"
    yield ""


def _default(schema: Schema) -> str:
    if "default" not in schema:
        return "–"
    value = schema["default"]
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f'`"{value}"`' if isinstance(value, str) else f"`{value}`"


def _kind(schema: Schema) -> str:
    """What a value is, in a word or by its choices."""
    if "$ref" in schema:
        return "table"
    choices = list(_choices(schema))
    if choices:
        return " ".join(f"`{choice}`" for choice in choices)
    if "(ms|s|m|h|d)" in str(schema.get("pattern", "")) or _has_span(schema):
        return "span"
    words = {"string": "text", "integer": "number", "boolean": "`true`, `false`"}
    told = str(schema.get("type", "one or a list"))
    words |= {"array": "list", "object": "table"}
    return words.get(told, told)


def _has_span(schema: Schema) -> bool:
    return any("(ms|s|m|h|d)" in str(one.get("pattern", "")) for one in schema.get("anyOf", ()))


def _choices(schema: Schema) -> Iterator[str]:
    """The words that a value may be, however deep the schema says them."""
    yield from map(str, schema.get("enum", ()))
    for one in schema.get("anyOf", ()):
        if one.get("type") == "array":
            continue
        yield from _choices(one)
    if schema.get("type") == "array":
        yield from _choices(schema.get("items", {}))
