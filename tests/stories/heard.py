"""Turns what a story's receivers took into the messages of its page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any

from tests.acceptance.receiver import Taken
from tests.stories.account import Row, parts_of, sent_alone
from tests.stories.blurring import bare, folded
from tests.stories.message import Message, Part
from watcher.app.receiver import slack_text

Blur = Callable[[str], str]


def chat_messages(
    channel: str, taken: Iterable[Taken], rows: list[Row], began: float, blur: Blur
) -> Iterator[Message]:
    """What a chat took, in the order in which it came."""
    ids = sent_alone(rows, channel)
    for number, one in enumerate(taken):
        named = one.json.get("msgUuid") or (ids[number] if number < len(ids) else "")
        parts = parts_of(rows, named) or (Part("unknown", "", ("@watcher",)),)
        yield Message(round(one.at - began), parts, folded(blur(_shown(one))))


def _shown(one: Taken) -> str:
    body = one.json
    if "blocks" in body:
        return slack_text(body)
    text = str(body["markdown"]["text"])
    return "\n".join(line for line in text.splitlines() if line)


def hook_messages(taken: Iterable[Taken], began: float, blur: Blur) -> list[Message]:
    """What a webhook took, by whom it is about; those who were told alike together."""
    each = [_hook_message(one, began, blur) for one in taken]
    by_name = {name: list(group) for name, group in groupby(sorted(each, key=_name), key=_name)}
    alike: dict[str, list[str]] = {}
    for name, messages in by_name.items():
        alike.setdefault(_likeness(name, messages), []).append(name)
    return [one for group in alike.values() for one in _folded(group, by_name)]


def _name(message: Message) -> str:
    return message.parts[0].who[0]


def _likeness(name: str, messages: list[Message]) -> str:
    said = [(one.parts[0].type, one.parts[0].reason, bare(one.text)) for one in messages]
    return json.dumps(said).replace(name, "{name}")


def _folded(group: list[str], by_name: dict[str, list[Message]]) -> Iterator[Message]:
    for one in by_name[group[0]]:
        part = replace(one.parts[0], who=tuple(group))
        text = one.text if len(group) == 1 else one.text.replace(group[0], "{name}")
        yield replace(one, parts=(part,), text=text)


def _hook_message(one: Taken, began: float, blur: Blur) -> Message:
    data = one.data
    part = Part(one.json["type"], data["reason"], (_subject(data),))
    return Message(round(one.at - began), (part,), blur(_hook_text(data)))


def _subject(data: dict[str, Any]) -> str:
    if data["job"]:
        return str(data["job"])
    return f"@{data['source']}" if data["source"] else "@channel"


def _hook_text(data: dict[str, Any]) -> str:
    facts = [data["severity"], data["verdict"], f"message {data['number']} of its alert"]
    facts += [f"{data['sequence']} about it"]
    return "\n".join([str(data["summary"]), " · ".join(fact for fact in facts if fact)])
