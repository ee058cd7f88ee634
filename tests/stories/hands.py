"""What is done by hand while a story is played, in the words of its page.

| words | do |
|---|---|
| `watcher …` | run that command with the story's configuration; it must succeed |
| `kill -9` | kill the service as an out-of-memory killer does |
| `start` | start it again |
| `CHANNEL refuses: BODY` | the receiver answers so from now on, status 200 |
| `CHANNEL answers STATUS` | the same with that status; `answers 429, Retry-After 3` with a header |
| `CHANNEL takes everything` | the receiver is well again |
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Awaitable, Callable

from tests.acceptance.process import call
from tests.acceptance.receiver import Manner, Receiver

_ANSWERS = re.compile(r"(\S+) answers (\d+)(?:, Retry-After (\d+))?")
_REFUSES = re.compile(r"(\S+) refuses: (.+)")
_TAKES = re.compile(r"(\S+) takes everything")
Command = Callable[[list[str]], Awaitable[None]]


def at_the_receiver(receiver: Receiver, what: str) -> bool:
    """Change how a receiver answers; whether the words were about one."""
    if found := _ANSWERS.fullmatch(what):
        headers = (("Retry-After", found[3]),) if found[3] else ()
        receiver.answer(found[1], Manner(status=int(found[2]), body="no", headers=headers))
        return True
    if found := _REFUSES.fullmatch(what):
        receiver.answer(found[1], Manner(body=found[2]))
        return True
    if found := _TAKES.fullmatch(what):
        receiver.manners.pop(found[1], None)
        return True
    return False


def words_of(what: str) -> list[str]:
    """The arguments of a `watcher …` command."""
    _, *arguments = shlex.split(what)
    return arguments


__all__ = ["at_the_receiver", "call", "words_of"]
