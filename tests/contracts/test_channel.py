"""What every kind of channel must do, whatever it speaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels import samples
from tests.channels.samples import SECRETS, answer, channel_of
from tests.messages.samples import (
    BOTH,
    ENGLISH,
    RIGHT,
    TOLD_AT,
    WRONG,
    ended,
    every_notification,
    notify,
    parcel,
)
from watcher.channels.registry import KINDS
from watcher.core.deferral import LATE_AFTER, Because, Deferral
from watcher.core.delivery import Parcel
from watcher.core.notification import Notification
from watcher.core.outcome import Fate
from watcher.core.subject import job_subject
from watcher.messages.wording import Wording

VECTORS: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "channel_vectors.json").read_text()
)

FATES: Final = MappingProxyType(
    {
        "delivered": Fate.DELIVERED,
        "retry": Fate.RETRY,
        "ambiguous_retry": Fate.RETRY,
        "throttled": Fate.THROTTLED,
        "dead": Fate.REFUSED,
        "reject_or_dead": Fate.REFUSED,
        "retry_after_clock_check": Fate.REFUSED,
        "reject": Fate.REJECTED,
        "reject_shorten": Fate.TOO_LONG,
    }
)
"""The vectors' classes in our words; a refusal is probed each minute, signed anew."""

RESPONSES: Final = (
    *(("dingtalk", case) for case in VECTORS["dingtalk"]["responses"]),
    *(("slack", case) for case in VECTORS["slack"]["webhook_responses"]),
    *(("slack", case) for case in VECTORS["slack"]["api_responses"]),
)

ANY_KIND = pytest.mark.parametrize("kind", sorted(KINDS))
ANY_WORDS = pytest.mark.parametrize("words", BOTH, ids=["en", "zh"])

MARKUP = st.sampled_from(
    [
        "<!channel>",
        "[x](https://evil.example)",
        "![p](https://evil.example/p.png)",
        "@13800000000",
        "&" * 50,
        "\n# heading",
        "😀" * 40,
        "磁盘已满" * 30,
        '"\\' * 60,
        "\ud800",
        "\x00\x1b",
    ]
)
TEXT = st.lists(st.one_of(st.text(st.characters(), max_size=40), MARKUP), max_size=6).map("".join)
HUGE = st.tuples(TEXT, st.integers(1, 3000)).map(lambda pair: pair[0] * pair[1])


def check_dingtalk(body: bytes) -> None:
    assert len(body) <= 18_000


def check_slack(body: bytes) -> None:
    said = json.loads(body)
    assert len(said["blocks"]) <= 50
    assert len(said["text"].encode("utf-16-le")) // 2 <= 4000
    whole = json.dumps(said["blocks"], ensure_ascii=False, separators=(",", ":"))
    assert len(whole.encode("utf-16-le")) // 2 <= 12_000
    for block in said["blocks"]:
        most = 150 if block["type"] == "header" else 3000
        assert 1 <= len(block["text"]["text"].encode("utf-16-le")) // 2 <= most


def check_webhook(body: bytes) -> None:
    assert len(body) <= 20_000
    data = json.loads(body)["data"]
    for run in (data["run"], data["previous"]):
        if run and run["last_error_message"]:
            assert len(run["last_error_message"].encode()) <= 8192


SIZES: Final = MappingProxyType(
    {"dingtalk": check_dingtalk, "slack": check_slack, "webhook": check_webhook}
)
"""What each receiver takes (channels.md §1–3)."""


def told(kind: str, words: Wording = ENGLISH, **changes: Any) -> Callable[[Parcel], bytes]:
    channel = channel_of(kind, words, **changes)
    return lambda given: channel.encode(given, TOLD_AT).body


@st.composite
def notifications(draw: st.DrawFn) -> Notification:
    run = msgspec.structs.replace(
        WRONG,
        actual_state=draw(st.none() | TEXT),
        instance_id=draw(st.none() | st.integers() | TEXT),
        engine_job_handler=draw(st.none() | TEXT),
        input_delay_ms=draw(st.none() | st.integers(-(2**63), 2**63)),
        last_error_message=draw(HUGE),
        last_error_at=draw(st.none() | st.integers(-(2**63), 2**63)),
    )
    pattern = draw(st.sampled_from(PATTERNS))
    subject = pattern.subject
    if subject.job is not None:
        subject = job_subject(draw(TEXT), "FLINK_STREAM", draw(HUGE))
    has_run = pattern.event.run is not None
    event = msgspec.structs.replace(
        pattern.event,
        subject=subject,
        run=run if has_run else None,
        previous=run if has_run else None,
        facts=msgspec.structs.replace(pattern.event.facts, detail=draw(HUGE)),
    )
    return msgspec.structs.replace(
        pattern,
        event=event,
        rule=draw(TEXT),
        project=draw(st.none() | TEXT),
        labels=draw(st.dictionaries(TEXT, HUGE, max_size=30)),
        link=draw(st.none() | TEXT.map(lambda text: f"https://x.example/{text}")),
        mention=draw(st.booleans()),
        held=draw(st.integers(0, 10**9)),
    )


