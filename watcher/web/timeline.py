"""Draws spans of states as SVG: a colour, a pattern and, where there is room, a word; pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final

from markupsafe import Markup

from watcher.web.axis import WIDTH, Times
from watcher.web.spans import Span, thinned

HEIGHT: Final = 84
TOP: Final = 8
BAR: Final = 48
PATTERNED: Final = 12
"""The lower edge of a bar that bears its tone's pattern."""
LETTER: Final = 8.5
"""The width that a letter takes, roughly."""
WIDE_LETTER: Final = 14.0
FINEST: Final = 400
"""A drawing is not finer than this many spans."""

PATTERNS: Final = Markup(
    '<defs><pattern id="p-bad" width="8" height="8" patternUnits="userSpaceOnUse">'
    '<path class="hatch" d="M0 8L8 0"/></pattern>'
    '<pattern id="p-warn" width="8" height="8" patternUnits="userSpaceOnUse">'
    '<circle class="dots" cx="4" cy="4" r="1.8"/></pattern>'
    '<pattern id="p-none" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<path class="blank" d="M0 3H6"/></pattern></defs>'
)
_PATTERNED: Final = frozenset({"bad", "warn", "none"})


def draw_spans(
    spans: Sequence[Span], times: Times, word_of: Callable[[Span], str], title: str, more: str
) -> Markup:
    """One bar from beginning to end; `word_of` says what a span is called."""
    least = max((times.until - times.since) / FINEST, timedelta(microseconds=1))
    bars = Markup("").join(_bar(span, times, word_of(span)) for span in thinned(spans, least))
    ticks = Markup("").join(_tick(x, text, times.anchor(x)) for x, text in times.ticks())
    return Markup(
        '<svg class="drawing" viewBox="0 0 {} {}" role="img" aria-labelledby="line-t line-d">'
        '<title id="line-t">{}</title><desc id="line-d">{}</desc>{}{}{}</svg>'
    ).format(WIDTH, HEIGHT, title, more, PATTERNS, bars, ticks)


def _bar(span: Span, times: Times, word: str) -> Markup:
    left, right = times.at(span.since), times.at(span.until)
    width = round(max(right - left, 1.0), 1)
    place = Markup('x="{}" width="{}"').format(left, width)
    pattern = (
        Markup('<rect {} y="{}" height="{}" fill="url(#p-{})"/>').format(
            place, TOP + BAR - PATTERNED, PATTERNED, span.tone
        )
        if span.tone in _PATTERNED
        else ""
    )
    shown = _fitting(word, width)
    text = Markup('<text x="{}" y="{}">{}</text>').format(left + 5, TOP + 22, shown)
    return Markup(
        '<g><title>{}</title><rect class="span {}" {} y="{}" height="{}"/>{}{}</g>'
    ).format(word, span.tone, place, TOP, BAR, pattern, text if shown else "")


def _fitting(word: str, width: float) -> str:
    """The word where there is room for all of it."""
    needed = sum(LETTER if char.isascii() else WIDE_LETTER for char in word)
    return word if needed + LETTER <= width else ""


def _tick(x: float, text: str, anchor: str) -> Markup:
    foot = TOP + BAR
    return Markup(
        '<path class="axis" d="M{0} {1}V{2}"/><text class="soft" x="{0}" y="{3}"'
        ' text-anchor="{4}">{5}</text>'
    ).format(x, foot, foot + 6, foot + 21, anchor, text)
