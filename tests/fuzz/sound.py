"""Rules files that are mostly sound, with any text where text may stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from watcher.core.event import Kind

Table = dict[str, Any]

TEXTS: Final = st.sampled_from(
    (
        "oncall",
        "data",
        "a b",
        "磁盘",
        'quo"te',
        "back\\slash",
        "x" * 300,
        "a.b",
        "\u202e",
        "\x85",
        "1",
    )
) | st.text(st.characters(codec="utf-8", exclude_characters="$"), min_size=1, max_size=12)
NAMES: Final = st.sampled_from(("oncall", "data", "audit", "a.b c", "磁"))
GLOBS: Final = st.sampled_from(("*", "orders_*", "o?ders_1", "[!a]*", "[", "payments", "*_*_*"))
SPANS: Final = st.sampled_from(("0s", "500ms", "1s", "90s", "5m", "1h", "2d", "36500d", " 3m "))
SOME: Final = st.lists(NAMES, max_size=3)
LABELS: Final = st.dictionaries(TEXTS, GLOBS, max_size=2)

URLS: Final = st.sampled_from(
    (
        "https://oapi.dingtalk.com/robot/send?access_token=${ROBOT_TOKEN}",
        "${SLACK_URL}",
        "http://[::1]:80/x?y=%2B+;z#".removesuffix("#"),
        "https://h.example/T0/B0/planted?sign=1&timestamp=2",
    )
)
CHANNELS: Final = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("dingtalk"), "url": URLS},
        optional={
            "secret": st.just("${ROBOT_SECRET}") | TEXTS,
            "keyword": TEXTS,
            "at_mobiles": st.lists(st.just("13800000000"), max_size=2),
            "fallback": NAMES,
            "timeout": SPANS,
        },
    ),
    st.fixed_dictionaries(
        {"kind": st.just("slack"), "url": URLS},
        optional={"mentions": st.just(["<!here>", "<@U012AB3CD>"]), "language": st.just("zh")},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("webhook"), "url": URLS},
        optional={"headers": st.dictionaries(TEXTS, TEXTS, max_size=2), "secret": TEXTS},
    ),
)
JOBS: Final = st.fixed_dictionaries(
    {
        "type": st.sampled_from(("FLINK_STREAM", "FLINK_BATCH")),
        "names": st.lists(GLOBS | TEXTS, min_size=1, max_size=3),
    },
    optional={"labels": st.dictionaries(TEXTS, TEXTS, max_size=2)},
)
SOURCES: Final = st.fixed_dictionaries(
    {
        "kind": st.just("foas"),
        "account": st.just("main"),
        "project": st.sampled_from(("test_project", "p~1.x-y")),
        "jobs": st.lists(JOBS, min_size=1, max_size=3),
    },
    optional={
        "interval": SPANS,
        "signature": st.sampled_from(("v1", "v3")),
        "format": st.just("xml"),
        "endpoint": st.sampled_from(("https://h.example", "http://[::1]:8080/")),
        "link": TEXTS,
    },
)
MATCHES: Final = st.fixed_dictionaries(
    {},
    optional={
        "source": NAMES | GLOBS,
        "job": GLOBS | st.lists(GLOBS, min_size=1, max_size=3),
        "labels": LABELS,
        "verdict": st.sampled_from(("failed", ["stuck", "zombie"])),
        "from": st.just("RUNNING"),
        "error": st.sampled_from(("(?i)disk", "(a+)+$", "[[:alpha:]]", "\\d", "(?P<x>x)")) | TEXTS,
    },
)
RULES: Final = st.fixed_dictionaries(
    {
        "name": TEXTS,
        "on": st.sampled_from(list(Kind)) | st.lists(st.sampled_from(list(Kind)), min_size=1),
        "severity": st.sampled_from(("critical", "error", "warning", "info")),
        "notify": SOME,
    },
    optional={
        "match": MATCHES,
        "for": SPANS | st.dictionaries(st.sampled_from(("failed", "stuck", "zombie")), SPANS),
        "keep_firing_for": SPANS,
        "remind_every": SPANS,
        "repeat_after": SPANS,
        "threshold": SPANS,
        "recover_below": SPANS,
        "count": st.integers(1, 5),
        "within": SPANS,
        "stop": st.booleans(),
    },
)
CLOCKS: Final = st.sampled_from(("00:00", "02:30", "06:00", "23:59", "24:00"))
FIELDS: Final = st.sampled_from(("*", "*/2", "0", "5,7", "1-6", "L", "29-31", "MON#5", "6", "JAN"))
WINDOWS: Final = st.fixed_dictionaries(
    {"name": TEXTS, "cron": st.lists(FIELDS, min_size=5, max_size=5).map(" ".join), "for": SPANS},
    optional={"zone": st.sampled_from(("UTC", "Europe/Berlin")), "match": MATCHES},
) | st.fixed_dictionaries(
    {
        "name": TEXTS,
        "days": st.lists(st.sampled_from(("mon", "wed", "sun")), min_size=1),
        "from": CLOCKS,
        "to": CLOCKS,
    }
)


def _value(value: object) -> str:
    """A value as TOML, on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_value(str(k))} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _table(header: str, table: Table) -> str:
    return "\n".join((header, *(f"{key} = {_value(value)}" for key, value in table.items())))


def _file(
    top: Table,
    sources: dict[str, Table],
    channels: dict[str, Table],
    rules: list[Table],
    windows: list[Table],
) -> bytes:
    account = {
        "region": "cn-hangzhou",
        "access_key_id": "${KEY_ID}",
        "access_key_secret": "${KEY_SECRET}",
    }
    parts = [_table("", top), _table("[accounts.main]", account)]
    parts += [_table(f"[sources.{_value(name)}]", table) for name, table in sources.items()]
    parts += [_table(f"[channels.{_value(name)}]", table) for name, table in channels.items()]
    parts += [_table("[[rules]]", rule) for rule in rules]
    parts += [_table("[[windows]]", window) for window in windows]
    return "\n".join(parts).encode()


def sound_texts() -> st.SearchStrategy[bytes]:
    """Whole files in which every part has the right shape; a few parts may not fit together."""
    top = st.fixed_dictionaries(
        {},
        optional={
            "store": TEXTS,
            "listen": st.sampled_from(("", "127.0.0.1:0", "[::1]:9109")),
            "timezone": st.sampled_from(("UTC", "Asia/Shanghai")),
            "retention": SPANS,
            "history": SPANS,
            "give_up": SPANS,
        },
    )
    channels = st.fixed_dictionaries(
        dict.fromkeys(("oncall", "data", "audit", "a.b c", "磁"), CHANNELS)
    )
    sources = st.dictionaries(NAMES | TEXTS, SOURCES, min_size=1, max_size=2)
    rules, windows = st.lists(RULES, max_size=3), st.lists(WINDOWS, max_size=2)
    return st.builds(_file, top, sources, channels, rules, windows)
