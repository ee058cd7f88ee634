"""DingTalk: what is sent, and what its answers mean."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.channels.samples import DINGTALK_SECRET, DINGTALK_TOKEN, TABLES, answer, channel_of
from tests.messages.samples import CHINESE, TOLD_AT, WRONG, ended, notify, parcel
from watcher.channels import dingtalk
from watcher.channels.dingtalk import neutralise, signed_url
from watcher.core.delivery import Parcel
from watcher.core.outcome import Fate
from watcher.core.pace import Limit

DANGEROUS = set("[]!`*#<>@|~\\")


def sent(given_parcel: Parcel, **changes: Any) -> dict[str, Any]:
    body = channel_of("dingtalk", **changes).encode(given_parcel, TOLD_AT).body
    told: dict[str, Any] = json.loads(body)
    return told


def test_a_whole_message_is_markdown_with_mentions() -> None:
    """Heading, facts in blocks, the mentions in the text and in `at`, the id as `msgUuid`."""
    told = sent(parcel(notify(mention=True, link="https://console.example.com/orders_1")))
    assert {
        "msgUuid": "5f0c6c0e9d5a4f1e8c1f7a1a2b3c4d5e",
        "msgtype": "markdown",
        "markdown": {
            "title": "🔴 prod/orders_1 has stopped",
            "text": """\
#### 🔴 prod/orders_1 has stopped

**State**: should be RUNNING, is PAUSED

**Since**: 16:03 UTC+8, for 6 min

**Error**: java.sql.SQLTransientConnectionException: pool-1 timed out after 30000ms · at 16:02

**Before**: RUNNING, instance 177473

**Job**: orders_1, FLINK_STREAM, project test_project

**Labels**: team=orders

**Look at**: instance 177474 · YARN application_1564648959240_0125 · Flink job \
6150954a90852814ce0c6eace9868691

**Rule**: job-down · critical

