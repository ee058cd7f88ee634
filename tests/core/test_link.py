"""Templates of a job's page."""

from __future__ import annotations

import pytest

from watcher.core.link import fill, has_stray_brace, places_in


@pytest.mark.parametrize(
    "template, places, stray",
    [
        ("https://c/", (), False),
        ("https://c/{job}/{job}?i={instance}", ("job", "instance"), False),
        ("https://c/{}", ("",), False),
        ("https://c/{job", (), True),
        ("https://c/job}", (), True),
        ("https://c/{{job}}", ("job",), True),
    ],
)
def test_the_places_of_a_template(template: str, places: tuple[str, ...], *, stray: bool) -> None:
    """What stands in braces, and whether every brace has its other."""
    assert places == places_in(template)
    assert stray == has_stray_brace(template)


def test_a_value_is_never_read_as_a_place() -> None:
    """A job called {project} is no way to another page."""
    assert "https://c/%7Bproject%7D/p" == fill(
        "https://c/{job}/{project}", {"job": "{project}", "project": "p"}
    )


@pytest.mark.parametrize("value", [None, ""])
def test_a_place_without_a_value_gives_no_link(value: str | None) -> None:
    """Half an address leads nowhere."""
    values = {} if value is None else {"job": value}
    assert None is fill("https://c/{job}", values)
