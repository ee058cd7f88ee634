"""The demo: a service, an API and receivers in one process, and what is shown of a message."""

from __future__ import annotations

import os
import socket
from io import StringIO
from pathlib import Path

import anyio
import pytest

from watcher.app.demo import FILE, free_port, show_demo
from watcher.config.load import load_text
from watcher.telemetry.logs import make_logger
from watcher.telemetry.redaction import Redactor


def test_a_port_that_is_taken_is_no_obstacle() -> None:
    """Where somebody listens already, the page is somewhere else."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = free_port(port)
        assert port != found
        assert 0 != found
    assert found == free_port(found)


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
