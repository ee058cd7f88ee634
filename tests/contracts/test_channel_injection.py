"""No text from elsewhere becomes markup, a link or a mention, wherever in a message it stands."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.channels.samples import channel_of
from tests.messages.samples import BOTH, ENGLISH, TOLD_AT, WRONG, every_notification, parcel
from watcher.core.deferral import Because, Deferral
from watcher.core.notification import Notification
from watcher.core.subject import channel_subject, job_subject, source_subject
from watcher.messages.wording import Wording

MARKUP: Final = (
    "@13800000000",
    "@user123",
    "@all",
    "＠13800000000",
    "[bank](https://evil.example)",
    "![x](https://evil.example/p.png)",
    "[x]: https://evil.example",
    "https://evil.example/?a=b",
    "dingtalk://dingtalkclient/page/link?url=evil",
    "www.evil.example",
    "WWW.evil.example",
    "<https://evil.example|https://bank.example>",
    "<a href='https://evil.example'>x</a>",
    "<!channel>",
    "<!here|x>",
    "<@U012AB3CD>",
    "<#C123>",
    "<!date^0^{date}|x>",
    "&lt;!channel&gt;",
    "&#64;13800000000",
    "&#91;x&#93;&#40;https&#58;//evil.example&#41;",
    "\n# heading",
    "\n> quote",
    "\n- item",
    "\r\n\r\n---\r\n",
    "\u2028# heading",
    "\x0b\x0c\x85# heading",
    "**bold** `code` ~~gone~~ |cell|",
    "\n```\n",
    "<\u200b!channel>",
    "@\u200b13800000000",
    "[x]\u2060(https://evil.example)",
    "\u202egpj.exe\u202c",
    "\ud800<!channel>",
    "\\[x\\](https://evil.example)",
    "{title}%s{0}",
    "java.lang.IllegalStateException: ",
    "\nCaused by: a.B: ",
)
TEXT = st.lists(st.sampled_from(MARKUP) | st.text(max_size=6), min_size=1, max_size=4).map("".join)
PATTERNS: Final = tuple(every_notification())
LINK: Final = "https://jobs.example/"


@st.composite
def hostile(draw: st.DrawFn) -> Notification:
    """Any notification, with such a text in every place that can hold one."""
    pattern = draw(st.sampled_from(PATTERNS))
    event, text = pattern.event, TEXT.map(lambda written: written[:80])
    run = msgspec.structs.replace(
        WRONG,
        **{name: draw(text) for name in ("expect_state", "actual_state", "engine_job_handler")},
        instance_id=draw(text),
        last_error_message=draw(text),
    )
    subject = job_subject(draw(text), draw(text), draw(text))
    if event.subject.channel is not None:
        subject = channel_subject(draw(text))
    elif event.subject.job is None:
        subject = source_subject(draw(text))
    facts = msgspec.structs.replace(
        event.facts,
        detail=draw(text),
        cause=event.facts.cause and draw(text),
        restarted=tuple(draw(text) for _ in event.facts.restarted[:2]),
    )
    runs = {"run": run, "previous": msgspec.structs.replace(run, actual_state=draw(text))}
    changes: dict[str, Any] = {"subject": subject, "facts": facts, **(runs if event.run else {})}
    return msgspec.structs.replace(
        pattern,
        event=msgspec.structs.replace(event, **changes),
        rule=draw(text),
        project=draw(text),
        labels={draw(text): draw(text)},
        fallback_for=pattern.fallback_for and draw(text),
        link=LINK + draw(text),
        mention=draw(st.booleans()),
    )


def sent(kind: str, members: list[Notification], words: Wording, reason: str | None) -> Any:
    """The body that goes out; late, where something is said of why."""
    late = timedelta(hours=1) if reason else timedelta(0)
    because = None if reason is None else Deferral(Because.RECEIVER, reason)
    whole = parcel(*members, deferred=because)
    return json.loads(channel_of(kind, words).encode(whole, TOLD_AT + late).body)


def invisible(text: str) -> list[str]:
    """Characters that break lines, turn directions or are not seen; joiners belong to words."""
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return [c for c in text if unicodedata.category(c) in hidden and c not in "\n\u200c\u200d"]


LINE: Final = re.compile(r"(\#\#\#\# |\*\*[^*]+\*\*(?:: |：)|- |$)(.*)")
OWN_LINK: Final = re.compile(r"\[[^\[\]()]+\]\(https://jobs\.example/[^\s()\[\]<>!|@*`\\]*\)")
SIGNS: Final = re.compile(r"[][!`*#<>@|~\\&]|://|www\.", re.IGNORECASE)


def check_dingtalk(body: Any, members: list[Notification]) -> None:
    mention = any(member.mention for member in members)
    title, text = body["markdown"]["title"], body["markdown"]["text"]
    lines = text.split("\n")
    if mention:
        assert "@13800000000 @user123" == lines.pop()
    assert "\n" not in title
    assert [] == invisible(text + title)
    assert [] == SIGNS.findall(title)
    assert [] == [line for line in lines if not OWN_LINK.fullmatch(line) and has_markup(line)]
    assert 1 == sum(line.startswith("#") for line in lines)
    assert (["13800000000"] if mention else []) == body["at"]["atMobiles"]
    assert not body["at"]["isAtAll"]


def has_markup(line: str) -> bool:
    """Whether a line holds more than the one sign that it begins with."""
    found = LINE.fullmatch(line)
    return found is None or SIGNS.search(found[2]) is not None


MENTIONS: Final = ["<!here>", "<@U012AB3CD>"]
OWN_SLACK_LINK: Final = re.compile(r"<https://jobs\.example/[^\s<>|]*\|[^<>|]+>")


def check_slack(body: Any, members: list[Notification]) -> None:
    assert {"text", "blocks"} == set(body)
    texts = [body["text"], *texts_of(body["blocks"])]
    tokens = [token for text in texts for token in re.findall(r"<[^>]*>?", text)]
    links = [token for token in tokens if OWN_SLACK_LINK.fullmatch(token)]
    mentions = MENTIONS if any(member.mention for member in members) else []
    assert mentions == [token for token in tokens if token not in links]
    assert len(links) <= 1
    assert [] == [text for text in texts if invisible(text) or "\n\n" in text]
    # Whatever else `&` stands for, it is one of the three escapes.
    assert [] == re.findall(r"&(?!amp;|lt;|gt;)", "".join(texts))
    assert "\n" not in html.unescape(body["text"])


def texts_of(blocks: Any) -> Iterator[str]:
    for block in blocks:
        assert block["type"] in ("header", "section")
        assert block["text"]["type"] == "plain_text" or block["text"]["verbatim"]
        yield block["text"]["text"]


CHECKS: Final = (("dingtalk", check_dingtalk), ("slack", check_slack))
BUNDLES = st.lists(hostile(), min_size=1, max_size=3)


@pytest.mark.parametrize("kind, check", CHECKS, ids=[kind for kind, _ in CHECKS])
@settings(max_examples=200)
@given(members=BUNDLES, words=st.sampled_from(BOTH), reason=st.none() | TEXT)
def test_no_text_becomes_markup_link_or_mention(
    kind: str, check: Any, members: list[Notification], words: Wording, reason: str | None
) -> None:
    """Alone and in a bundle, in both languages: only our own signs, link and mentions are left."""
    check(sent(kind, members, words, reason), members)


@pytest.mark.parametrize("markup", MARKUP)
@pytest.mark.parametrize("kind, check", CHECKS, ids=[kind for kind, _ in CHECKS])
def test_each_trick_fails_in_a_name_and_in_a_trace(kind: str, check: Any, markup: str) -> None:
    """The tricks one by one, in a job's name, its error and the page about it."""
    for mention in (False, True):
        run = msgspec.structs.replace(
            WRONG, last_error_message=f"a.B: {markup}\n\tat x.Y({markup})", actual_state=markup
        )
        event = msgspec.structs.replace(
            PATTERNS[0].event, subject=job_subject("prod", "FLINK_STREAM", markup), run=run
        )
        told = msgspec.structs.replace(
            PATTERNS[0], event=event, link=f"{LINK}{markup}", mention=mention
        )
        check(sent(kind, [told], ENGLISH, markup), [told])
