"""Writes docs/api/openapi.json, and in docs/api.md the table of operations and every example.

An example is a block that begins with `$ curl …`; what follows is what a house's API answers.
Run `python -m tests.web.api.page` after a change, and read the difference.
"""

from __future__ import annotations

import json
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import anyio
import msgspec

from tests.tree import ROOT
from tests.web.api.furnished import furnished
from tests.web.house import pages_of
from watcher import __version__
from watcher.web.api.document import document
from watcher.web.api.operation import BASE
from watcher.web.api.table import OPERATIONS, document_text

PAGE = ROOT / "docs/api.md"
DOCUMENT = ROOT / "docs/api/openapi.json"
ORIGIN = "http://127.0.0.1:9109"
EXAMPLE = re.compile(r"^```console\n(\$ curl [^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"(<!-- operations -->\n).*?(<!-- end -->)", re.DOTALL)
RANDOM_ID = re.compile(r'"[0-9a-f]{8}"')


async def written(text: str) -> str:
    """The page with its table and its answers as they are now."""
    text = TABLE.sub(lambda found: found[1] + table() + found[2], text)
    with tempfile.TemporaryDirectory() as folder:
        async with furnished(Path(folder)) as house, pages_of(house) as client:
            answers = {one[1]: await answer(client, one[1]) for one in EXAMPLE.finditer(text)}
    return EXAMPLE.sub(lambda found: f"```console\n{found[1]}\n{answers[found[1]]}```", text)


def table() -> str:
    """A row for each operation, and below it its parameters."""
    rows = ["| | does |", "|---|---|"]
    rows += [f"| `{one.method} {BASE}{one.path}` | {one.summary} |" for one in OPERATIONS]
    return "\n".join([*rows, "", *parameters()]) + "\n"


def parameters() -> Iterator[str]:
    """What the operations that take parameters in their address take, each in a list."""
    for path, methods in document(OPERATIONS)["paths"].items():
        for method, one in methods.items():
            if found := [p for p in one.get("parameters", ()) if p["in"] == "query"]:
                yield f"`{method.upper()} {BASE}{path}` takes:\n"
                for parameter in found:
                    yield f"- `{parameter['name']}`: {parameter['description']}{default(parameter)}"
                yield ""


def default(parameter: dict[str, dict[str, object]]) -> str:
    schema = parameter["schema"]
    bounds = [f"at most {schema['maximum']}"] if schema.get("maximum", 2**63) < 2**40 else []  # type: ignore[operator]
    given = schema.get("default")
    bounds += [f"{json.dumps(given)} by default"] if given not in (None, "", False) else []
    return f" ({', '.join(bounds)})" if bounds else ""


async def answer(client: aiohttp.ClientSession, command: str) -> str:
    """What a `curl` line prints, made readable."""
    words = shlex.split(command.removeprefix("$ "))
    url = next(word for word in words if word.startswith(ORIGIN))
    data = words[words.index("--json") + 1] if "--json" in words else None
    method = words[words.index("-X") + 1] if "-X" in words else "POST" if data else "GET"
    headers = {"Content-Type": "application/json"} if data else {}
    path = url.removeprefix(ORIGIN)
    async with client.request(method, path, data=data, headers=headers) as found:
        shown = msgspec.json.format(await found.read(), indent=2).decode()
    shown = shown.replace(f'"version": "{__version__}"', '"version": "…"')
    return RANDOM_ID.sub('"3f9c21ab"', shown) + "\n"


def main() -> None:
    """Write both."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_bytes(document_text())
    text = anyio.run(written, PAGE.read_text(encoding="utf-8"))
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
