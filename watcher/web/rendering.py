"""Turns values into a page: Jinja2 with everything escaped, in the reader's language."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from aiohttp import web
from jinja2 import PackageLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from watcher.core.span import format_span
from watcher.web.desk import DESK
from watcher.web.visible import visible
from watcher.web.words import Words

NAVIGATION: Final = (
    ("overview", "/"),
    ("jobs", "/jobs"),
    ("alerts", "/alerts"),
    ("deliveries", "/deliveries"),
    ("silences", "/silences"),
    ("rules", "/rules"),
)
"""The pages that each page leads to: their name in the words, and their address."""


class Renderer:
    """The templates of the package."""

    def __init__(self) -> None:
        """Find the templates; they are compiled when they are first used."""
        self._templates = ImmutableSandboxedEnvironment(
            loader=PackageLoader("watcher.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["visible"] = visible

    def render(self, template: str, values: dict[str, Any]) -> str:
        """The page as HTML."""
        return self._templates.get_template(template).render(values)


RENDERER: Final = web.AppKey("renderer", Renderer)


async def page(
    request: web.Request, template: str, *, status: int = 200, **values: object
) -> web.Response:
    """The answer that shows a template.

    Beside `values` a template has `t(key, …)` for words, `when(time)` for a time in the file's
    zone, `ago(time)` for its age, `here` for the address, and what `base.html` needs.
    """
    desk = request.app[DESK]
    words, now, zone = Words(desk.wording.language), desk.now(), desk.wording.zone
    frame = {
        "t": words.say,
        "when": lambda at: _when(at, at.astimezone(zone) if at else None),
        "ago": lambda at: "" if at is None else format_span(_whole(now, at)),
        "language": desk.wording.language.value,
        "navigation": NAVIGATION,
        "here": request.path,
        "now": now,
    }
    text = request.app[RENDERER].render(template, {**frame, **values})
    return web.Response(status=status, text=text, content_type="text/html")


def _when(at: datetime | None, local: datetime | None) -> Markup:
    if at is None or local is None:
        return Markup("")
    shown = f"{local:%Y-%m-%d %H:%M:%S}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)


def _whole(now: datetime, at: datetime) -> timedelta:
    return timedelta(seconds=max(0, int((now - at).total_seconds())))
