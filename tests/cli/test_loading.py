"""How a command gets its file, and how it ends when something goes wrong."""

from __future__ import annotations

import sys

import pytest

from watcher.cli.loading import hide_in_crashes
from watcher.telemetry.redaction import Redactor


def broken() -> None:
    raise RuntimeError("planted-secret again") from ValueError("no planted-secret\x1b[31m")


def test_a_crash_shows_where_and_no_secret(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bug ends with its whole traceback, masked, and steers no terminal."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    hide_in_crashes(Redactor(["planted-secret"]))
    with pytest.raises(RuntimeError) as caught:
        broken()
    sys.excepthook(RuntimeError, caught.value, caught.tb)
    said = capsys.readouterr().err
    assert "ValueError: no ***\\x1b[31m" in said
    assert "RuntimeError: *** again" in said
    assert "test_loading.py" in said
    assert "\x1b" not in said
    assert "planted-secret" not in said
