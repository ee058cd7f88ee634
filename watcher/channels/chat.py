"""What chat channels share: one message for a parcel, and its longest form that fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from urllib.parse import quote

import msgspec

from watcher.core.delivery import Parcel
from watcher.messages import plain
from watcher.messages.bundle import render_bundle
from watcher.messages.message import Message, shortenings
from watcher.messages.render import late_line
from watcher.messages.wording import Wording

Form = TypeVar("Form")


def chat_message(parcel: Parcel, now: datetime, words: Wording) -> Message:
    """The parcel's message; attempts differ only in the line that says how late it is."""
    message = render_bundle(parcel.notifications, parcel.made_at, words)
    late = late_line(parcel.made_at, now, parcel.deferred, words)
    if late is None:
        return message
    return msgspec.structs.replace(message, lines=(late, *message.lines))


def fit(
    message: Message,
    words: Wording,
    compose: Callable[[Message], Form],
    fits: Callable[[Form], bool],
) -> Form:
    """The first composed form that fits, from the whole message down to its shortest form."""
    form = compose(message)
    for shorter in shortenings(message, words):
        form = compose(shorter)
        if fits(form):
            break
    return form


def safe_url(url: str) -> str:
    """The address with everything percent-encoded that could end a link in a chat's markup."""
    return quote(plain.writable(url), safe="%/:=&?~#+$,;-._")