PATTERNS = tuple(every_notification())


def test_every_kind_has_its_samples() -> None:
    """A kind that joins the registry joins this suite."""
    assert set(KINDS) == set(samples.TABLES) == set(SECRETS) == set(SIZES)


@ANY_KIND
def test_what_the_registry_says_holds_for_the_codec(kind: str) -> None:
    """Deciding and sending agree on bundles; chats send one at a time."""
    channel = channel_of(kind)
    assert KINDS[kind].bundles == channel.bundles
    assert (1 if channel.bundles else 32) == channel.in_flight
    assert "oncall" == channel.name
    assert timedelta(seconds=10) == channel.timeout


@ANY_KIND
@ANY_WORDS
def test_everything_that_can_be_told_is_encoded(kind: str, words: Wording) -> None:
    """Every kind, reason and status becomes valid JSON of an allowed size, in both languages."""
    encode = told(kind, words)
    for notification in PATTERNS:
        SIZES[kind](encode(parcel(notification)))


@ANY_KIND
@given(notifications(), st.booleans(), st.booleans())
def test_no_text_is_too_long_or_breaks_the_body(
    kind: str, notification: Notification, shrink: bool, late: bool
) -> None:
    """Huge errors, astral characters, markup and half characters: cut, never refused or raised."""
    deferred = Deferral(Because.RECEIVER, notification.rule) if late else None
    sent = channel_of(kind).encode(
        parcel(notification, shrink=shrink, deferred=deferred),
        TOLD_AT + (timedelta(hours=3) if late else timedelta(0)),
    )
    SIZES[kind](sent.body)
    assert "POST" == sent.method
    assert sent.headers["Content-Type"].startswith("application/json")


@ANY_KIND
@settings(max_examples=15)
@given(st.lists(notifications(), min_size=2, max_size=100), st.booleans())
def test_no_bundle_is_too_long(kind: str, members: list[Notification], shrink: bool) -> None:
    """A hundred members of any text fit into one message."""
    SIZES[kind](told(kind)(parcel(*members, shrink=shrink)))


@ANY_KIND
def test_shrinking_gives_a_shorter_body(kind: str) -> None:
    """After a refusal for length the same id comes with less text."""
    many = []
    for n in range(100):
        # Each its own: those that are alike would share a line.
        error = f"com.example.{'e' * n}Exception: " + "磁盘已满" * 5000
        run = msgspec.structs.replace(WRONG, last_error_message=error)
        about = job_subject("prod", "FLINK_STREAM", f"job_{n}_" + "x" * 90)
        many.append(notify(run=run, subject=about))
    encode = told(kind)
    members = many if KINDS[kind].bundles else many[:1]
    whole, shrunk = encode(parcel(*members)), encode(parcel(*members, shrink=True))
    assert len(shrunk) < len(whole) / 2


@ANY_KIND
def test_each_attempt_has_the_same_id_and_body(kind: str) -> None:
    """A receiver recognises what arrives twice; only signature and time are made anew."""
    channel = channel_of(kind)
    given_parcel = parcel(notify(mention=True))
    later = msgspec.structs.replace(given_parcel, attempt=5)
    first = channel.encode(given_parcel, TOLD_AT)
    second = channel.encode(later, TOLD_AT + LATE_AFTER - timedelta(seconds=1))
    assert first.body == second.body
    if kind == "webhook":
        much_later = channel.encode(later, TOLD_AT + timedelta(hours=5))
        assert first.body == much_later.body
        assert first.headers["webhook-id"] == much_later.headers["webhook-id"]
        assert first.headers["webhook-signature"] != much_later.headers["webhook-signature"]


@ANY_KIND
def test_what_is_late_says_so_only_in_chat(kind: str) -> None:
    """A person must not take an old message for news; a program has its timestamps."""
    channel = channel_of(kind)
    late = channel.encode(
        parcel(deferred=Deferral(Because.RECEIVER, "robot throttled")),
        TOLD_AT + timedelta(minutes=14),
    )
    assert channel.bundles == ("14 min later: robot throttled" in late.body.decode())


