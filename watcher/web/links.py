"""Addresses of our pages, as a browser must ask for them: behind a proxy, under its path."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from watcher.web.gate import GATE


def link(request: web.Request, path: str, **query: str | int | None) -> str:
    """The address of `path`, which begins with /; what is `None` in the query is left out."""
    return under(request.app[GATE].doors.prefix, path, **query)


def under(prefix: str, path: str, **query: str | int | None) -> str:
    """The same where the prefix is known: a page has many addresses."""
    asked = urlencode({key: value for key, value in query.items() if value is not None})
    return prefix + path + (f"?{asked}" if asked else "")


def inner(target: str) -> str:
    """`target` where it is a path of ours, else the first page: nobody is led to another site."""
    lead = target[:2]
    bad = lead in {"//", "/\\"} or not target.isprintable() or "\\" in target
    return target if target.startswith("/") and not bad else "/"