[Open the job's page](https://console.example.com/orders_1)

@13800000000 @user123""",
        },
        "at": {"atMobiles": ["13800000000"], "atUserIds": ["user123"], "isAtAll": False},
    } == told


def test_a_bundle_is_a_list() -> None:
    """One line for each member."""
    told = sent(parcel(notify(), notify(), id="b" * 32))
    assert "b" * 32 == told["msgUuid"]
    lines = told["markdown"]["text"].splitlines()
    assert 2 == len([line for line in lines if line.startswith("- 🔴 prod/orders_1 has stopped")])


def test_who_is_not_to_be_mentioned_is_not() -> None:
    """A recovery wakes nobody."""
    told = sent(parcel(ended()), at_all=True)
    assert {"atMobiles": [], "atUserIds": [], "isAtAll": False} == told["at"]
    assert "@" not in told["markdown"]["text"]


def test_everybody_can_be_mentioned() -> None:
    """`at_all` needs no name in the text."""
    assert sent(parcel(notify(mention=True)), at_all=True)["at"]["isAtAll"]


@pytest.mark.parametrize("given_parcel", [parcel(), parcel(ended()), parcel(notify(), ended())])
def test_every_message_carries_the_keyword(given_parcel: Parcel) -> None:
    """Recoveries and bundles too, or the robot would silently refuse them."""
    markdown = sent(given_parcel, keyword="[监控] (Flink)")["markdown"]
    assert markdown["title"].startswith("[监控] (Flink) · ")
    assert markdown["text"].startswith("#### [监控] (Flink) · ")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("[here](https://evil.example)", "［here］(https：//evil.example)"),
        ("![p](http://e.example/p.png)", "！［p］(http：//e.example/p.png)"),
        ("# big", "＃ big"),
        ("a.B@1f2e3d", "a.B＠1f2e3d"),
        ("`code` **bold** <font>", "'code' ＊＊bold＊＊ ＜font＞"),
        ("orders_1", "orders_1"),
        ("磁盘已满，95%", "磁盘已满，95%"),
    ],
)
def test_untrusted_text_is_neutralised(text: str, expected: str) -> None:
    """It stays readable and cannot become a link, a picture, a mention or a heading."""
    assert expected == neutralise(text)


@given(st.text())
def test_no_sign_of_markup_survives(text: str) -> None:
    """There is no escape, so nothing that could be markup is left."""
    assert set() == DANGEROUS & set(neutralise(text))
    assert "://" not in neutralise(text)


@given(st.text(st.sampled_from("[]()!`#@\n *x:/"), max_size=80))
def test_a_hostile_error_adds_no_markup(text: str) -> None:
    """The text has the same links, headings, mentions and lines with it as without it."""
    calm = sent(parcel(notify(run=msgspec.structs.replace(WRONG, last_error_message="x"))))
    run = msgspec.structs.replace(WRONG, last_error_message=f"x{text}x")
    hostile = sent(parcel(notify(run=run)))
    for sign in ("](", "![", "\n#", "@", "`", "\n\n"):
        expected = calm["markdown"]["text"].count(sign)
        assert expected == hostile["markdown"]["text"].count(sign)


def test_the_signature_is_encoded_once_and_made_anew() -> None:
    """Milliseconds of this attempt; the token stays first."""
    first = channel_of("dingtalk").encode(parcel(), TOLD_AT).url
    second = channel_of("dingtalk").encode(parcel(), TOLD_AT + timedelta(hours=2)).url
    query = parse_qs(urlsplit(first).query)
    timestamp = int(TOLD_AT.timestamp() * 1000)
    assert [str(timestamp)] == query["timestamp"]
    assert [dingtalk.sign(DINGTALK_SECRET, timestamp)] == query["sign"]
    assert [DINGTALK_TOKEN] == query["access_token"]
    assert "%25" not in first
    assert first != second


@pytest.mark.parametrize("secret, expected", [(None, "?access_token=T"), ("s", "sign=")])
def test_a_pasted_signature_is_stripped(secret: str | None, expected: str) -> None:
    """An address copied from a signed call would carry a stale signature for ever."""
    pasted = "https://oapi.dingtalk.com/robot/send?access_token=T&timestamp=1&sign=stale%3D"
    url = signed_url(pasted, secret, TOLD_AT)
    assert expected in url
    assert "stale" not in url
    assert (1 if secret else 0) == url.count("timestamp=")


def test_without_a_secret_nothing_is_signed() -> None:
    """A robot with keywords or an IP list needs no signature."""
    url = channel_of("dingtalk", secret=None).encode(parcel(), TOLD_AT).url
    assert TABLES["dingtalk"]["url"] == url


def test_chinese_is_sent_as_it_is() -> None:
    """Escaped, each character would take twice the bytes."""
    body = channel_of("dingtalk", CHINESE).encode(parcel(), TOLD_AT).body
    assert "已停止".encode() in body


def test_the_limit_stays_below_twenty_a_minute() -> None:
    """Twenty would be the last one that is taken."""
    assert Limit(most=18, window=timedelta(seconds=60)) == channel_of("dingtalk").limit


@pytest.mark.parametrize(
    "text, expected",
    [
        ("keywords not in content", "keyword"),
        ("description:关键词不匹配;solution:请联系群管理员查看此机器人的关键词", "keyword"),
        ("sign not match", "secret"),
        (
            "description:机器人发送签名不匹配;solution:请确认签名和生成签名的时间戳必须都放在网址中",
            "secret",
        ),
        ("invalid timestamp", "clock"),
        ("ip 1.2.3.4 not in whitelist", "IP list"),
        ("description:来源IP不在白名单", "IP list"),
        ("something else", "security settings"),
    ],
)
def test_a_security_refusal_says_what_to_do(text: str, expected: str) -> None:
    """310000 has four causes, and each has another cure."""
    body = json.dumps({"errcode": 310000, "errmsg": text}, ensure_ascii=False)
    outcome = channel_of("dingtalk").judge(answer(200, body), TOLD_AT)
    assert Fate.REFUSED == outcome.fate
    assert "310000" == outcome.code
    assert expected in outcome.detail.partition(" · ")[0]


def test_the_operator_reads_it_in_his_language() -> None:
    """The words of what to do are Chinese where the file says so."""
    body = json.dumps({"errcode": 310000, "errmsg": "keywords not in content"})
    outcome = channel_of("dingtalk", CHINESE).judge(answer(200, body), TOLD_AT)
    assert outcome.detail.startswith("消息中没有机器人的关键词")


@pytest.mark.parametrize(
    "said, fate, minutes",
    [
        ({"errcode": 130101}, Fate.THROTTLED, 10),
        ({"errcode": "410100"}, Fate.THROTTLED, 10),
        ({"errcode": 90030}, Fate.THROTTLED, 60),
        ({"errcode": 123456, "errmsg": "发送太快了"}, Fate.THROTTLED, 10),
        ({"errcode": 123456, "errmsg": "whatever"}, Fate.REJECTED, None),
        ({"errcode": "-1"}, Fate.RETRY, None),
        ({"errcode": " 0 "}, Fate.DELIVERED, None),
        ({"errcode": "0x0"}, Fate.RETRY, None),
        ({"errcode": 0.0}, Fate.RETRY, None),
        ({"errcode": 10**30}, Fate.RETRY, None),
    ],
)
def test_codes_come_as_numbers_or_texts(
    said: dict[str, Any], fate: Fate, minutes: int | None
) -> None:
    """Only an integer or its text is a code; a throttle waits as long as the robot is closed."""
    outcome = channel_of("dingtalk").judge(answer(200, json.dumps(said)), TOLD_AT)
    assert fate == outcome.fate
    assert (timedelta(minutes=minutes) if minutes else None) == outcome.retry_after


def test_success_needs_status_and_code() -> None:
    """A proxy's error page that repeats the last answer is no delivery."""
    assert Fate.RETRY == channel_of("dingtalk").judge(answer(502, '{"errcode":0}'), TOLD_AT).fate


@pytest.mark.parametrize(
    "changes",
    [
        {"at_mobiles": ["138 0000"]},
        {"at_mobiles": ["13800000000"] * 51},
        {"at_user_ids": ["a b"]},
        {"keyword": ""},
        {"keyword": "two\nlines"},
        {"keyword": " blank"},
        {"at_all": "yes"},
    ],
)
def test_the_table_refuses_what_the_robot_would(changes: dict[str, Any]) -> None:
    """Found when the file is read, not at 3 a.m."""
    with pytest.raises(ValidationError) as caught:
        channel_of("dingtalk", **changes)
    assert next(iter(changes)) == caught.value.errors()[0]["loc"][0]
