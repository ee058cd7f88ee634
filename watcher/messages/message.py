"""What a channel turns into its own format: words in order, none of them escaped yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from watcher.messages.cut import cut_chars
from watcher.messages.wording import Wording

FEWEST_MEMBERS: Final = 5
MEMBERS_STEP: Final = 0.8
TEXT_STEPS: Final = (200, 100, 50)
FEWEST_LINES: Final = 8


class Line(msgspec.Struct, frozen=True):
    """One fact: a label in the operator's language and what it says, which is not to be trusted."""

    label: str
    text: str


class Link(msgspec.Struct, frozen=True):
    """A page to look at."""

    label: str
    url: str


class Message(msgspec.Struct, frozen=True):
    """One message, ready to be laid out.

    `title` is one line with a sign for its severity; `summary` says the same and a little more on
    one line without the sign.  `members` are the lines of a bundle or the jobs of an incident,
    gravest first; `more` counts those that were cut, and the `hidden` ones that never were here.
    Every text may hold characters that mean something to a channel.
    `mention` asks the channel to call its people.
    """

    title: str
    summary: str
    lines: tuple[Line, ...] = ()
    members: tuple[str, ...] = ()
    more: str = ""
    links: tuple[Link, ...] = ()
    mention: bool = False
    hidden: int = 0


def shortenings(message: Message, wording: Wording) -> Iterator[Message]:
    """The message itself, then ever shorter ones: fewer members first, then shorter texts.

    The last one has at most 5 members, 8 lines and no text of more than 50 characters.
    """
    yield message
    keep = len(message.members)
    while keep > FEWEST_MEMBERS:
        keep = max(FEWEST_MEMBERS, int(keep * MEMBERS_STEP))
        yield _with_members(message, keep, wording)
    fewest = _with_members(message, keep, wording)
    for most in TEXT_STEPS:
        yield _with_texts(fewest, most)


def _with_members(message: Message, keep: int, wording: Wording) -> Message:
    cut = len(message.members) - keep
    if cut <= 0:
        return message
    more = wording.say("bundle.more", n=cut + message.hidden)
    return msgspec.structs.replace(message, members=message.members[:keep], more=more)


def _with_texts(message: Message, most: int) -> Message:
    lines = message.lines if most > min(TEXT_STEPS) else message.lines[:FEWEST_LINES]
    return msgspec.structs.replace(
        message,
        title=cut_chars(message.title, most),
        summary=cut_chars(message.summary, most),
        lines=tuple(Line(line.label, cut_chars(line.text, most)) for line in lines),
        members=tuple(cut_chars(member, most) for member in message.members),
        links=() if most == min(TEXT_STEPS) else message.links,
    )
