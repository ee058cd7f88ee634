"""What `check` shows."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from tests.config.sample import ENV, RULE, compose
from watcher.config.describe import Description, describe
from watcher.config.load import load_text

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)


def described(text: str) -> Description:
    return describe(load_text(text, ENV), NOW)


def rows(description: Description, title: str) -> list[dict[str, str]]:
    (section,) = (section for section in description.sections if section.title == title)
    return [dict(row) for row in section.rows]


def test_rules_with_defaults_and_builtins() -> None:
    """Everything that will be told is listed, the built-in rules too."""
    first, *others = rows(described(compose()), "rules")
    assert {
        "name": "job-down",
        "on": "state-mismatch",
        "severity": "critical",
        "notify": "oncall",
        "match": "",
        "for": "stuck 10m, stopped 1m, failed 0s, zombie 15m, unknown 5m",
        "more": "",
        "from": "file",
    } == first
    assert {("blind", "built in", "5m")} < {(r["name"], r["from"], r["for"]) for r in others}


def test_storms_are_shown() -> None:
    """When jobs are an incident, and that its severity is as that of the jobs' rules."""
    told = described(compose(top='storm = 5\nstorm_within = "1m"\n'))
    settings = {row["key"]: row["value"] for row in rows(told, "settings")}
    assert "5 jobs of one application or error, or within 1m" == settings["storm"]
    assert "as of its jobs" == {r["name"]: r for r in rows(told, "rules")}["incident"]["severity"]
    off = rows(described(compose(top="storm = 0\n")), "settings")
    assert {"key": "storm", "value": "0: no incidents"} in off


def test_details_of_a_rule() -> None:
    """Match, windows and bands are readable."""
    rule = RULE.replace("state-mismatch", "input-delay") + (
        'threshold = "5m"\nrecover_below = "1m"\nfor = "3m"\nstop = true\n'
        'match = { job = ["orders_*", "x"], labels = { team = "orders" }, error = "a|b" }\n'
    )
    first, *_ = rows(described(compose(rule=rule)), "rules")
    assert "3m" == first["for"]
    assert "threshold 5m, recover_below 1m, stop" == first["more"]
    assert "job orders_* | x; labels.team orders; error a|b" == first["match"]


def test_how_often_it_must_change_to_flap() -> None:
    """Defaults of `flapping` are shown as if they had been written."""
    others = {row["name"]: row for row in rows(described(compose()), "rules")}
    assert ("", "count 6 within 15m, remind_every 30m") == (
        others["flapping"]["for"],
        others["flapping"]["more"],
    )
    both = RULE.replace('"state-mismatch"', '["flapping", "missing"]')
    first, *_ = rows(described(compose(rule=both)), "rules")
    assert ("missing 5m", "count 6 within 15m, remind_every flapping 30m") == (
        first["for"],
        first["more"],
    )


def test_channels_show_hosts_only() -> None:
    """Of an address only the host is shown: the rest is its secret."""
    assert [("oncall", "oapi.dingtalk.com", "data"), ("data", "hooks.slack.com", "")] == [
        (row["name"], row["host"], row["fallback"])
        for row in rows(described(compose()), "channels")
    ]


def test_the_heartbeat_shows_its_host_only() -> None:
    """How often who is told, and when not; who knows the rest could beat for us."""
    top = 'heartbeat = { url = "https://hc.example.com/ping/0a1b2c3d4e5f6a7b", interval = "30s" }\n'
    for text, expected in (
        (compose(top=top), "hc.example.com every 30s, unless a delivery waits for 15m"),
        (compose(), "none"),
    ):
        settings = {row["key"]: row["value"] for row in rows(described(text), "settings")}
        assert expected == settings["heartbeat"]
        assert "0a1b2c3d" not in str(settings)


def test_sources_show_where_they_ask() -> None:
    """The endpoint is the region's where none is given."""
    (row,) = rows(described(compose()), "sources")
    assert ("prod", "test_project", "https://foas.cn-hangzhou.aliyuncs.com", "10s") == (
        row["name"],
        row["project"],
        row["endpoint"],
        row["interval"],
    )


def test_jobs() -> None:
    """Names, patterns and labels are listed as the file groups them."""
    assert [
        {
            "source": "prod",
            "type": "FLINK_STREAM",
            "names": "orders_*, payments",
            "labels": "team=orders",
        }
    ] == rows(described(compose()), "jobs")


def test_data_is_json_with_warnings_and_no_secret() -> None:
    """Programs get the same, and neither form shows a secret."""
    description = described(compose(rule=RULE + 'match = { job = "payments" }\n'))
    data = description.as_data()
    written = json.dumps(data, ensure_ascii=False) + repr(description)
    assert [
        *("file", "settings", "rules", "windows", "channels", "sources", "jobs", "warnings")
    ] == list(data)
    assert '"line": 10' in written
    assert [] == [value for value in ENV.values() if value in written]


def test_columns_come_from_the_rows() -> None:
    """Every row of a section has the same columns."""
    for section in described(compose()).sections:
        assert {section.columns} == ({tuple(row) for row in section.rows} or {()})


def test_windows_come_with_their_next_two_openings() -> None:
    """On the clock of their zone, and with the day on which they close where that is another."""
    windows = (
        '[[windows]]\nname = "load"\ndays = ["tue", "sat"]\nfrom = "22:00"\nto = "24:00"\n'
        '[[windows]]\nname = "upgrade"\nmatch = { job = "orders_*" }\ncron = "0 23 * * 6"\n'
        'for = "2h"\nzone = "Europe/Berlin"\n'
    )
    assert [
        {
            "name": "load",
            "open": "tue, sat 22:00–24:00",
            "zone": "Asia/Shanghai",
            "match": "everything",
            "next": "Tue 2026-11-24 22:00–Wed 2026-11-25 00:00",
            "then": "Sat 2026-11-28 22:00–Sun 2026-11-29 00:00",
        },
        {
            "name": "upgrade",
            "open": "0 23 * * 6 for 2h",
            "zone": "Europe/Berlin",
            "match": "job orders_*",
            "next": "Sat 2026-11-28 23:00–Sun 2026-11-29 01:00",
            "then": "Sat 2026-12-05 23:00–Sun 2026-12-06 01:00",
        },
    ] == rows(described(compose() + windows), "windows")
