"""The judge of the crash test can say no: each kind of fault is planted, and named."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.acceptance.crash import chat
from tests.acceptance.crash.evidence import CHAT, WEBHOOK, Arrival, Evidence, Kill, Reading, Seen
from tests.acceptance.crash.judge import Verdict, judge, unsaved_attempts

AT = 1_700_000_000.0
RIGHT, FAILED = Seen(), Seen(actual="FAILED")


def reading(number: int, seen: Seen, *, completed: bool = True, other: Seen = RIGHT) -> Reading:
    return Reading(number, AT + number, {"payments": seen, "orders": other}, completed)


READINGS = (reading(1, RIGHT), reading(2, FAILED), reading(3, FAILED), reading(4, RIGHT))


def message(
    by: int, sequence: int, kind: str = "state-mismatch", reason: str = "began", **more: Any
) -> Arrival:
    """What the webhook is told of `payments` by reading `by`, a moment after it."""
    ends = reason in ("recovered", "planned")
    status = "resolved" if ends else "firing" if kind == "state-mismatch" else "occurred"
    data = {
        "job": "payments",
        "sequence": sequence,
        "number": 2 if ends else 1,
        "alert": kind if kind == "state-mismatch" else f"{kind} {sequence}",
        "status": status,
        "reason": reason,
        "run": {"actual_state": "RUNNING" if ends or by == 4 else "FAILED"},
        "detected_at": datetime.fromtimestamp(AT + by + 0.002, UTC).isoformat(),
        **more,
    }
    body = json.dumps({"type": f"{kind}.{status}", "data": data}).encode()
    return Arrival(WEBHOOK, 1, f"id {sequence}", body, AT + by)


TOLD = (
    message(2, 1, "state-change"),
    message(2, 2),
    message(4, 3, "state-change"),
    message(4, 4, "restart"),
    message(4, 5, reason="recovered"),
)


def verdict(*arrivals: Arrival, **more: Any) -> Verdict:
    return judge(Evidence(**{"readings": READINGS, "arrivals": arrivals, **more}))


def test_a_run_in_which_all_was_told_has_no_fault() -> None:
    """Five changes, five messages, nothing to complain of."""
    said = verdict(*TOLD)
    assert [] == said.faults
    assert (5, 5) == (said.changes, said.told)


@pytest.mark.parametrize("number", range(len(TOLD)))
def test_each_message_that_is_missing_is_named_as_lost(number: int) -> None:
    """Whichever message never came, its job, kind and reading are told."""
    said = verdict(*TOLD[:number], *TOLD[number + 1 :])
    kind = TOLD[number].json["type"].rpartition(".")[0]
    assert said.lost[0].startswith(f"payments: {kind} ")


def test_a_change_that_stays_after_a_reading_in_doubt_must_be_told() -> None:
    """A reading that nobody knows to be saved excuses nothing that the next one still shows."""
    readings = (reading(1, RIGHT), reading(2, FAILED, completed=False), reading(3, FAILED))
    said = verdict(readings=readings)
    assert ["state-change", "state-mismatch"] == [words.split()[1] for words in said.lost[:2]]
    assert "by answer 3" in said.lost[0]


def test_a_change_that_nobody_may_have_saved_need_not_be_told() -> None:
    """What a reading in doubt showed, and no later one, did not outlive a completed poll."""
    readings = (reading(1, RIGHT), reading(2, FAILED, completed=False), reading(3, RIGHT))
    assert [] == verdict(readings=readings).faults


def test_a_reading_is_saved_whole() -> None:
    """Where one job's message proves a reading in doubt, those of all its jobs are due."""
    doubtful = reading(2, FAILED, completed=False, other=FAILED)
    said = verdict(*TOLD[:2], readings=(reading(1, RIGHT), doubtful))
    assert ["orders: state-change", "orders: state-mismatch"] == [
        " ".join(words.split()[:2]) for words in said.lost[:2]
    ]


def test_what_nothing_makes_due_is_named_as_invented() -> None:
    """A message about a change that no reading shows, and one told under two ids."""
    more = message(3, 6, "new-error")
    assert ["payments: new-error began (FAILED), by answer 3"] == verdict(*TOLD, more).invented
    twin = replace(TOLD[0], id="another")
    assert "payments: sequence 1 under two ids" in verdict(*TOLD, twin).invented


def test_messages_in_another_order_are_named() -> None:
    """One that comes before an earlier one, and an end without its beginning."""
    swapped = verdict(TOLD[1], TOLD[0], *TOLD[2:])
    assert ["payments: sequence 2 came before 1"] == swapped.disordered
    early = message(4, 5, reason="recovered", number=1)
    assert ["payments: message 1 (resolved) of an alert, not 2"] == [
        *verdict(*TOLD[:4], early).disordered
    ]


