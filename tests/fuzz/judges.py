"""What a receiver said about a message: an outcome in words, within bounds, without secrets."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import Final

from hypothesis import strategies as st

from tests.channels.samples import SECRETS, channel_of
from tests.fuzz.target import Target
from tests.fuzz.trees import BODIES, KEYS
from tests.fuzz.written import NOW, answers_with, read_answer
from watcher.channels.dingtalk import CODES
from watcher.channels.registry import KINDS
from watcher.channels.slack import WORDS
from watcher.core.outcome import Fate, Outcome
from watcher.ports import Channel, HttpAnswer

LONGEST_DETAIL: Final = 500
LONGEST_WAIT: Final = timedelta(hours=1)


def check(written: bytes) -> None:
    answer = read_answer(written)
    for kind, channel in channels():
        outcome = channel.judge(answer, NOW)
        check_outcome(outcome, answer)
        if outcome.fate is Fate.DELIVERED:
            assert 200 <= answer.status < 300
            assert kind == "webhook" or said_so(kind, answer.body)
        assert not [secret for secret in SECRETS[kind] if secret in outcome.detail]


@cache
def channels() -> tuple[tuple[str, Channel], ...]:
    return tuple((kind, channel_of(kind)) for kind in KINDS)


def check_outcome(outcome: Outcome, answer: HttpAnswer) -> None:
    assert outcome.status == answer.status
    assert (outcome.fate is Fate.DELIVERED) == (not outcome.detail)
    assert len(outcome.detail.splitlines()) <= 1
    assert not any(ord(sign) < 0x20 or sign == "\x7f" for sign in outcome.detail)
    assert len(outcome.detail) <= LONGEST_DETAIL
    outcome.detail.encode()
    if outcome.retry_after is not None:
        assert outcome.fate in (Fate.RETRY, Fate.THROTTLED)
        assert timedelta(0) <= outcome.retry_after <= LONGEST_WAIT


def said_so(kind: str, body: bytes) -> bool:
    """Whether a chat's answer says success in so many words."""
    if kind == "slack" and body.decode("utf-8", "replace").strip() == "ok":
        return True
    said = json.loads(body)
    return said.get("ok") is True if kind == "slack" else str(said.get("errcode")).strip() in ZEROS


ZEROS: Final = ("0", "-0", *("0" * n for n in range(2, 10)), *("-" + "0" * n for n in range(2, 10)))
CODES_SAID: Final = st.builds(
    lambda code, text: json.dumps({"errcode": code, "errmsg": text}).encode(),
    st.sampled_from([*CODES, *map(str, CODES), None, True, 0.0, "0x", " 0 ", "²", 10**30]),
    st.sampled_from(["ok", "keywords not in content", "send too fast", "\x1b[31m"]) | st.text(),
)
WORDS_SAID: Final = st.sampled_from([*WORDS, "ok", "OK", " ok\n", '{"ok":true}', '{"ok":1}'])
TARGET: Final = Target(
    check,
    answers_with(CODES_SAID | WORDS_SAID.map(str.encode) | BODIES),
    (*KEYS, *WORDS, *map(str, CODES)),
    2000,
)
