"""TOML that looks like a rules file or a scenario: right and wrong values under the right keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from tests.config.sample import compose
from tests.tree import ROOT
from watcher.config.file_table import FileTable
from watcher.config.kinds import AccountTable, channel_tables, source_tables
from watcher.config.rule_table import MatchTable, RuleTable
from watcher.config.shape import keys_of
from watcher.config.window_table import WindowTable
from watcher.core.event import Kind
from watcher.tables import StrictTable

Texts = st.SearchStrategy[str]

VALUES: Final = (
    *('""', '"x"', '"*"', '"[a-"', "'\\d+'", '"(?i)["', "0", "-1", "1.5", "inf", "nan", "true"),
    *('"10s"', '"500ms"', '"0s"', '"36500d"', '"99999999999d"', '"1e5s"', '"10 s"', "[]", "{}"),
    *("[1]", '["oncall"]', '["oncall", "data"]', '["a", 1, []]', '{ stuck = "1m" }', "1979-05-27"),
    *('"main"', '"prod"', '"data"', '"oncall"', '"job-down"', '"blind"', '"state-mismatch"'),
    *('"critical"', '"info"', '"zh"', '"UTC"', '"Asia/Shanghai"', '"../etc/passwd"', '"Asia"'),
    *('"foas"', '"slack"', '"webhook"', '"dingtalk"', '"v3"', '"xml"', '"cn-hangzhou"', '"chain"'),
    *('"https://h.example/x?access_token=abc"', '"http://[::1"', '"https://u:p@h/"', '"//h"'),
    *(
        '"${KEY_SECRET}"',
        '"${ROBOT_TOKEN}"',
        '"${NOPE}"',
        '"${"',
        '"$$"',
        '"${file:x}"',
        '"${a:b}"',
    ),
    *(
        '"127.0.0.1:9109"',
        '"[::1]:99999"',
        '":"',
        '"sqlite:///x"',
        '"postgresql://x"',
        '"a\\u0000b"',
    ),
    *('"FLINK_STREAM"', '"a,b"', '"whsec_*"', '"<!here>"', "['''\nx''']", '"""\n\\"""', "1e400"),
    *('[{ type = "FLINK_STREAM", names = ["orders_*", "a?", "[!"], labels = { t = "x" } }]',),
    *('{ labels = { team = "orders" } }', '{ job = "orders_*", error = "(a+)+b" }', "9" * 30),
    *('"0 2 * * 6"', '"* * * * *"', '"0 0 30 2 *"', '"0 0 * 2 MON#5"', '"L/0 1-9/0 LW * 5L"'),
    *('"24:00"', '"02:00"', '"25:61"', '["sat"]', '["sat", "sat", "sunday"]', '"60d"'),
    *('{ from = "RUNNING", to = ["FAILED"], verdict = "stuck" }', '{ "X-A" = "${KEY_SECRET}" }'),
)
KINDS_WRITTEN: Final = tuple(f'"{kind}"' for kind in Kind)
TABLES: Final[tuple[type[StrictTable], ...]] = (
    FileTable,
    RuleTable,
    MatchTable,
    WindowTable,
    AccountTable,
    *source_tables().values(),
    *channel_tables().values(),
)
KEYS: Final = tuple(dict.fromkeys(key for table in TABLES for key in keys_of(table)))
HEADERS: Final = (
    *("[accounts.main]", "[sources.prod]", "[sources.b]", "[[rules]]", "[channels.oncall]"),
    *(
        "[channels.data]",
        "[channels.w]",
        "[rules.match]",
        "[[windows]]",
        "[windows.match]",
        '[channels."a b"]',
        "[sources.prod.jobs]",
    ),
    *("[[sources.prod.jobs]]", "[accounts]", "[x]", "[[channels]]", "[a.b.c.d]", "[rules]", "["),
)
SCENARIO_KEYS: Final = (
    *("title", "project", "repeat_every", "starts", "name", "names", "count", "first", "type"),
    *("at", "every", "times", "job", "fault", "clear", "lasts", "requests", "operation", "status"),
    *("expect_state", "actual_state", "input_delay", "last_error_message", "last_error_time"),
    *("instance_id", "committed", "present", "absent", "restart", "resubmit", "fields", "delay"),
    *("access_key_id", "access_key_secret", "security_token", "retry_after", "size", "message"),
)
SCENARIO_VALUES: Final = (
    *('"5s"', '"0.5s"', '"99999999999999d"', '"a"', '"job_{n}"', '"*"', '["a", "b"]', "3", "0"),
    *("true", "false", '"FAILED"', "1000000", "10000000000000", '"throttle"', '"hang"', "[]", '""'),
    *("{ from = 1, to = 9 }", "{ from = 9 }", '["last_error_message"]', '"p"', '"first-request"'),
    *('"FLINK_BATCH"', '"ListJob"', "1.5", "nan", "07:32:00", '"٣s"', '"1000000d"'),
)
SCENARIO_HEADERS: Final = ("[[credentials]]", "[[jobs]]", "[[steps]]", "[jobs]", "[x]")
OTHERS: Final = (
    *(
        '"quoted key" = 1',
        "a.b.c = 1",
        "= 1",
        "# a comment",
        "",
        "a = 1 # c",
        "a = '''",
        "\r",
        "\t",
    ),
    *("磁盘 = 1", "'' = 1", "x = [", "]", "}", "a = {", 'b = "\\uD800"', "a.a.a.a = {a.b = 1}"),
)

RULES_WORDS: Final = (*KEYS, *VALUES, *KINDS_WRITTEN, *HEADERS)
SCENARIO_WORDS: Final = (*SCENARIO_KEYS, *SCENARIO_VALUES, *SCENARIO_HEADERS)


def _lines(keys: Sequence[str], values: Texts, headers: Sequence[str]) -> Texts:
    pair = st.builds("{} = {}".format, st.sampled_from(keys), values)
    return pair | st.sampled_from(headers) | st.sampled_from(OTHERS)


def _edited(text: str, edits: list[tuple[int, int, str]]) -> str:
    lines = text.split("\n")
    for at, gone, line in edits:
        start = at % (len(lines) + 1)
        lines[start : start + gone] = [line]
    return "\n".join(lines)


def _edits(lines: Texts) -> st.SearchStrategy[list[tuple[int, int, str]]]:
    return st.lists(st.tuples(st.integers(0, 200), st.integers(0, 2), lines), max_size=6)


def _texts(whole: Sequence[str], lines: Texts) -> st.SearchStrategy[bytes]:
    return (
        st.builds(_edited, st.sampled_from(whole), _edits(lines))
        | st.lists(lines, max_size=25).map("\n".join)
    ).map(str.encode)


def rules_texts() -> st.SearchStrategy[bytes]:
    """The sound example and the smallest sound file, changed a little; and files made of lines."""
    values = st.sampled_from(VALUES) | st.sampled_from(KINDS_WRITTEN)
    example = (ROOT / "rules.example.toml").read_text(encoding="utf-8")
    return _texts((compose(), example), _lines(KEYS, values, HEADERS))


def scenario_texts() -> st.SearchStrategy[bytes]:
    """The demo's scenario, changed a little; and scenarios made of lines."""
    values = st.sampled_from(SCENARIO_VALUES)
    demo = (ROOT / "watcher" / "simulator" / "demo.toml").read_text(encoding="utf-8")
    return _texts((demo, 'project = "p"\n'), _lines(SCENARIO_KEYS, values, SCENARIO_HEADERS))
