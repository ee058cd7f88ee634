"""Turns values into a page: Jinja2 with everything escaped, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

import msgspec
from aiohttp import web
from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from jinja2 import PackageLoader, StrictUndefined
from jinja2.environment import TemplateModule
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from watcher import __version__
from watcher.messages.wording import Language, Wording
from watcher.web.auth import VISITOR, Carrier, csrf, is_inside
from watcher.web.cookies import set_cookie
from watcher.web.desk import DESK, WAITS
from watcher.web.gate import GATE
from watcher.web.language import PARAMETER, chosen_language, language_of
from watcher.web.links import inner, link, under
from watcher.web.visible import visible
from watcher.web.words import Words

Result = TypeVar("Result")

NAVIGATION: Final = (
    ("overview", "/"),
    ("jobs", "/jobs"),
    ("alerts", "/alerts"),
    ("deliveries", "/deliveries"),
    ("silences", "/silences"),
    ("rules", "/rules"),
)
"""The pages that each page leads to: their name in the words, and their address."""


PLAIN: Final = (msgspec.Struct, TemplateModule)
"""What templates mostly look into: values of ours, and other templates."""

GiveWay = Callable[[int], int]
"""See `Desk.give_way`."""

REMEMBERED: Final = timedelta(days=365)
"""How long a browser keeps the language that was chosen in it."""


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2's sandbox, quick where it has nothing to forbid: half of a page's time went there."""

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """See Jinja2; a struct's own fields are neither internal nor a way to change anything."""
        if isinstance(obj, PLAIN) and not attr.startswith("_"):
            return True
        return super().is_safe_attribute(obj, attr, value)


class Renderer:
    """The templates of the package."""

    def __init__(self) -> None:
        """Find the templates; they are compiled when they are first used."""
        self._templates = Sandbox(
            loader=PackageLoader("watcher.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["visible"] = visible
        self._one_at_a_time = CapacityLimiter(1)
        self._one_judge = CapacityLimiter(1)

    async def render(self, template: str, values: dict[str, Any], give_way: GiveWay) -> str:
        """The page as HTML, made on a thread: meanwhile the loops of the service go on.

        One page at a time: more threads would only take turns with each other and with the loops.
        """
        work = partial(self._render, template, values, give_way)
        return await run_sync(work, limiter=self._one_at_a_time)

    async def judge(self, work: Callable[[], Result]) -> Result:
        """What `work` gives, made on a thread, one at a time: four at once would delay polls."""
        return await run_sync(work, limiter=self._one_judge)

    def _render(self, template: str, values: dict[str, Any], give_way: GiveWay) -> str:
        pieces, left = list[str](), WAITS
        for piece in self._templates.get_template(template).generate(values):
            pieces.append(piece)
            left = give_way(left)
        return "".join(pieces)


RENDERER: Final = web.AppKey("renderer", Renderer)


async def page(
    request: web.Request, template: str, *, status: int = 200, **values: object
) -> web.Response:
    """The answer that shows a template.

    Beside `values` a template has `t(key, …)` for words, `when(time)` for a time in the file's
    zone, `ago(time)` for its age, `lag(ms)` for a span, `url(path, …)` for an address of ours,
    `csrf()` for the field that each form carries, `here` for the page's own path, and what
    `base.html` needs.
    """
    frame, give_way = _frame(request), request.app[DESK].give_way
    text = await request.app[RENDERER].render(template, {**frame, **values}, give_way)
    response = web.Response(status=status, text=text, content_type="text/html")
    chosen = chosen_language(request)
    if chosen is not None:
        doors = request.app[GATE].doors
        set_cookie(response, doors, "lang", chosen.value, lasts=REMEMBERED)
    return response


def _frame(request: web.Request) -> dict[str, object]:
    desk, language = request.app[DESK], language_of(request)
    now, zone = desk.now(), desk.wording.zone
    spoken = Wording(language, zone)
    return {
        "t": Words(language).say,
        "when": lambda at: _when(at, at.astimezone(zone) if at else None),
        "ago": lambda at: "" if at is None else spoken.span(_whole(now, at)),
        "lag": spoken.lag,
        "redact": desk.redact,
        "url": partial(under, request.app[GATE].doors.prefix),
        "csrf": partial(csrf, request),
        "language": language.value,
        "languages": _languages(request, language),
        "navigation": NAVIGATION,
        "here": request.path,
        "inside": is_inside(request),
        # What a form's POST shows is not what its address shows.
        "live": is_inside(request) and request.method == "GET",
        "user": request[VISITOR].name,
        "by_session": request[VISITOR].carrier is Carrier.SESSION,
        "version": __version__,
        "now": now,
        "zone": now.astimezone(zone).tzname() or "",
    }


def _languages(request: web.Request, now: Language) -> list[tuple[str, str]]:
    """The other languages, and the address of this page in each."""
    query = {key: value for key, value in request.query.items() if key != PARAMETER}
    # A path that begins with // leads a browser to another host.
    here = inner(request.path)
    return [
        (other.value, link(request, here, **query, **{PARAMETER: other.value}))
        for other in Language
        if other is not now
    ]


def _when(at: datetime | None, local: datetime | None) -> Markup:
    if at is None or local is None:
        return Markup("")
    shown = f"{local:%Y-%m-%d %H:%M:%S}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), shown)


def _whole(now: datetime, at: datetime) -> timedelta:
    return timedelta(seconds=max(0, int((now - at).total_seconds())))
