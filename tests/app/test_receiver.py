"""What is shown of a message that was received."""

from __future__ import annotations

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.app.receiver import Stage, receiving, slack_text, webhook_line

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "fields", "type"]), inner, max_size=3)
    ),
    max_leaves=20,
)


def test_slack_text_is_what_a_reader_sees_in_order() -> None:
    """Headers, sections and fields are joined; the types of blocks are not text."""
    header = {"type": "header", "text": {"type": "plain_text", "text": "orders has failed"}}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*State:* FAILED"}}
    fields = {"type": "section", "fields": [{"type": "mrkdwn", "text": "one"}, {"text": "two"}]}
    body = {"text": "the fallback", "blocks": [header, section, fields]}
    assert "orders has failed\n*State:* FAILED\none\ntwo" == slack_text(body)
    assert "" == slack_text({"text": "only a fallback"})


def test_a_webhooks_json_is_one_line() -> None:
    """A newcomer reads what it is about, not a page of JSON."""
    body = {
        "type": "state-mismatch.firing",
        "data": {"sequence": 2, "summary": "orders has failed", "run": {"actual_state": "FAILED"}},
    }
    assert "state-mismatch.firing #2: orders has failed" == webhook_line(body)
    assert "None #None: None" == webhook_line({})


def test_the_first_message_shown_is_one_for_people() -> None:
    """What the webhook hears at once waits for it, and then keeps its order."""
    shown: list[str] = []
    stage = Stage(lambda _channel, _kind, text: shown.append(text), chats_first=True)
    stage.line("audit", "webhook", "line 1")
    stage.chat("oncall", "DingTalk", "chat 1")
    stage.line("audit", "webhook", "line 2")
    stage.chat("oncall", "DingTalk", "chat 2")
    assert ["chat 1", "line 1", "line 2", "chat 2"] == shown


@given(JSON)
def test_slack_text_reads_any_json(blocks: object) -> None:
    """Whatever a body holds, it is text or nothing, never an error."""
    assert isinstance(slack_text({"blocks": blocks}), str)


BODIES = {
    "robot/send?access_token=x": {"markdown": {"text": "**orders** has failed"}},
    "services/T/B/x": {"blocks": [{"text": {"text": "orders is late"}}]},
    "any/where": {
        "type": "restart.occurred",
        "data": {"sequence": 1, "summary": "orders ran anew"},
    },
}


async def test_each_kind_of_channel_finds_its_receiver() -> None:
    """By the address that the real one has, and any other for a webhook."""
    shown: list[tuple[str, str, str]] = []
    async with receiving(lambda *one: shown.append(one)) as url, aiohttp.ClientSession() as client:
        for path, body in BODIES.items():
            async with client.post(f"{url}/{path}", json=body) as answer:
                assert 300 > answer.status
    assert [
        ("oncall", "DingTalk", "**orders** has failed"),
        ("data", "Slack", "orders is late"),
        ("audit", "webhook", "restart.occurred #1: orders ran anew"),
    ] == shown


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff"])
async def test_what_is_no_message_is_refused(body: bytes) -> None:
    """Who tries things may send anything; the receiver stays."""
    async with receiving(lambda *_: None) as url, aiohttp.ClientSession() as client:
        for path in BODIES:
            async with client.post(f"{url}/{path}", data=body) as answer:
                assert 400 == answer.status
