"""Messages as chats show them, for looking: `python -m tests.messages.picture FOLDER`.

Writes one HTML page for each chat, language, width and shade, and a picture beside it where a
`chromium` is on the path.  DingTalk's markdown is the subset that its documents name: headings,
quotes, bold, italics, links, lists; a line break alone breaks nothing.
"""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import Final

import msgspec

from tests.channels.samples import channel_of
from tests.messages.bundles import BUNDLES
from tests.messages.samples import BOTH, parcel
from tests.messages.scenes import ENDS, samples_of
from watcher.core.delivery import Parcel
from watcher.core.event import Kind
from watcher.messages.wording import Wording

WIDTHS: Final = (("phone", 390, 10_000), ("desktop", 700, 6000))
GLANCE: Final = (460, 855)
SHADES: Final = (("light", "#111", "#fff", "#eceef2"), ("dark", "#e4e4e4", "#222326", "#111214"))
STYLE: Final = """
body { margin: 0; padding: 12px; color: %s; background: %s; font: 15px/1.45 sans-serif }
.message { background: %s; border-radius: 8px; padding: 10px 12px; margin: 0 0 12px;
  max-width: 640px; overflow-wrap: anywhere }
.message p { margin: 6px 0 } h4, .header { font-size: 17px; font-weight: bold; margin: 2px 0 8px }
ul { margin: 6px 0; padding-left: 20px } a { color: #2a7fff } code { color: #d1437a }
blockquote { margin: 6px 0; padding-left: 8px; border-left: 3px solid #999; opacity: .8 }
"""

_INLINE: Final = (
    (re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*"), r"<b>\1</b>"),
    (re.compile(r"(?<!\*)\*(?=\S)([^*]+?)(?<=\S)\*"), r"<i>\1</i>"),
    (re.compile(r"@[0-9A-Za-z]+"), r'<a href="#">\g<0></a>'),
)
_MRKDWN: Final = (
    (re.compile(r"`([^`\n]+)`"), r"<code>\1</code>"),
    (re.compile(r"&lt;(https?://[^|>]+?)\|(.+?)&gt;"), r'<a href="\1">\2</a>'),
    (re.compile(r"&lt;[@!]([^>]+?)&gt;"), r'<a href="#">@\1</a>'),
    (re.compile(r"(?<!\w)\*(?=\S)([^*\n]+?)(?<=\S)\*(?=[\s!-/:-@]|$)"), r"<b>\1</b>"),
    (re.compile(r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)"), r"<i>\1</i>"),
    (re.compile(r"(?<!\w)~(?=\S)([^~\n]+?)(?<=\S)~(?!\w)"), r"<s>\1</s>"),
)


def dingtalk(whole: Parcel, words: Wording) -> str:
    """What DingTalk makes of a robot's markdown."""
    body = json.loads(channel_of("dingtalk", words).encode(whole, whole.made_at).body)
    return "\n".join(map(_block, str(body["markdown"]["text"]).split("\n\n")))


def _block(text: str) -> str:
    heading = re.fullmatch(r"(#{1,6}) (.*)", text)
    if heading:
        return f"<h4>{_inline(heading[2], _INLINE)}</h4>"
    if text.startswith("- "):
        items = "".join(f"<li>{_inline(item, _INLINE)}</li>" for item in text[2:].split("\n- "))
        return f"<ul>{items}</ul>"
    return f"<p>{_inline(text, _INLINE)}</p>"


def slack(whole: Parcel, words: Wording) -> str:
    """What Slack makes of the blocks."""
    body = json.loads(channel_of("slack", words).encode(whole, whole.made_at).body)
    return "\n".join(map(_slack_block, body["blocks"]))


def _slack_block(block: dict[str, dict[str, str]]) -> str:
    text = block["text"]["text"]
    if block["text"]["type"] == "plain_text":
        return f'<div class="header">{html.escape(text)}</div>'
    # Slack's own escapes are undone as a reader sees them, after its markup is found.
    shown = _inline(text, _MRKDWN).replace("&amp;lt;", "&lt;").replace("&amp;gt;", "&gt;")
    return f"<p>{shown.replace('&amp;amp;', '&amp;')}</p>".replace("\n", "<br>")


def _inline(text: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    text = html.escape(text, quote=False)
    for pattern, shown in rules:
        text = pattern.sub(shown, text)
    return text


def parcels() -> Iterator[Parcel]:
    """What is worth looking at: a beginning and an end of each kind, and bundles."""
    for kind in Kind:
        samples = list(samples_of(kind))
        ends = [one for one in samples if one.told.reason in ENDS and not one.told.absorbed]
        for one in (samples[0], *ends[:1]):
            yield parcel(one.told, made_at=one.at)
    for name in ("a page to look at", "recovered after 12 s", "standing", "reminder"):
        yield from (
            parcel(one.told, made_at=one.at)
            for one in samples_of(Kind.STATE_MISMATCH)
            if one.name == name
        )
    yield from (parcel(*BUNDLES[name]) for name in ("3 jobs", "30 jobs", "300 jobs", "a digest"))
    yield parcel(*BUNDLES["3 recoveries"])


def glance() -> Iterator[Parcel]:
    """What a newcomer sees first: a failure, its end and a storm."""
    chosen = {one.name: one for one in samples_of(Kind.STATE_MISMATCH)}
    first = chosen["failed"]
    yield parcel(msgspec.structs.replace(first.told, mention=True), made_at=first.at)
    end = chosen["recovered after 12 s"]
    yield parcel(end.told, made_at=end.at)
    yield parcel(*BUNDLES["3 jobs"])


def page(
    form: Callable[[Parcel, Wording], str],
    words: Wording,
    shade: tuple[str, ...],
    shown: Iterable[Parcel],
) -> str:
    """Messages, one below the other."""
    _, ink, paper, behind = shade
    messages = [f'<div class="message">{form(one, words)}</div>' for one in shown]
    head = f'<meta charset="utf-8"><style>{STYLE % (ink, behind, paper)}</style>'
    return "\n".join([head, *messages])


def main(folder: Path) -> None:
    """Write every page, and its picture where there is a browser."""
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium")
    for form, words, width, shade in product((dingtalk, slack), BOTH, WIDTHS, SHADES):
        path = folder / f"{form.__name__}-{words.language}-{width[0]}-{shade[0]}.html"
        path.write_text(page(form, words, shade, parcels()), encoding="utf-8")
        if chromium:
            _shoot(chromium, path, width[1], width[2])
    for form, words in product((dingtalk, slack), BOTH):
        path = folder / f"glance-{form.__name__}-{words.language}.html"
        path.write_text(page(form, words, SHADES[0], glance()), encoding="utf-8")
        if chromium:
            _shoot(chromium, path, *GLANCE)


def _shoot(chromium: str, path: Path, wide: int, high: int) -> None:
    picture = f"--screenshot={path.with_suffix('.png')}"
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={wide},{high}"]
    subprocess.run([chromium, *options, picture, path.as_uri()], check=True, capture_output=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
