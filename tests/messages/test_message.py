"""Ever shorter forms of a message."""

from __future__ import annotations

from tests.messages.samples import ENGLISH
from watcher.messages.message import FEWEST_LINES, FEWEST_MEMBERS, Line, Link, Message, shortenings

LONG = Message(
    title="t" * 300,
    summary="s" * 300,
    lines=tuple(Line(f"label {n}", "x" * 300) for n in range(12)),
    members=tuple(f"{n} " + "m" * 300 for n in range(100)),
    links=(Link("Open", "https://example.com/"),),
    mention=True,
)


def size(message: Message) -> int:
    texts = [message.title, message.summary, message.more, *message.members]
    return sum(map(len, texts)) + sum(len(line.text) for line in message.lines)


def test_forms_grow_shorter_from_the_whole_to_the_least() -> None:
    """The first form is the message itself, each next one smaller, the last one small enough."""
    forms = list(shortenings(LONG, ENGLISH))
    assert LONG == forms[0]
    sizes = [size(form) for form in forms]
    assert sorted(sizes, reverse=True) == sizes
    assert FEWEST_MEMBERS == len(forms[-1].members)
    assert FEWEST_LINES == len(forms[-1].lines)
    assert sizes[-1] < 1000


def test_what_was_cut_is_counted() -> None:
    """The reader learns how many lines of a bundle are not shown, and is still mentioned."""
    for form in shortenings(LONG, ENGLISH):
        hidden = 100 - len(form.members)
        assert (f"… and {hidden} more" if hidden else "") == form.more
        assert form.mention


def test_a_short_message_keeps_its_members() -> None:
    """Few members are never dropped; only their texts are cut."""
    few = Message(title="t", summary="s", members=("a", "b"))
    assert {("a", "b")} == {form.members for form in shortenings(few, ENGLISH)}
