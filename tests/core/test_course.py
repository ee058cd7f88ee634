"""How many readings a delay has stood still for."""

from __future__ import annotations

import pytest

from tests.core.playbook import NOON
from watcher.core.course import Still

HERE, THERE = ("prod", "FLINK_STREAM", "a"), ("prod", "FLINK_STREAM", "b")


@pytest.mark.parametrize(
    "request_, answer, expected",
    [(HERE, 7, 1), (HERE, 36, 30), (HERE, 6, None), (THERE, 36, None)],
)
def test_readings_are_counted_by_answers_to_one_request(
    request_: tuple[str, str, str], answer: int, expected: int | None
) -> None:
    """The first one counts; another request's answers count otherwise."""
    still = Still(value=700, since=NOON, request=HERE, first=7)
    assert expected == still.polls(request_, answer)
