"""The drawing of states: well-formed, accessible, and harmless whatever a state is called."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from defusedxml.ElementTree import fromstring

from watcher.web.axis import Times
from watcher.web.spans import Sort, Span
from watcher.web.timeline import FINEST, draw_spans

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def draw(*spans: Span) -> str:
    times = Times(NOON, NOON + HOUR, UTC)
    return str(draw_spans(spans, times, lambda one: one.actual_state or one.sort.value, "T", "D"))


def span(since: float, until: float, state: str, tone: str = "ok") -> Span:
    return Span(NOON + since * HOUR, NOON + until * HOUR, Sort.STATE, tone, "RUNNING", state)


def test_a_drawing_has_a_title_and_a_description() -> None:
    """For those who cannot see it, it is named as an image."""
    svg = fromstring(draw(span(0, 1, "RUNNING")))
    assert "img" == svg.get("role")
    assert "line-t line-d" == svg.get("aria-labelledby")
    assert ["T", "D"] == [svg.findtext("title"), svg.findtext("desc")]


def test_a_tone_is_never_a_colour_alone() -> None:
    """What is wrong has a pattern, and each span its name."""
    svg = draw(span(0, 0.5, "RUNNING"), span(0.5, 0.50001, "FAILED", "bad"))
    assert 1 == svg.count('fill="url(#p-bad)"')
    assert "<title>FAILED</title>" in svg
    assert ">RUNNING</text>" in svg


def test_a_hostile_state_is_text() -> None:
    """Markup in a state's name stays text, in the word and in the title."""
    svg = draw(span(0, 1, "<script>alert(1)</script>"))
    assert "<script" not in svg
    assert "&lt;script&gt;" in svg


def test_there_are_never_more_bars_than_can_be_seen() -> None:
    """Ten thousand changes are drawn as what fits."""
    spans = [
        span(
            n / 10_000, (n + 1) / 10_000, "RUNNING" if n % 2 else "FAILED", "ok" if n % 2 else "bad"
        )
        for n in range(10_000)
    ]
    bars = draw(*spans).count('class="span')
    assert 100 < bars <= FINEST + 1
