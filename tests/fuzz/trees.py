"""Bodies that look like the API's: its words in odd places, as JSON, as XML, and damaged."""

from __future__ import annotations

import json
from typing import Any, Final

from hypothesis import strategies as st

from watcher.simulator.encoding import encode_xml

KEYS: Final = (
    "RunSummarys",
    "RunSummary",
    "JobName",
    "jobName",
    "ExpectState",
    "ActualState",
    "Id",
    "EngineJobHandler",
    "InputDelay",
    "LastErrorMessage",
    "LastErrorTime",
    "Jobs",
    "Job",
    "IsCommitted",
    "TotalCount",
    "RequestId",
    "Code",
    "Message",
    "PageIndex",
    "errcode",
    "errmsg",
    "ok",
    "error",
    "punish",
)
TEXTS: Final = (
    "",
    " ",
    "RUNNING",
    "orders_1",
    "177474",
    "-99999999",
    " 12 ",
    "9223372036854775808",
    "1e3",
    "\ud83d",
    "\ud83d\ude00",
    "a\r\nb",
    "true",
    "ok",
    "310000",
    "Throttling.User",
    "SignatureNonceUsed",
    "server string to sign is:GET",
    "java.io.IOException: x\nCaused by: a.B: c",
    "\u2028\x00\x1b[31m",
)
NUMBERS: Final = st.sampled_from(
    (0, -1, 177474, 2**63 - 1, 2**63, -(2**63) - 1, 1.0, 1.5, 1e300, float("inf"), float("nan"))
)
LEAVES: Final = (
    st.none()
    | st.booleans()
    | NUMBERS
    | st.integers()
    | st.sampled_from(TEXTS)
    | st.text(st.characters(), max_size=20)
)


def _branches(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6)


ROWS: Final = st.dictionaries(st.sampled_from(KEYS[2:11]), LEAVES, max_size=9)
NAMED: Final = st.builds(lambda row, name: row | {"JobName": name}, ROWS, st.sampled_from(TEXTS))
ANSWERS: Final = st.builds(
    lambda rows, rest: rest | {"RequestId": "R-1", "RunSummarys": {"RunSummary": rows}},
    st.lists(NAMED | ROWS, max_size=4),
    st.dictionaries(st.sampled_from(KEYS), LEAVES, max_size=2),
)
LISTINGS: Final = st.builds(
    lambda rows, total: {"Jobs": {"Job": rows}, "TotalCount": total},
    st.lists(NAMED, max_size=4),
    LEAVES,
)
TREES: Final = ANSWERS | LISTINGS | st.recursive(LEAVES, _branches, max_leaves=12)


def _json(tree: Any, escaped: bool) -> bytes:
    return json.dumps(tree, ensure_ascii=escaped).encode("utf-8", "replace")


def _xml(tree: Any) -> bytes:
    return encode_xml("BatchGetInstanceRunSummaryResponse", tree)


def _damaged(body: bytes, at: int, piece: bytes, gone: int) -> bytes:
    at %= len(body) + 1
    return body[:at] + piece + body[at + gone :]


WHOLE: Final = st.builds(_json, TREES, st.booleans()) | st.builds(_xml, TREES)
PIECES: Final = st.sampled_from(
    (
        b"",
        b"{",
        b"}",
        b"[",
        b'"',
        b",",
        b"<",
        b"/>",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\x00",
    )
) | st.sampled_from((b"[" * 3000, b'{"a":' * 1500, b"<a>" * 1500))
BODIES: Final = WHOLE | st.builds(
    _damaged, WHOLE, st.integers(0, 2000), PIECES, st.sampled_from((0, 1, 5))
)
"""Most are whole; the rest lack a piece or have one too many."""
