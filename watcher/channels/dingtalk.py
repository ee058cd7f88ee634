"""DingTalk custom robots: signed markdown with mentions, and what errcode says."""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import Annotated, Final, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from pydantic import Field, SecretStr, StringConstraints

from watcher.channels.chat import chat_message, fit, safe_url
from watcher.channels.outcomes import by_status, excerpt, robot_name, secrets_of, succeeded
from watcher.channels.table import ChannelTable
from watcher.core.delivery import Parcel
from watcher.core.outcome import Fate, Outcome
from watcher.core.pace import Limit
from watcher.messages import plain
from watcher.messages.message import Message
from watcher.messages.wording import Wording
from watcher.ports import Channel, HttpAnswer, HttpRequest
from watcher.tables import Many

KIND: Final = "dingtalk"
MOST_BYTES: Final = 18_000
"""The whole body; the API refuses from 20,000, and it is not known what it counts."""
SHRUNK_BYTES: Final = 6_000
MOST_ANSWER_BYTES: Final = 65_536
MOST_READ: Final = 2_000
"""Characters of errmsg that are looked at: patterns over all of a hostile one take a second."""
THROTTLED_FOR: Final = timedelta(minutes=10)
QUOTA_FOR: Final = timedelta(hours=1)
LIMIT: Final = Limit(most=18, window=timedelta(seconds=60))
"""Two less than the 20 a minute that the robot takes: over it nothing is taken for 10 minutes."""

Mobile = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9-]{4,19}$")]
UserId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.$:-]{1,64}$")]


class Table(ChannelTable):
    """`[channels.NAME]` of kind `dingtalk`."""

    kind: Literal["dingtalk"]
    """A DingTalk custom robot."""

    secret: SecretStr | None = None
    """The robot's SEC… text, where it asks for a signature."""

    keyword: str | None = Field(default=None, pattern=r"^[^\s]([^\r\n]{0,62}[^\s])?$")
    """One of the robot's keywords, where it asks for one; every message begins with it."""

    at_mobiles: Annotated[Many[Mobile], Field(max_length=50)] = ()
    """Mobile numbers of group members to mention when something begins; at most 50."""

    at_user_ids: Annotated[Many[UserId], Field(max_length=50)] = ()
    """User ids of group members to mention when something begins; at most 50."""

    at_all: bool = False
    """Whether to mention the whole group when something begins."""


CODES: Final[Mapping[int, tuple[Fate, str]]] = MappingProxyType(
    {
        0: (Fate.DELIVERED, ""),
        -1: (Fate.RETRY, "retry.busy"),
        130101: (Fate.THROTTLED, "throttle"),
        410100: (Fate.THROTTLED, "throttle"),
        660026: (Fate.THROTTLED, "throttle"),
        90030: (Fate.THROTTLED, "throttle.quota"),
        310000: (Fate.REFUSED, "refusal.security"),
        300005: (Fate.REFUSED, "refusal.token"),
        300001: (Fate.REFUSED, "refusal.token"),
        400101: (Fate.REFUSED, "refusal.token"),
        400102: (Fate.REFUSED, "refusal.token"),
        400106: (Fate.REFUSED, "refusal.token"),
        400013: (Fate.REFUSED, "refusal.token"),
        88: (Fate.REFUSED, "refusal.token"),
        400105: (Fate.REJECTED, "rejected"),
        430101: (Fate.REJECTED, "rejected.content"),
        430102: (Fate.REJECTED, "rejected.content"),
        430103: (Fate.REJECTED, "rejected.content"),
        430104: (Fate.REJECTED, "rejected.content"),
        460101: (Fate.TOO_LONG, "too-long"),
        101002: (Fate.TOO_LONG, "too-long"),
        40035: (Fate.REJECTED, "rejected"),
        43002: (Fate.REJECTED, "rejected"),
        43004: (Fate.REJECTED, "rejected"),
    }
)
"""errcode → what it means; any other code is rejected, or a throttle if its text says so."""

