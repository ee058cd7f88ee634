"""Pages are read as they were written, and compared by what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stories.blurring import bare, blur, folded
from tests.stories.configuration import join
from tests.stories.message import Message, Part, fold, read_head, unfold
from tests.stories.page import differences, names, read_story, sense, write_told

BEGAN = Part("state-mismatch.firing", "began", ("payments",))
ENDED = Part("state-mismatch.resolved", "recovered", ("orders_1", "orders_2", "orders_3"))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("since 10:03:05, for 3 s", "since {time}, for {~3 s}"),
        ("2026-11-25 10:03", "{date} {time}"),
        ("已持续 3 秒", "已持续 {~3 秒}"),
        ("6 min 20 s behind", "6 min 20 s behind"),
        ("at 127.0.0.1:37461", "at 127.0.0.1:{port}"),
        ("RequestId 6F9619FF-8B86-D011-B42D-00CF4FC964FF", "RequestId {request}"),
        ("DedupState.java:58)", "DedupState.java:58)"),
    ],
)
def test_what_differs_gets_a_placeholder(text: str, expected: str) -> None:
    """Times, dates, short spans, ports and request ids, and nothing else."""
    assert expected == blur(text)


def test_measured_spans_are_not_compared() -> None:
    """Two texts that differ in what was measured are alike."""
    assert bare("for {~3 s}") == bare("for {~4 s}")
    assert bare("for {~3 s}") != bare("for 3 s")
    assert bare("since {time} UTC, for {~1 s}") == bare("since {time} UTC")


def test_a_list_of_like_lines_is_one_line() -> None:
    """Jobs that differ in their number alone stand in one line of the page, others do not."""
    lines = ["- a_1 failed", "- a_2 failed", "- a_3 failed", "- b failed", "a_4 failed"]
    expected = ["- a_{1..3} failed", "- b failed", "a_4 failed"]
    assert expected == folded("\n".join(lines)).splitlines()


def test_folded_names_are_the_names() -> None:
    """A run of numbers is written as one, and read as the same names."""
    written = fold(["a_2", "b", "a_1", "a_3", "a_7"])
    assert ["a_1", "a_2", "a_3", "a_7", "b"] == written
    assert ["a_{1..3}"] == fold(["a_2", "a_1", "a_3"])
    assert ["a_1", "a_2", "a_3"] == list(unfold("a_{1..3}"))


@pytest.mark.parametrize("parts", [(BEGAN,), (BEGAN, ENDED)])
def test_a_head_is_read_as_it_was_written(parts: tuple[Part, ...]) -> None:
    """The second, the kinds, the reasons and the names."""
    assert (7, parts) == read_head(Message(7, parts, "").head())


def test_only_the_order_about_the_same_counts() -> None:
    """Messages about different jobs may change places, those about one may not."""
    first, other = Message(3, (BEGAN,), "down"), Message(3, (ENDED,), "up")
    again = Message(9, (Part("state-mismatch.resolved", "recovered", ("payments",)),), "up")
    assert sense((first, other)) == sense((other, first))
    assert sense((first, again)) != sense((again, first))
    assert sense((first,)) != sense((first, first))
    assert [] == differences((first, other), (other, first))
    assert [] != differences((first,), (first, other))


def test_pages_are_read_as_they_were_written(tmp_path: Path) -> None:
    """What came is written into the page, and the page then says it."""
    name = "failed-and-back"
    story = read_story(name)
    copy = tmp_path / name
    copy.mkdir()
    (copy / "story.md").write_text((story.folder / "story.md").read_text("utf-8"), "utf-8")
    told = {"oncall": (Message(3, (BEGAN, ENDED), "#### text\n- more"),), "audit": ()}
    write_told(read_story(name, tmp_path), told)
    assert told == read_story(name, tmp_path).told


def test_every_page_says_who_is_to_blame_for_a_message() -> None:
    """No message of any page came from what the outbox does not know."""
    heads = {
        f"{name}: {part.type}"
        for name in names()
        for messages in read_story(name).told.values()
        for message in messages
        for part in message.parts
    }
    assert [] == sorted(head for head in heads if head.endswith(": unknown"))


def test_a_story_s_own_tables_stand_in_the_place_of_the_common_ones() -> None:
    """Keys before the first table and tables of the same name; rules by their names."""
    base = 'a = 1\nb = 2\n[[rules]]\nname = "x"\n[[rules]]\nname = "y"\n[c.d]\ne = 1\n'
    own = 'b = 3\n[[rules]]\nname = "y"\nf = 1\n'
    joined = join(base, own)
    assert ["b = 3", "a = 1", 'name = "y"', "f = 1", 'name = "x"', "e = 1"] == [
        line for line in joined.splitlines() if " = " in line
    ]
