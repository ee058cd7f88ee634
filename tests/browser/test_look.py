"""The stylesheet: small, on its own, and readable in light and dark."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("watcher.web").joinpath("static", "watcher.css").read_text(encoding="utf-8")
LIGHT, DARK = (
    dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))
    for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
)
TONES = ("ok", "bad", "warn", "info", "quiet")
TEXTS = (
    *(("text", ground) for ground in ("page", "card", "strip", *TONES)),
    *(("muted", ground) for ground in ("page", "card", "strip")),
    *(("link", ground) for ground in ("page", "card", "strip")),
    *((f"{tone}-text", tone) for tone in TONES),
    ("card", "link"),
)
MARKS = (*((f"{tone}-mark", "card") for tone in TONES), ("edge", "card"), ("edge", "page"))


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    whole = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    parts = [int(whole[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_can_be_read_on_their_grounds(scheme: dict[str, str]) -> None:
    """WCAG AA: 4.5 to 1 for each text on each ground that it stands on."""
    poor = [pair for pair in TEXTS if contrast(scheme[pair[0]], scheme[pair[1]]) < 4.5]
    assert [] == poor


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_marks_and_edges_can_be_told_from_their_grounds(scheme: dict[str, str]) -> None:
    """WCAG AA: 3 to 1 for what is not text, such as a field's edge and a drawing's pattern."""
    poor = [pair for pair in MARKS if contrast(scheme[pair[0]], scheme[pair[1]]) < 3]
    assert [] == poor


def test_both_schemes_name_the_same_colours() -> None:
    """None is forgotten in the dark."""
    assert set(LIGHT) == set(DARK)


def test_the_stylesheet_is_small_and_asks_for_nothing() -> None:
    """Under 12 kB, without imports, fonts or pictures from anywhere."""
    assert len(CSS.encode()) < 12_000
    assert not re.search(r"@import|url\(|@font-face", CSS)
