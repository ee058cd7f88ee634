"""Draws input delays over time as SVG, with the thresholds of rules as lines; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final

import msgspec
from markupsafe import Markup

from watcher.store.views.past import Point
from watcher.web.axis import WIDTH, Times, delay_lines

HEIGHT: Final = 240
TOP: Final = 14
FOOT: Final = 212
LEFT: Final = 90
RIGHT: Final = WIDTH - 10
MOST_POINTS: Final = 400
GAP: Final = timedelta(minutes=3)
"""Where more time lies between two points nothing was seen, and the line is broken."""


class Limit(msgspec.Struct, frozen=True):
    """A delay (ms) that means something; `low` is where an alert ends."""

    delay_ms: int
    word: str
    low: bool = False


def draw_delays(
    points: Sequence[Point],
    limits: Sequence[Limit],
    times: Times,
    span_of: Callable[[int], str],
    title: str,
    more: str,
) -> Markup:
    """The curve of the delays, at most 400 points of it; `span_of` writes milliseconds."""
    laid = msgspec.structs.replace(times, left=LEFT, right=RIGHT)
    highest = max(_highest(points), *(_shown_limit(limit, points) for limit in limits), 1)
    lines = delay_lines(highest)
    top = lines[-1]
    parts = (
        Markup("").join(_line(delay, top, span_of(delay)) for delay in lines),
        Markup("").join(_time(x, text, laid.anchor(x)) for x, text in laid.ticks()),
        Markup("").join(_limit(limit, top) for limit in limits if limit.delay_ms <= top),
        Markup("").join(_curve(run, laid, top) for run in runs_of(thinned(points))),
    )
    return Markup(
        '<svg class="drawing" viewBox="0 0 {} {}" role="img" aria-labelledby="delay-t delay-d">'
        '<title id="delay-t">{}</title><desc id="delay-d">{}</desc>{}{}{}{}</svg>'
    ).format(WIDTH, HEIGHT, title, more, *parts)


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> tuple[Point, ...]:
    """At most `most` points: of neighbours the highest, so that no peak is lost."""
    if len(points) <= most:
        return tuple(points)
    size = -(-len(points) // most)
    chunks = (points[start : start + size] for start in range(0, len(points), size))
    return tuple(max(chunk, key=_weight) for chunk in chunks)


def runs_of(points: Sequence[Point]) -> Iterator[tuple[Point, ...]]:
    """The unbroken parts of the curve; points that are all far apart do not break it."""
    widest = max(GAP, 3 * _usual_step(points))
    run: list[Point] = []
    for point in points:
        if run and (point.delay_ms is None or point.at - run[-1].at > widest):
            yield tuple(run)
            run = []
        if point.delay_ms is not None:
            run.append(point)
    if run:
        yield tuple(run)


def _usual_step(points: Sequence[Point]) -> timedelta:
    steps = sorted(later.at - one.at for one, later in pairwise(points))
    return steps[len(steps) // 2] if steps else timedelta(0)


def _weight(point: Point) -> int:
    return -1 if point.delay_ms is None else point.delay_ms


def _highest(points: Sequence[Point]) -> int:
    return max((point.delay_ms or 0 for point in points), default=0)


def _shown_limit(limit: Limit, points: Sequence[Point]) -> int:
    """A threshold far above everything would press the curve flat, so it is left out."""
    near = limit.delay_ms <= 20 * max(_highest(points), 1)
    return limit.delay_ms if near else 0


def _y(delay: int, top: int) -> float:
    return round(FOOT - (FOOT - TOP) * delay / top, 1)


def _line(delay: int, top: int, text: str) -> Markup:
    return Markup(
        '<path class="axis" d="M{} {}H{}"/><text class="soft" x="{}" y="{}" text-anchor="end">'
        "{}</text>"
    ).format(LEFT, _y(delay, top), RIGHT, LEFT - 8, _y(delay, top) + 4, text)


def _time(x: float, text: str, anchor: str) -> Markup:
    return Markup(
        '<path class="axis" d="M{0} {1}V{2}"/><text class="soft" x="{0}" y="{3}"'
        ' text-anchor="{4}">{5}</text>'
    ).format(x, FOOT, FOOT + 5, FOOT + 20, anchor, text)


def _limit(limit: Limit, top: int) -> Markup:
    y = _y(limit.delay_ms, top)
    return Markup(
        '<path class="limit{}" d="M{} {}H{}"/><text x="{}" y="{}" text-anchor="end">{}</text>'
    ).format(" low" if limit.low else "", LEFT, y, RIGHT, RIGHT - 4, y - 4, limit.word)


def _curve(run: Sequence[Point], times: Times, top: int) -> Markup:
    places = [(times.at(point.at), _y(point.delay_ms or 0, top)) for point in run]
    if len(places) == 1:
        return Markup('<circle class="point" cx="{}" cy="{}" r="2.5"/>').format(*places[0])
    path = "M" + "L".join(f"{x} {y}" for x, y in places)
    return Markup('<path class="curve" d="{}"/>').format(path)
