"""Flapping, redeployments and riders in words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from tests.messages.samples import (
    BEGAN_AT,
    BOTH,
    CHINESE,
    ENGLISH,
    RIGHT,
    TOLD_AT,
    WRONG,
    ended,
    notify,
)
from watcher.core.event import Event, Facts, Kind, Restart
from watcher.core.notification import Notification, Reason
from watcher.core.run_summary import RunSummary
from watcher.messages.bundle import render_bundle
from watcher.messages.render import render, summarise
from watcher.messages.restless import MOST_RIDERS, also
from watcher.messages.wording import Wording


def flaps(changes: int = 6, restarts: int = 3, **more: Any) -> Notification:
    facts = Facts(changes=changes, restarts=restarts, over=timedelta(minutes=9))
    return notify(Kind.FLAPPING, facts=facts, **more)


def rider(kind: Kind, run: RunSummary | None, previous: RunSummary | None = None) -> Event:
    facts = Facts(restart=Restart.FAILED_OVER) if kind is Kind.RESTART else Facts()
    return msgspec.structs.replace(
        notify(kind).event, run=run, previous=previous, facts=facts, occurred_at=BEGAN_AT
    )


def error(text: str) -> Event:
    return rider(Kind.NEW_ERROR, msgspec.structs.replace(WRONG, last_error_message=text))


def title(notification: Notification, words: Wording = ENGLISH) -> str:
    return render(notification, TOLD_AT, words).title


@pytest.mark.parametrize(
    "restarts, told",
    [
        (0, "🔴 prod/orders_1 is flapping: 6 changes of state within 9 min"),
        (
            3,
            "🔴 prod/orders_1 is flapping: 6 changes of state, 3 of them restarts within 9 min",
        ),
        (6, "🔴 prod/orders_1 is flapping: 6 restarts within 9 min"),
    ],
)
def test_flapping_is_told_with_how_often(restarts: int, told: str) -> None:
    """The first message says how many changes in how long, and what kind of changes."""
    assert told == title(flaps(restarts=restarts))


def test_the_digest_says_for_how_long() -> None:
    """The title says the whole span, so the count needs none of its own."""
    assert "🔴 Still: prod/orders_1 is flapping: 20 restarts, for 6 min" == title(
        flaps(20, 20, reason=Reason.REMINDER)
    )


@pytest.mark.parametrize(
    "run, verdict, told",
    [
        (RIGHT, None, "✅ prod/orders_1 has calmed and runs, after 6 min"),
        (WRONG, "stopped", "⚪ prod/orders_1 has calmed and is PAUSED, after 6 min"),
    ],
)
def test_the_end_says_how_the_job_is(run: RunSummary, verdict: str | None, told: str) -> None:
    """A job that has calmed may have stayed down: then nothing is green."""
    assert told == title(ended(Kind.FLAPPING, run=run, verdict=verdict))


def test_a_redeployment_is_one_line() -> None:
    """From when to when it was down, in the reader's zone and language."""
    facts = Facts(down_at=BEGAN_AT - timedelta(minutes=3), up_at=BEGAN_AT)
    told = notify(Kind.REDEPLOYMENT, facts=facts, run=RIGHT, previous=None)
    assert "prod/orders_1 was redeployed, down 16:00–16:03" == summarise(told, TOLD_AT, ENGLISH)
    assert "prod/orders_1 已重新部署，中断 16:00–16:03" == summarise(told, TOLD_AT, CHINESE)
    lines = {line.label: line.text for line in render(told, TOLD_AT, ENGLISH).lines}
    assert "3 min, 16:00–16:03 UTC+8" == lines["Down"]


def test_many_redeployments_are_counted() -> None:
    """A whole project that is redeployed is one message."""
    facts = Facts(down_at=BEGAN_AT, up_at=BEGAN_AT)
    many = [notify(Kind.REDEPLOYMENT, facts=facts, run=RIGHT) for _ in range(3)]
    assert (
        "3 messages about prod/orders_1: 3 redeployed"
        in render_bundle(many, TOLD_AT, ENGLISH).title
    )


@pytest.mark.parametrize("words", BOTH)
def test_a_message_does_not_repeat_itself(words: Wording) -> None:
    """What its own lines say, its riders do not say again."""
    change = rider(Kind.STATE_CHANGE, WRONG, RIGHT)
    told = notify(previous=RIGHT, riders=(change, error(WRONG.last_error_message or "")))
    assert [] == list(also(told, TOLD_AT, words))


def test_what_came_with_it_is_told_besides() -> None:
    """Another error, another change and a restart, each with its time."""
    waiting = msgspec.structs.replace(RIGHT, actual_state="WAITING")
    told = notify(
        riders=(
            error("java.io.IOException: disk full"),
            rider(Kind.STATE_CHANGE, waiting, RIGHT),
            rider(Kind.RESTART, RIGHT),
            rider(Kind.NEW_ERROR, None),
        )
    )
    assert [
        "16:03:05 · java.io.IOException: disk full",
        "16:03:05 · changed from RUNNING to WAITING",
        "16:03:05 · failed over",
        "16:03:05 · has a new error",
    ] == [line.text for line in render(told, TOLD_AT, ENGLISH).lines if line.label == "Also"]


def test_many_riders_are_told_in_part() -> None:
    """A message stays a message; the webhook has them all."""
    told = notify(riders=tuple(error(f"x.E{number}: y") for number in range(8)))
    texts = list(also(told, TOLD_AT, ENGLISH))
    assert (MOST_RIDERS + 1, "… and 3 more") == (len(texts), texts[-1])


def test_a_line_of_a_bundle_names_other_errors() -> None:
    """Of a job among many, the errors that came with its mismatch are not lost."""
    told = notify(riders=(error("x.Other: z"), error("x.Other: z")))
    assert summarise(told, TOLD_AT, ENGLISH).endswith("; also x.Other: z")


def test_what_began_and_ended_untold_keeps_its_errors() -> None:
    """Where one line stands for beginning and end, the error that came with it is told below."""
    told = ended(absorbed=True, riders=(error("x.Other: z"), rider(Kind.RESTART, RIGHT)))
    assert ["16:03:05 · x.Other: z"] == [line.text for line in render(told, TOLD_AT, ENGLISH).lines]