@ANY_KIND
@pytest.mark.parametrize("status", range(100, 600))
def test_every_status_is_judged(kind: str, status: int) -> None:
    """The status table of channels.md §3.4, over a body that says nothing of its own."""
    outcome = channel_of(kind).judge(answer(status), TOLD_AT)
    expected = STATUS_FATES.get(status, CLASS_FATES[status // 100])
    if expected is Fate.DELIVERED and kind != "webhook":
        expected = Fate.RETRY
    assert expected == outcome.fate
    assert status == outcome.status
    assert (expected is Fate.DELIVERED) == (not outcome.detail)


STATUS_FATES = {
    401: Fate.REFUSED,
    403: Fate.REFUSED,
    404: Fate.REFUSED,
    407: Fate.REFUSED,
    408: Fate.RETRY,
    410: Fate.REFUSED,
    413: Fate.TOO_LONG,
    425: Fate.RETRY,
    429: Fate.THROTTLED,
    501: Fate.REFUSED,
    505: Fate.REFUSED,
}
CLASS_FATES = {
    1: Fate.RETRY,
    2: Fate.DELIVERED,
    3: Fate.REFUSED,
    4: Fate.REJECTED,
    5: Fate.RETRY,
}


@ANY_KIND
@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_retry_after_is_obeyed_and_capped(kind: str, status: int) -> None:
    """Who says when to come back is asked then, at the latest after an hour."""
    for value, expected in (("30", timedelta(seconds=30)), ("99999999", timedelta(hours=1))):
        outcome = channel_of(kind).judge(answer(status, b"", {"retry-after": value}), TOLD_AT)
        assert Fate.THROTTLED == outcome.fate
        assert expected == outcome.retry_after


@pytest.mark.parametrize(
    "kind, case", RESPONSES, ids=[f"{k}-{c['http_status']}-{c['body']!s:.60}" for k, c in RESPONSES]
)
def test_golden_answers_are_judged(kind: str, case: dict[str, Any]) -> None:
    """What the vendors' services said in the wild, with what it means."""
    said = case["body"]
    body = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
    headers = {name.lower(): value for name, value in case.get("headers", {}).items()}
    outcome = channel_of(kind).judge(answer(case["http_status"], body, headers), TOLD_AT)
    assert FATES[case["class"]] == outcome.fate
    if "min_delay_s" in case:
        assert outcome.retry_after is not None
        assert case["min_delay_s"] <= outcome.retry_after.total_seconds()


@ANY_KIND
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><title>502</title></html>",
        b'{"errcode": 0',
        b'{"errcode": false}',
        b'{"errcode": null, "errmsg": "ok"}',
        b'{"errmsg": "ok"}',
        b"[]",
        b"null",
        b"0",
        b"not ok",
        b"OK",
        b"ok, thanks",
        b'{"ok": 1}',
        b"\xff\xfe\x00",
        b"[" * 60_000,
        b"ok" + b" " * 10_000_000,
        b'{"errcode": 0, "x": "' + b"x" * 10_000_000 + b'"}',
    ],
    ids=lambda body: repr(body[:24]),
)
@pytest.mark.parametrize("status", [200, 302, 500])
def test_garbage_is_never_a_delivery_in_chat(kind: str, status: int, body: bytes) -> None:
    """Only what the receiver itself says counts; a webhook's 2xx is its word."""
    outcome = channel_of(kind).judge(answer(status, body), TOLD_AT)
    said = kind == "webhook" and status == 200
    assert said == (outcome.fate is Fate.DELIVERED)
    assert len(outcome.detail) < 500


@ANY_KIND
@given(st.integers(100, 599), st.binary(max_size=200), st.text(max_size=20))
def test_no_answer_raises(kind: str, status: int, body: bytes, wait: str) -> None:
    """Whatever comes back is an outcome, with a single line for people."""
    outcome = channel_of(kind).judge(answer(status, body, {"retry-after": wait}), TOLD_AT)
    assert "\n" not in outcome.detail


@ANY_KIND
@ANY_WORDS
def test_no_secret_shows(kind: str, words: Wording) -> None:
    """Not in a repr, not in a request's repr, not in what is said of answers that echo them."""
    channel = channel_of(kind, words)
    sent = channel.encode(parcel(), TOLD_AT)
    table = KINDS[kind].table.model_validate(dict(samples.TABLES[kind]))
    path = sent.url.partition("//")[2].partition("/")[2]
    shown = [repr(channel), repr(sent), repr(table), str(table), channel.robot, sent.body.decode()]
    for echo in (sent.url, f"Cannot POST /{path}", " ".join(SECRETS[kind])):
        bodies = (echo, json.dumps({"errcode": 1, "errmsg": echo, "ok": False, "error": echo}))
        shown += [
            repr(channel.judge(answer(status, body), TOLD_AT))
            for status in (200, 302, 400, 403, 404, 413, 429, 500)
            for body in bodies
        ]
    assert [] == [text for text in shown for secret in SECRETS[kind] if secret in text]


@ANY_KIND
def test_a_robot_is_told_by_its_token_alone(kind: str) -> None:
    """Two channels with one token share one limit; another token is another robot."""
    url = samples.TABLES[kind]["url"]
    assert isinstance(url, str)
    assert channel_of(kind).robot == channel_of(kind, timeout="5s").robot
    assert channel_of(kind).robot != channel_of(kind, url=f"{url}x").robot
    assert channel_of(kind).robot.startswith(f"{kind}:")


@ANY_KIND
def test_a_channel_may_speak_its_own_language(kind: str) -> None:
    """`language` in the channel's table goes before the file's."""
    body = told(kind, language="zh")(parcel(ended(run=RIGHT)))
    assert "已恢复运行" in body.decode()