SECURITY: Final = (
    (re.compile(r"keyword|关键词", re.IGNORECASE), "refusal.keyword"),
    (
        re.compile(r"invalid timestamp|时间戳(?:无效|过期|不合法)", re.IGNORECASE),
        "refusal.timestamp",
    ),
    (re.compile(r"sign|签名", re.IGNORECASE), "refusal.sign"),
    (re.compile(r"\bip\b|whitelist|白名单", re.IGNORECASE), "refusal.ip"),
)
"""What errmsg of 310000 speaks of, in the order in which it is looked for."""

_TOO_FAST = re.compile(r"too fast|too many|exceed.*per minute|限流|太快", re.IGNORECASE)
_CODE = re.compile(r"-?[0-9]{1,9}")
_NEUTRAL: Final = str.maketrans(
    {
        "[": "［",
        "]": "］",
        "!": "！",
        "`": "'",
        "*": "＊",
        "#": "＃",
        "<": "＜",
        ">": "＞",
        "@": "＠",
        "|": "｜",
        "~": "～",
        "\\": "＼",
        "&": "＆",
    }
)
"""DingTalk's markdown has no escape, so each sign of markup becomes its full-width twin.

So does `&`: `&#91;` is a bracket to whoever resolves entities before links.  Round brackets stay:
without a square one before them they are no link.
"""
_WWW: Final = re.compile(r"(www)\.", re.IGNORECASE)


def neutralise(text: str) -> str:
    """Text that cannot become a link, picture, heading, emphasis or mention."""
    return _WWW.sub(r"\1．", text.translate(_NEUTRAL).replace("://", "：//"))


def sign(secret: str, timestamp_ms: int) -> str:
    """The signature of one attempt, base64, not yet percent-encoded."""
    said = f"{timestamp_ms}\n{secret}".encode()
    return base64.b64encode(hmac.digest(secret.encode(), said, "sha256")).decode()


def signed_url(url: str, secret: str | None, now: datetime) -> str:
    """The address without any old signature, and with a new one where there is a secret."""
    parts = urlsplit(url)
    kept = [
        (key, value)
        for key, value in parse_qsl(parts.query, keep_blank_values=True)
        if key not in ("timestamp", "sign")
    ]
    if secret is not None:
        timestamp_ms = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
        kept += [("timestamp", str(timestamp_ms)), ("sign", sign(secret, timestamp_ms))]
    return parts._replace(query=urlencode(kept, safe="", quote_via=quote)).geturl()


def build(name: str, table: Table, words: Wording) -> Channel:
    """The codec of one robot."""
    return DingTalk(name, table, words.in_language(table.language))


