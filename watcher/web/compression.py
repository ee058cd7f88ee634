"""Sends texts compressed to those who take it.

Pages hold nothing that is secret and the same at each request: a form's token is masked anew, so
that the size of a compressed page tells nothing about it.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

LEAST: Final = 1024
"""Below so many bytes it is not worth it."""

TEXTS: Final = ("text/", "application/json", "application/problem+json")


def shrink(request: web.Request, response: web.StreamResponse) -> None:
    """Let the answer be compressed where the client takes gzip and it is worth it."""
    if not isinstance(response, web.Response) or response.compression:
        return
    body = response.body
    if not isinstance(body, bytes | bytearray) or len(body) < LEAST:
        return
    if not response.content_type.startswith(TEXTS):
        return
    response.headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("Accept-Encoding", "").lower():
        response.enable_compression(web.ContentCoding.gzip)
