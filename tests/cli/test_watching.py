"""Looking again and again."""

from __future__ import annotations

import pytest
from click.exceptions import Exit

from watcher.cli.watching import HOME, look


def show_until(times: int) -> tuple[list[int], object]:
    """Shows, and is interrupted when it has done so often enough."""
    shown: list[int] = []

    def show() -> None:
        shown.append(len(shown))
        if len(shown) == times:
            raise KeyboardInterrupt

    return shown, show


def test_without_a_span_there_is_one_look() -> None:
    """As every other command does it."""
    shown, show = show_until(2)
    look(show, None)  # type: ignore[arg-type]
    assert [0] == shown


def test_it_is_shown_again_until_ctrl_c(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is a good end; on a terminal each look takes the place of the one before."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    shown, show = show_until(2)
    with pytest.raises(Exit) as end:
        look(show, "1s")  # type: ignore[arg-type]
    assert (0, [0, 1]) == (end.value.exit_code, shown)
    assert 2 == capsys.readouterr().out.count(HOME)


def test_a_span_that_is_none_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """It says how a span is written."""
    with pytest.raises(Exit) as end:
        look(lambda: None, "often")
    assert 2 == end.value.exit_code
    assert "--watch: " in capsys.readouterr().err