def test_a_repetition_needs_an_excuse() -> None:
    """It has one where the send was under way at a kill, or where no answer was given."""
    again = replace(TOLD[4], life=2)
    bare = verdict(*TOLD, again)
    assert [f"{WEBHOOK} id 5, first in life 1"] == bare.unexcused
    kill = Kill(1, {WEBHOOK: frozenset({"id 5"})})
    excused = verdict(*TOLD, again, kills=(kill,))
    assert ([], 1, 1) == (excused.faults, excused.duplicates, excused.under_way)
    unanswered = verdict(*TOLD[:4], replace(TOLD[4], lost=True), again)
    assert ([], 0, 1) == (unanswered.faults, unanswered.duplicates, unanswered.answers_lost)


def test_a_kill_excuses_one_repetition_only() -> None:
    """What comes a third time, of a send that no kill cut off, is told twice."""
    kill = Kill(1, {WEBHOOK: frozenset({"id 5"})})
    thrice = verdict(*TOLD, replace(TOLD[4], life=2), replace(TOLD[4], life=3), kills=(kill,))
    assert [f"{WEBHOOK} id 5, first in life 2"] == thrice.unexcused


def test_a_repetition_with_another_body_is_named() -> None:
    """Also where the first attempt was not taken."""
    other = replace(TOLD[0], body=TOLD[0].body + b" ", taken=False)
    assert [f"{WEBHOOK} id 1 in life 1"] == verdict(other, *TOLD).different


def test_more_sends_under_way_than_allowed_are_named() -> None:
    """33 to the webhook, or two to the chat, at one kill."""
    many = Kill(1, {WEBHOOK: frozenset(map(str, range(33))), CHAT: frozenset({"a", "b"})})
    assert [
        f"33 sends to {WEBHOOK} under way at the end of 1",
        f"2 sends to {CHAT} under way at the end of 1",
    ] == verdict(*TOLD, kills=(many,)).unexcused


def test_what_the_run_and_the_ledger_complain_of_is_a_fault() -> None:
    """A step that was not reached, and books that do not balance."""
    said = verdict(*TOLD, troubles=("step x was not reached",), books=("exit 1",))
    assert ["run: step x was not reached", "ledger: exit 1"] == said.faults


def test_a_request_that_no_saved_attempt_explains_is_named() -> None:
    """An attempt is saved before it is made: fewer of them than requests, or none, is a fault."""
    saved = {"id 1": 1}
    assert [] == unsaved_attempts(saved, TOLD[:1])
    assert ["2 requests of id 1, attempts saved: 1"] == unsaved_attempts(saved, 2 * TOLD[:1])
    assert ["1 requests of id 2, attempts saved: 0"] == unsaved_attempts(saved, TOLD[1:2])


def heard(number: int, *lines: str) -> Arrival:
    text = "#### 🔴 2 jobs\n\n**Rule**: x\n\n" + "\n".join(f"- {line}" for line in lines)
    body = json.dumps({"msgUuid": f"{number}", "markdown": {"text": text}}).encode()
    return Arrival(CHAT, 1, f"{number}", body, AT + number)


DOWN, UP, OTHER = "🔴 prod/payments failed", "✅ prod/payments recovered", "🔴 prod/orders failed"


@pytest.mark.parametrize(
    "messages, faults",
    [
        ([heard(1, DOWN, OTHER), heard(2, UP)], 0),
        ([heard(1, OTHER), heard(2, UP)], 0),
        ([heard(1, DOWN, OTHER)], 1),
        ([heard(1, OTHER)], 1),
        ([heard(1, UP), heard(2, DOWN)], 1),
        ([heard(1, DOWN), heard(2, UP), heard(3, UP)], 1),
        ([heard(1, DOWN), heard(2, UP), heard(2, UP)], 0),
    ],
    ids=["told", "merged", "no end", "nothing", "reversed", "end twice", "same message twice"],
)
def test_the_chat_must_hear_what_the_webhook_is_told(messages: list[Arrival], faults: int) -> None:
    """Beginning and end in this order, or the end for both; the same message again is no other."""
    excuse = [replace(one, lost=True) for one in messages]
    said = verdict(*TOLD, *excuse, chat_jobs=frozenset({"payments"}))
    assert faults == len(said.faults), said.faults


def test_only_the_line_that_says_how_late_it_is_may_differ() -> None:
    """Two bodies of one chat message are equal without that line, and not with other words."""
    plain, late = heard(1, DOWN), heard(1, DOWN)
    text = plain.text.replace("\n\n**Rule", "\n\n**Late**: decided 10:03, told 3m later\n\n**Rule")
    late = replace(late, body=json.dumps({**plain.json, "markdown": {"text": text}}).encode())
    assert chat.without_lateness(plain) == chat.without_lateness(late)
    assert chat.without_lateness(plain) != chat.without_lateness(heard(1, UP))


def test_a_robot_that_is_asked_too_often_is_named() -> None:
    """The 21st request in 60 seconds is one too many; a second later it is none."""
    often = [replace(heard(1, DOWN), at=AT + number) for number in range(20)]
    assert [] == chat.too_many([*often, replace(heard(1, DOWN), at=AT + 60.5)])
    assert ["21 requests to the robot in 20.0 s"] == chat.too_many(
        [*often, replace(heard(1, DOWN), at=AT + 20)]
    )
