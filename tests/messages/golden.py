"""Pages of every message, English beside Chinese; `python -m tests.messages.golden` writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import zip_longest
from pathlib import Path
from typing import Final

from tests.channels.samples import channel_of
from tests.messages.bundles import BUNDLES
from tests.messages.sample import Sample
from tests.messages.samples import BOTH, CHINESE, ENGLISH, TOLD_AT, notify, parcel
from tests.messages.scenes import ENDS, samples_of
from watcher.channels.chat import chat_message
from watcher.core.deferral import Because, Deferral
from watcher.core.delivery import Parcel
from watcher.core.event import Kind
from watcher.core.notification import Notification
from watcher.messages.message import Message
from watcher.messages.wording import Wording

FOLDER: Final = Path(__file__).parent / "golden"
AGAIN: Final = (
    "Made by `python -m tests.messages.golden`; read the difference before you commit it."
)
REASONS: Final = (
    Deferral(Because.RECEIVER),
    Deferral(Because.RECEIVER, "no answer from oapi.dingtalk.com:443 within 10s"),
    Deferral(Because.LIMIT, "18 in 1m"),
    Deferral(Because.AWAY),
    Deferral(Because.ATTEMPTS),
    Deferral(Because.ATTEMPTS, "HTTP 503"),
    Deferral(Because.OTHERS),
    Deferral(Because.CLOCK),
    Deferral(Because.DEAD, "gave up after 1d"),
)


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    found = {f"{kind}.md": page_of(kind) for kind in Kind}
    found["bundles.md"] = _page("Bundles", _bundles())
    found["late.md"] = _page("Messages that come late", _late())
    found["dingtalk.md"] = _page("What DingTalk gets", _bodies(dingtalk))
    found["slack.md"] = _page("What Slack gets", _bodies(slack))
    return found


def page_of(kind: Kind) -> str:
    """Every message about one kind."""
    return _page(f"Messages about `{kind}`", (_section(one) for one in samples_of(kind)))


def plain(message: Message, words: Wording) -> list[str]:
    """A message as lines of text."""
    lines = [f"{line.label}{words.say('colon')}{line.text}" for line in message.lines]
    members = [f"• {member}" for member in message.members]
    more = [message.more] if message.more else []
    links = [f"{link.label} <{link.url}>" for link in message.links]
    return [message.title, *lines, *members, *more, *links]


def lines_of(sample: Sample, words: Wording) -> list[str]:
    """A sample as lines of text; the last one is what a notification on a locked screen shows."""
    message = chat_message(_parcel(sample), sample.at, words)
    return [*plain(message, words), f"({message.summary})"]


def _parcel(sample: Sample) -> Parcel:
    return parcel(sample.told, made_at=sample.at)


def _section(sample: Sample) -> str:
    return _table(sample.name, [lines_of(sample, words) for words in BOTH])


def _bundles() -> Iterator[str]:
    for name, members in BUNDLES.items():
        yield _table(name, [bundle_lines(members, words) for words in BOTH])


def bundle_lines(members: Sequence[Notification], words: Wording) -> list[str]:
    """A bundle as lines of text."""
    return plain(chat_message(parcel(*members), TOLD_AT, words), words)


def _late() -> Iterator[str]:
    for reason in REASONS:
        yield _table(reason.text, [late_lines(reason, words) for words in BOTH])


def late_lines(reason: Deferral, words: Wording) -> list[str]:
    """The first lines of a message that comes late."""
    now = TOLD_AT + timedelta(minutes=14)
    return plain(chat_message(parcel(notify(), deferred=reason), now, words), words)[:2]


def _table(name: str, sides: Sequence[Sequence[str]]) -> str:
    rows = [f"| {_cell(a)} | {_cell(b)} |" for a, b in zip_longest(*sides, fillvalue="")]
    return "\n".join([f"## {name}", "", "| English | 中文 |", "|---|---|", *rows])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _bodies(form: Callable[[Parcel, Wording], str]) -> Iterator[str]:
    """A beginning and an end of each kind, and each bundle, as a receiver gets them."""
    for kind in Kind:
        samples = list(samples_of(kind))
        ends = [one for one in samples if one.told.reason in ENDS and not one.told.absorbed]
        for one in (samples[0], *ends[:1]):
            yield _fenced(f"{kind}, {one.name}", _parcel(one), form)
    for name in ("3 jobs", "3 recoveries", "a digest", "300 jobs"):
        yield _fenced(name, parcel(*BUNDLES[name]), form)


def _fenced(name: str, whole: Parcel, form: Callable[[Parcel, Wording], str]) -> str:
    blocks = [f"```\n{form(whole, words)}\n```" for words in (ENGLISH, CHINESE)]
    return "\n\n".join([f"## {name}", *blocks])


def dingtalk(whole: Parcel, words: Wording) -> str:
    """The markdown that a DingTalk robot gets."""
    text = json.loads(channel_of("dingtalk", words).encode(whole, whole.made_at).body)
    return str(text["markdown"]["text"])


def slack(whole: Parcel, words: Wording) -> str:
    """The texts of the blocks that Slack gets, with a line between them."""
    body = json.loads(channel_of("slack", words).encode(whole, whole.made_at).body)
    return "\n---\n".join(str(block["text"]["text"]) for block in body["blocks"])


def _page(title: str, sections: Iterator[str]) -> str:
    return "\n\n".join([f"# {title}", AGAIN, *sections]) + "\n"


def write() -> None:
    """Write every page, and remove those that nothing makes any more."""
    wanted = pages()
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.iterdir():
        if old.name not in wanted:
            old.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
