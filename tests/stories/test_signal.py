"""docs/signal.md says what the stories say, and its judge judges as it says."""

from __future__ import annotations

import pytest

from tests.stories.judging import Heard, Judgement, judge
from tests.stories.page import Trouble
from tests.stories.signal import DOCUMENT, document

DOWN = Trouble("payments is down", ("payments",), ("state", "error"), 3.0, 10.0, 2)
ERROR = Trouble("another error", ("payments",), ("error",), 6.0, 10.0, 1)


def heard(at: float, who: str = "payments", about: str = "state") -> Heard:
    return Heard(at, (who,), frozenset({about}), "text")


def test_the_document_is_what_the_stories_say() -> None:
    """Who changes a story or a peer makes docs/signal.md anew: `make signal`."""
    assert document() == DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "messages, expected",
    [
        pytest.param([], Judgement(0, 0, 0, ("payments is down", "another error")), id="silence"),
        pytest.param([heard(3), heard(7, about="error")], Judgement(2, 0, 0, ()), id="both"),
        pytest.param(
            [heard(3), heard(4), heard(5)], Judgement(2, 1, 0, ("another error",)), id="repeated"
        ),
        pytest.param(
            [heard(3, who="orders")],
            Judgement(0, 0, 1, ("payments is down", "another error")),
            id="of another",
        ),
        pytest.param(
            [heard(3, about="delay")],
            Judgement(0, 0, 1, ("payments is down", "another error")),
            id="about something else",
        ),
        pytest.param(
            [heard(1), heard(12)],
            Judgement(0, 0, 2, ("payments is down", "another error")),
            id="too early and too late",
        ),
    ],
)
def test_messages_are_judged(messages: list[Heard], expected: Judgement) -> None:
    """Right, repeated, false and missed are what the rule calls so."""
    assert expected == judge([DOWN, ERROR], messages)


def test_a_message_may_tell_two_troubles() -> None:
    """It is one right message, and neither trouble is missed."""
    assert Judgement(1, 0, 0, ()) == judge([DOWN, ERROR], [heard(7, about="error")])
