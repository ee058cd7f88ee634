"""Slack incoming webhooks: escaped Block Kit, and what the body's word says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from watcher.channels.chat import chat_message, fit, safe_url
from watcher.channels.outcomes import by_status, retry_after, robot_name, succeeded
from watcher.channels.table import ChannelTable
from watcher.core.delivery import Parcel
from watcher.core.outcome import Fate, Outcome
from watcher.core.pace import Limit
from watcher.messages.cut import cut_units, units
from watcher.messages.message import Message
from watcher.messages.wording import Wording
from watcher.ports import Channel, HttpAnswer, HttpRequest
from watcher.tables import Many

KIND: Final = "slack"
LIMIT: Final = Limit(most=1, window=timedelta(seconds=1))
MOST_BLOCKS: Final = 50
MOST_HEADER: Final = 150
MOST_SECTION: Final = 3000
MOST_TEXT: Final = 3000
MOST_URL: Final = 2000
MOST_IN_ALL: Final = 12_000
"""All blocks together, as JSON; Slack refuses from about 13,200 characters, undocumented."""
SHRUNK: Final = 3000
MOST_ANSWER_BYTES: Final = 65_536

Mention = Annotated[
    str,
    StringConstraints(
        pattern=r"^<(!here|!channel|!everyone|@[UW][A-Z0-9]{2,20}|!subteam\^S[A-Z0-9]{2,20})>$"
    ),
]


class Table(ChannelTable):
    """`[channels.NAME]` of kind `slack`."""

    kind: Literal["slack"]
    """A Slack incoming webhook."""

    mentions: Annotated[Many[Mention], Field(max_length=20)] = ()
    """Whom to mention when something begins: "<!here>", "<!channel>", "<@U…>", "<!subteam^S…>"."""


_REFUSED: Final = (Fate.REFUSED, "refusal.webhook")
_REJECTED: Final = (Fate.REJECTED, "rejected")
_BUSY: Final = (Fate.RETRY, "retry.busy")

WORDS: Final[Mapping[str, tuple[Fate, str]]] = MappingProxyType(
    {
        "invalid_payload": _REJECTED,
        "invalid_blocks": _REJECTED,
        "no_text": _REJECTED,
        "too_many_attachments": _REJECTED,
        "msg_too_long": (Fate.TOO_LONG, "too-long"),
        "msg_blocks_too_long": (Fate.TOO_LONG, "too-long"),
        "user_not_found": (Fate.REFUSED, "refusal.mention"),
        "action_prohibited": _REFUSED,
        "posting_to_general_channel_denied": _REFUSED,
        "restricted_action": _REFUSED,
        "invalid_token": _REFUSED,
        "invalid_auth": _REFUSED,
        "not_authed": _REFUSED,
        "account_inactive": _REFUSED,
        "token_revoked": _REFUSED,
        "token_expired": _REFUSED,
        "missing_scope": _REFUSED,
        "team_disabled": _REFUSED,
        "message_limit_exceeded": _REFUSED,
        "channel_not_found": _REFUSED,
        "channel_is_archived": _REFUSED,
        "is_archived": _REFUSED,
        "not_in_channel": _REFUSED,
        "no_service": _REFUSED,
        "no_service_id": _REFUSED,
        "no_active_hooks": _REFUSED,
        "no_team": _REFUSED,
        "rate_limited": (Fate.THROTTLED, "throttle"),
        "ratelimited": (Fate.THROTTLED, "throttle"),
        "rollup_error": _BUSY,
        "internal_error": _BUSY,
        "fatal_error": _BUSY,
        "service_unavailable": _BUSY,
        "request_timeout": _BUSY,
    }
)
"""The word in the body → what it means, whatever the status.

After `internal_error` and `fatal_error` a message may have been posted; not to tell it at all would
be worse than to tell it twice.
"""

_WORD = re.compile(r"[a-z_]{1,64}")
_PLAIN: Final = str.maketrans({"&": "＆", "<": "＜", ">": "＞"})
Block = dict[str, object]


def escape(text: str) -> str:
    """Exactly `&`, `<` and `>`; nothing else has an escape, and mentions and links need these."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def build(name: str, table: Table, words: Wording) -> Channel:
    """The codec of one webhook."""
    return Slack(name, table, words.in_language(table.language))


