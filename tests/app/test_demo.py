"""The demo: a service, an API and receivers in one process, and what is shown of a message."""

from __future__ import annotations

import os
import socket
from io import StringIO
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.app.demo import FILE, Stage, free_port, show_demo, slack_text, webhook_line
from watcher.config.load import load_text
from watcher.telemetry.logs import make_logger
from watcher.telemetry.redaction import Redactor

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
    stage = Stage(lambda _channel, _kind, text: shown.append(text))
    stage.line("audit", "webhook", "line 1")
    stage.chat("oncall", "DingTalk", "chat 1")
    stage.line("audit", "webhook", "line 2")
    stage.chat("oncall", "DingTalk", "chat 2")
    assert ["chat 1", "line 1", "line 2", "chat 2"] == shown


def test_a_port_that_is_taken_is_no_obstacle() -> None:
    """Where somebody listens already, the page is somewhere else."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = free_port(port)
        assert port != found
        assert 0 != found
    assert found == free_port(found)


@given(JSON)
def test_slack_text_reads_any_json(blocks: object) -> None:
    """Whatever a body holds, it is text or nothing, never an error."""
    assert isinstance(slack_text({"blocks": blocks}), str)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_demos_file_has_no_fault(language: str) -> None:
    """Its rules stay valid when the configuration grows."""
    text = FILE.format(
        folder="demo",
        port=9109,
        language=language,
        api="http://127.0.0.1:1",
        sink="http://127.0.0.1:2",
    )
    config = load_text(text, {})
    assert {"oncall", "data", "audit"} == set(config.channels)


async def test_it_ends_after_its_seconds_and_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `seconds` it stops by itself, without an error, and its folder is gone."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    said = StringIO()
    log = make_logger(said, Redactor(), environ={})
    told: list[str] = []
    with anyio.fail_after(30):
        await show_demo(lambda *_: None, log, os.environ, say_address=told.append, seconds=1)
    assert 1 == len(told)
    assert told[0].startswith("http://127.0.0.1:")
    assert '"event": "poll"' in said.getvalue()
    assert '"error"' not in said.getvalue()
    assert [] == list(tmp_path.iterdir())
