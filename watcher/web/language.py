"""In which language the pages speak to this browser: as it chose, or else as the file says."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from watcher.messages.wording import Language
from watcher.web.cookies import read_cookie
from watcher.web.desk import DESK
from watcher.web.gate import GATE

PARAMETER: Final = "lang"
"""`?lang=zh` chooses, and is remembered."""


def chosen_language(request: web.Request) -> Language | None:
    """What the address asks for just now."""
    return _known(request.query.get(PARAMETER, ""))


def language_of(request: web.Request) -> Language:
    """The language of this answer."""
    kept = _known(read_cookie(request, request.app[GATE].doors, "lang"))
    return chosen_language(request) or kept or request.app[DESK].wording.language


def _known(written: str) -> Language | None:
    try:
        return Language(written)
    except ValueError:
        return None
