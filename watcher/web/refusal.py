"""Says no in words: as JSON to those who ask the API, as plain text to all others."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import web

API: Final = "/api/"
"""What begins so is for programs."""


def refusal(
    request: web.BaseRequest, status: int, text: str, headers: Mapping[str, str] | None = None
) -> web.Response:
    """The answer that says why not, and what to do."""
    if not request.path.startswith(API):
        return web.Response(status=status, text=f"{text}\n", headers=headers)
    problem = {"title": HTTPStatus(status).phrase, "status": status, "detail": text}
    return web.json_response(
        problem, status=status, headers=headers, content_type="application/problem+json"
    )
