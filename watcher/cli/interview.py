"""Asking a person on a terminal, or taking what the flags say where there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import click

from watcher.cli.root import FAILED
from watcher.cli.tables import say

Judge = Callable[[str], str | None]
"""What speaks against an answer, in words; `None` where nothing does."""

CORRECT, KEEP, QUIT = "correct", "keep", "quit"


def content(_: str) -> str | None:
    """Takes every answer."""
    return None


class Question(NamedTuple):
    """What is asked, and the flag that answers it; `hidden` answers are not shown."""

    label: str
    flag: str
    hidden: bool = False
    optional: bool = False


class Interview:
    """`asks` is whether there is somebody; `keeps`: what fails is kept as it is, unasked."""

    def __init__(self, *, asks: bool, keeps: bool = False) -> None:
        self.asks = asks
        self._keeps = keeps

    def answer(
        self, question: Question, given: str | None, default: str | None, judge: Judge = content
    ) -> str | None:
        """The flag's value, else what the person says, else the default; judged in any case.

        `None` only for a question that is optional.
        """
        if given is not None:
            objection = judge(given)
            if objection is None:
                return given
            if not self.asks:
                raise click.UsageError(f"{question.flag}: {objection}")
            say(f"{question.flag}: {objection}", error=True)
        if self.asks:
            return self._prompt(question, default, judge)
        if default is None and not question.optional:
            raise click.UsageError(f"{question.flag} is missing")
        return default

    def agree(self, text: str, *, default: bool, given: bool | None = None) -> bool:
        """Whether somebody wants that; `given` is what a flag says, without anybody it is no."""
        if given is not None:
            return given
        return self.asks and click.confirm(text, default=default)

    def correct(self, trouble: str) -> bool:
        """Tell what failed; whether to ask again.  False keeps it as it is.

        Without anybody to ask, it ends the command unless what fails is to be kept.
        """
        if self.asks:
            say(trouble, error=True)
            return _choose(CORRECT, KEEP, QUIT) == CORRECT
        if self._keeps:
            say(f"{trouble}\nkept as it is (--keep)", error=True)
            return False
        hint = "nothing is written; correct it, or add --keep to write it as it is"
        say(f"{trouble}\n{hint}", error=True)
        raise click.exceptions.Exit(FAILED)

    def must_correct(self, trouble: str) -> None:
        """Tell what can never be kept before it is asked again; without anybody a wrong usage."""
        if not self.asks:
            raise click.UsageError(trouble)
        say(trouble, error=True)
        _choose(CORRECT, QUIT)

    def _prompt(self, question: Question, default: str | None, judge: Judge) -> str | None:
        shown = "" if question.optional and default is None else default
        secretly = question.hidden and bool(default) and "${" not in (default or "")
        note = " (not shown; Enter keeps it)" if secretly else ""
        note = note or (" (not shown)" if question.hidden else "")
        while True:
            said = click.prompt(
                question.label + note,
                default=shown,
                hide_input=question.hidden,
                show_default=bool(shown) and not secretly,
                type=str,
            ).strip()
            if not said and question.optional:
                return None
            objection = judge(said)
            if objection is None:
                return said
            say(f"  {objection}", error=True)


def _choose(*choices: str) -> str:
    words = {CORRECT: "Correct it", KEEP: "keep it as it is", QUIT: "or quit"}
    text = ", ".join(words[choice] for choice in choices)
    choice = str(click.prompt(text, type=click.Choice(choices), default=CORRECT))
    if choice == QUIT:
        raise click.Abort
    return choice
