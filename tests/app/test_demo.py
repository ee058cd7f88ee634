"""The demo: a service, an API and receivers in one process, and what is shown of a message."""

from __future__ import annotations

import os
from io import StringIO
from pathlib import Path

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.app.demo import FILE, show_demo, slack_text
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


@given(JSON)
def test_slack_text_reads_any_json(blocks: object) -> None:
    """Whatever a body holds, it is text or nothing, never an error."""
    assert isinstance(slack_text({"blocks": blocks}), str)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_demos_file_has_no_fault(language: str) -> None:
    """Its rules stay valid when the configuration grows."""
    text = FILE.format(
        folder="demo", language=language, api="http://127.0.0.1:1", sink="http://127.0.0.1:2"
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
    with anyio.fail_after(20):
        await show_demo(lambda *_: None, log, os.environ, seconds=1)
    assert '"event": "poll"' in said.getvalue()
    assert '"error"' not in said.getvalue()
    assert [] == list(tmp_path.iterdir())
