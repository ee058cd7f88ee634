"""Asking, and doing without anybody to ask."""

from __future__ import annotations

from collections.abc import Callable

import click
import pytest
from click.testing import CliRunner, Result

from watcher.cli.interview import Interview, Question

NAME = Question("Name", "--name")
SECRET = Question("Secret", "--secret", hidden=True)
MAYBE = Question("Maybe", "--maybe", optional=True)


def no_x(answer: str) -> str | None:
    return "an x is not taken" if "x" in answer else None


def run(work: Callable[[], object], said: str = "") -> Result:
    """What `work` gives, printed, where these lines are answered."""

    @click.command()
    def command() -> None:
        click.echo(f"<{work()}>")

    return CliRunner().invoke(command, input=said)


def test_a_flag_that_is_right_is_not_asked_for() -> None:
    """Its value is taken as it stands."""
    result = run(lambda: Interview(asks=True).answer(NAME, "given", None, no_x))
    assert "<given>\n" == result.stdout


def test_a_wrong_answer_is_asked_for_again_with_its_reason() -> None:
    """Also where it came from a flag."""
    result = run(lambda: Interview(asks=True).answer(NAME, "x", None, no_x), "xx\n y \n")
    assert ["--name: an x is not taken", "  an x is not taken"] == result.stderr.splitlines()
    assert "<y>" in result.stdout


def test_enter_takes_the_default() -> None:
    """It is shown before."""
    result = run(lambda: Interview(asks=True).answer(NAME, None, "prod"), "\n")
    assert "Name [prod]: " in result.stdout
    assert "<prod>" in result.stdout


def test_a_secret_is_never_shown() -> None:
    """Neither what is typed nor what Enter keeps; a reference is no secret."""
    typed = run(lambda: Interview(asks=True).answer(SECRET, None, None) == "planted", "planted\n")
    assert "<True>" in typed.stdout
    kept = run(lambda: Interview(asks=True).answer(SECRET, None, "planted") == "planted", "\n")
    assert "Secret (not shown; Enter keeps it): " in kept.stdout
    assert "<True>" in kept.stdout
    assert "planted" not in typed.output + kept.output
    shown = run(lambda: Interview(asks=True).answer(SECRET, None, "${KEY}"), "\n")
    assert "[${KEY}]" in shown.stdout


def test_an_optional_question_may_be_left_out() -> None:
    """Enter, or nobody to ask, is no answer."""
    assert "<None>" in run(lambda: Interview(asks=True).answer(MAYBE, None, None), "\n").stdout
    assert "<None>" in run(lambda: Interview(asks=False).answer(MAYBE, None, None)).stdout


@pytest.mark.parametrize(
    "given, said", [(None, "--name is missing"), ("x", "--name: an x is not taken")]
)
def test_without_anybody_a_flag_must_be_right(given: str | None, said: str) -> None:
    """It is a wrong usage otherwise."""
    result = run(lambda: Interview(asks=False).answer(NAME, given, None, no_x))
    assert 2 == result.exit_code
    assert said in result.stderr


@pytest.mark.parametrize(
    "asks, given, said, expected",
    [
        (True, None, "\n", True),
        (True, None, "n\n", False),
        (True, False, "", False),
        (False, None, "", False),
        (False, True, "", True),
    ],
)
def test_nothing_is_sent_that_nobody_agreed_to(
    asks: bool, given: bool | None, said: str, expected: bool
) -> None:
    """A flag says it, or a person; silence is no."""
    result = run(lambda: Interview(asks=asks).agree("Send?", default=True, given=given), said)
    assert f"<{expected}>" in result.stdout


@pytest.mark.parametrize(
    "asks, keeps, said, code, out",
    [
        (True, False, "\n", 0, "<True>"),
        (True, False, "what\nkeep\n", 0, "<False>"),
        (True, False, "quit\n", 1, ""),
        (False, True, "", 0, "<False>"),
        (False, False, "", 1, ""),
    ],
)
def test_what_fails_is_corrected_kept_or_the_end(
    asks: bool, keeps: bool, said: str, code: int, out: str
) -> None:
    """The person decides; without one, the flag."""
    result = run(lambda: Interview(asks=asks, keeps=keeps).correct("it failed"), said)
    assert code == result.exit_code
    assert "it failed" in result.stderr
    assert out in result.stdout


@pytest.mark.parametrize(
    "asks, said, code", [(True, "keep\ncorrect\n", 0), (True, "quit\n", 1), (False, "", 2)]
)
def test_what_can_never_be_kept(asks: bool, said: str, code: int) -> None:
    """To keep it is no choice."""
    result = run(lambda: Interview(asks=asks, keeps=True).must_correct("it is none"), said)
    assert code == result.exit_code
    assert "it is none" in result.stderr