class Slack:
    """Codec of one Slack incoming webhook."""

    bundles = True
    in_flight = 1
    limit: Limit | None = LIMIT

    def __init__(self, name: str, table: Table, words: Wording) -> None:
        self.name = name
        self.timeout = table.timeout
        self._table = table
        self._words = words
        self.robot = robot_name(KIND, table.url.get_secret_value())

    def __repr__(self) -> str:
        return f"Slack({self.name!r}, {self.robot})"

    def encode(self, parcel: Parcel, now: datetime) -> HttpRequest:
        """The request for one attempt, as `ports.Channel` promises."""
        most = SHRUNK if parcel.shrink else MOST_IN_ALL
        body = fit(
            chat_message(parcel, now, self._words),
            self._words,
            self._compose,
            lambda form: measure(form) <= most,
        )
        return HttpRequest(
            method="POST",
            url=self._table.url.get_secret_value(),
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=_json(body).encode(),
        )

    def judge(self, answer: HttpAnswer, now: datetime) -> Outcome:
        """The body's word first, then the status; only `ok` is a delivery."""
        word = _word(answer.body)
        if word == "ok" and succeeded(answer):
            return Outcome(Fate.DELIVERED, status=answer.status)
        if word in WORDS:
            return self._known(answer, word, now)
        outcome = by_status(answer, now, self._words)
        if outcome.fate is not Fate.DELIVERED:
            return outcome
        return Outcome(Fate.RETRY, self._words.say("retry.garbled"), status=answer.status)

    def _known(self, answer: HttpAnswer, word: str, now: datetime) -> Outcome:
        fate, key = WORDS[word]
        return Outcome(
            fate,
            self._words.say("outcome.detail", words=self._words.say(key), said=word),
            code=word,
            status=answer.status,
            retry_after=retry_after(answer, now) if fate in (Fate.THROTTLED, Fate.RETRY) else None,
        )

    def _compose(self, message: Message) -> Block:
        return {
            "text": escape(cut_units(message.summary, MOST_TEXT // 5)),
            "blocks": list(self._blocks(message))[:MOST_BLOCKS],
        }

    def _blocks(self, message: Message) -> Iterator[Block]:
        title = cut_units(message.title.translate(_PLAIN), MOST_HEADER)
        yield {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}}
        if message.mention and self._table.mentions:
            yield _section(" ".join(self._table.mentions))
        # Slack ends bold text only before a blank or ASCII punctuation.
        colon = self._words.say("colon").rstrip()
        lines = [f"*{line.label}{colon}* {_piece(line.text)}" for line in message.lines]
        yield from map(_section, _packed(lines))
        members = [*message.members, message.more] if message.more else message.members
        yield from map(_section, _packed([f"• {_piece(member)}" for member in members]))
        links = [(escape(safe_url(link.url)), _piece(link.label)) for link in message.links]
        yield from (_section(f"<{url}|{label}>") for url, label in links if len(url) <= MOST_URL)


def measure(body: Block) -> int:
    """The size of all blocks as Slack may count it: the UTF-16 units of their JSON."""
    return units(_json(body["blocks"]))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _piece(text: str) -> str:
    """Escaped text of which one line can never fill a section: `&` grows to five characters."""
    return escape(cut_units(text, MOST_SECTION // 6))


def _packed(lines: list[str]) -> Iterator[str]:
    """The lines joined into texts that each fit a section."""
    text = ""
    for line in lines:
        if text and units(text) + 1 + units(line) > MOST_SECTION:
            yield text
            text = ""
        text = f"{text}\n{line}" if text else line
    if text:
        yield text


def _word(body: bytes) -> str:
    """What the body says in one word: as plain text, or as `ok` and `error` of a JSON object."""
    if len(body) > MOST_ANSWER_BYTES:
        return ""
    text = body.decode("utf-8", "replace").strip()
    if _WORD.fullmatch(text):
        return text
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    if said.get("ok") is True:
        return "ok"
    error = said.get("error")
    return error if isinstance(error, str) and _WORD.fullmatch(error) else ""