class DingTalk:
    """Codec of one DingTalk robot."""

    bundles = True
    in_flight = 1
    limit: Limit | None = LIMIT

    def __init__(self, name: str, table: Table, words: Wording) -> None:
        self.name = name
        self.timeout = table.timeout
        self._table = table
        self._words = words
        url = table.url.get_secret_value()
        token = dict(parse_qsl(urlsplit(url).query)).get("access_token") or url
        self.robot = robot_name(KIND, token)

    def __repr__(self) -> str:
        return f"DingTalk({self.name!r}, {self.robot})"

    def encode(self, parcel: Parcel, now: datetime) -> HttpRequest:
        """The request for one attempt, as `ports.Channel` promises."""
        return HttpRequest(
            method="POST",
            url=signed_url(self._table.url.get_secret_value(), self._secret(), now),
            headers={"Content-Type": "application/json; charset=utf-8"},
            body=self._body(parcel, now),
        )

    def judge(self, answer: HttpAnswer, now: datetime) -> Outcome:
        """What errcode says, whatever the status; without one the status, but never delivered."""
        said = _read(answer.body)
        if said is None:
            return self._without_code(answer, now)
        if said.get("errcode") is None and said.get("punish") is not None:
            return self._told(answer, Fate.THROTTLED, "throttle", None, "punish")
        code = _code(said.get("errcode"))
        if code is None or (code == 0 and not succeeded(answer)):
            return self._without_code(answer, now)
        message = said.get("errmsg")
        text = message[:MOST_READ] if isinstance(message, str) else ""
        fate, key = _meaning(code, text)
        return self._told(answer, fate, key, str(code), text)

    def _secret(self) -> str | None:
        secret = self._table.secret
        return secret.get_secret_value().strip() if secret else None

    def _body(self, parcel: Parcel, now: datetime) -> bytes:
        most = SHRUNK_BYTES if parcel.shrink else MOST_BYTES
        return fit(
            chat_message(parcel, now, self._words),
            self._words,
            partial(self._compose, plain.writable(parcel.id)),
            lambda body: len(body) <= most,
        )

    def _compose(self, parcel_id: str, message: Message) -> bytes:
        table, mention = self._table, message.mention
        body = {
            "msgUuid": parcel_id,
            "msgtype": "markdown",
            "markdown": {"title": self._title(message), "text": self._text(message)},
            "at": {
                "atMobiles": list(table.at_mobiles) if mention else [],
                "atUserIds": list(table.at_user_ids) if mention else [],
                "isAtAll": table.at_all and mention,
            },
        }
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()

    def _title(self, message: Message) -> str:
        title, keyword = neutralise(message.title), self._table.keyword
        return f"{plain.writable(keyword)} · {title}" if keyword else title

    def _text(self, message: Message) -> str:
        """Blocks with a blank line between: a single line break often breaks nothing there."""
        blocks = [f"#### {self._title(message)}"]
        # Outside: CommonMark takes no `：**` before a letter for an end of bold text.
        colon = self._words.say("colon")
        blocks += [f"**{line.label}**{colon}{neutralise(line.text)}" for line in message.lines]
        members = [*message.members, message.more] if message.more else message.members
        if members:
            blocks.append("\n".join(f"- {neutralise(member)}" for member in members))
        blocks += [f"[{neutralise(link.label)}]({safe_url(link.url)})" for link in message.links]
        if message.mention and (mentions := self._mentions()):
            blocks.append(mentions)
        return "\n\n".join(blocks)

    def _mentions(self) -> str:
        """Only who stands in the text is mentioned."""
        return " ".join(f"@{who}" for who in (*self._table.at_mobiles, *self._table.at_user_ids))

    def _without_code(self, answer: HttpAnswer, now: datetime) -> Outcome:
        outcome = by_status(answer, now, self._words)
        if outcome.fate is not Fate.DELIVERED:
            return outcome
        return Outcome(Fate.RETRY, self._words.say("retry.garbled"), status=answer.status)

    def _told(
        self, answer: HttpAnswer, fate: Fate, key: str, code: str | None, text: str
    ) -> Outcome:
        if fate is Fate.DELIVERED:
            return Outcome(fate, code=code, status=answer.status)
        hidden = secrets_of(self._table.url.get_secret_value(), self._secret() or "")
        said = " ".join(part for part in (code, excerpt(text, hidden)) if part)
        words = self._words.say(key)
        detail = self._words.say("outcome.detail", words=words, said=said)
        wait = QUOTA_FOR if key == "throttle.quota" else THROTTLED_FOR
        wait_or_none = wait if fate is Fate.THROTTLED else None
        return Outcome(fate, detail, code=code, status=answer.status, retry_after=wait_or_none)


def _read(body: bytes) -> dict[str, object] | None:
    """The answer's JSON object; `None` for anything else, also for what is far too long."""
    if len(body) > MOST_ANSWER_BYTES:
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _code(written: object) -> int | None:
    """errcode comes as a number or as a numeric text."""
    if isinstance(written, bool):
        return None
    text = str(written) if isinstance(written, int) else written
    if isinstance(text, str) and _CODE.fullmatch(text.strip()):
        return int(text)
    return None


def _meaning(code: int, text: str) -> tuple[Fate, str]:
    known = CODES.get(code)
    if known is None:
        if _TOO_FAST.search(text):
            return Fate.THROTTLED, "throttle"
        return Fate.REJECTED, "rejected.unknown"
    if known[1] != "refusal.security":
        return known
    key = next((key for pattern, key in SECURITY if pattern.search(text)), known[1])
    return known[0], key
