"""Sentences of ours in another room's or channel's words."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.messages.samples import CHINESE, ENGLISH
from watcher.messages.retold import MOST_READ, OURS, retell
from watcher.messages.wording import TABLES, Language
from watcher.ports import HttpAnswer
from watcher.sources.foas.errors import judge_refusal
from watcher.store.faults import explain
from watcher.transport.http import TLS_BROKEN, TROUBLES

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LATE = "Sun, 22 Nov 2026 07:00:00 GMT"


@pytest.mark.parametrize(
    "said, chinese",
    [
        ("no connection to a.example:443: Connection refused", "无法连接 a.example:443："),
        ("no answer from a.example:443 within 10s", "10 秒内没有收到 a.example:443 的应答"),
        ("the answer of a.example is larger than 1,000,000 bytes", "1,000,000 字节"),
        ("listing the jobs failed: no time was left to ask", "列出作业失败：没有剩余时间发出请求"),
        ("listing the jobs failed: ListJob listed 5 jobs of 7", "7 个作业中的 5 个"),
        ('a leads to ::1, x; if that is meant, write allow_addresses = ["::1"] at the', "指向"),
        ("gave up after 1d", "1 天后放弃"),
        (f"{ENGLISH.say('refusal.token')} · 300005 token is not exist", "请检查本通道的 `url`"),
        ("HTTP 503 ServiceUnavailable: come later (RequestId 1)", "HTTP 503"),
    ],
)
def test_what_we_said_in_english_is_told_in_chinese(said: str, chinese: str) -> None:
    """The reader's language for our sentences, the API's own words as they are."""
    told = retell(said, CHINESE)
    assert chinese in told
    assert said == retell(said, ENGLISH)


def test_a_chinese_channel_s_trouble_is_told_in_english_elsewhere() -> None:
    """What one robot's refusal means is read on another channel, in that one's language."""
    said = f"{CHINESE.say('refusal.ip')} · 310000 ip 1.2.3.4 not in whitelist"
    assert f"{ENGLISH.say('refusal.ip')} · 310000 ip 1.2.3.4 not in whitelist" == retell(
        said, ENGLISH
    )


def test_what_lies_far_behind_is_not_read() -> None:
    """A receiver that says much costs no more time than one that says a little."""
    said = "x" * MOST_READ + ENGLISH.say("refusal.token")
    assert said == retell(said, CHINESE)


def refusals() -> Iterator[str]:
    """What the source says of answers that are no success."""
    for status, code in ((400, "InvalidTimeStamp"), (400, "SignatureDoesNotMatch"), (302, "")):
        for date in ("", LATE):
            headers = {"date": date, "content-type": "text/html" if status == 302 else ""}
            body = b'{"Code": "%s", "Message": ""}' % code.encode()
            yield judge_refusal(HttpAnswer(status, headers, body), NOW).detail


def others_words() -> Iterator[str]:
    """What transport, sources and the store say, with words of the system taken out."""
    for trouble in (*TROUBLES, TLS_BROKEN):
        yield trouble.words.format(host="a:443", within="10s", reason="")
    yield from refusals()
    for part in ("malformed", "disk is full", "disk i/o error", "readonly", "locked"):
        yield explain(OSError(part))[0].removesuffix(f" ({part})")
    for part in ("unable to open", "no such table", "read-only file system"):
        yield explain(OSError(part))[0].removesuffix(f" ({part})")


@pytest.mark.parametrize("said", sorted(set(others_words())))
def test_no_english_sentence_of_ours_reaches_a_chinese_reader(said: str) -> None:
    """A sentence that its room words anew must get its Chinese again."""
    told = retell(said, CHINESE)
    left = {"the", "no", "it", "is", "not", "that", "check"} & {*told.lower().split()}
    assert set() == left, told


@pytest.mark.parametrize(
    "key", sorted(key for key in TABLES[Language.CHINESE] if key.startswith(OURS))
)
def test_each_sentence_is_found_again(key: str) -> None:
    """No sentence hides in a longer one of another meaning."""
    spans = {"span": "10s", "within": "10s"}
    names = ("host", "seconds", "bytes", "listed", "total", "n", "address")
    values = dict.fromkeys(names, "7") | spans
    told = {**values, "span": "10 秒", "within": "10 秒"}
    assert CHINESE.say(key, **told) == retell(ENGLISH.say(key, **values), CHINESE)
