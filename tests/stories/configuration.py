"""The configuration that a story runs with: its own tables, and those of all stories besides."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.stories.page import RULES, STORIES, Story

_HEADER = re.compile(r"^\[+([^\[\]]+)\]+$", re.MULTILINE)
_NAME = re.compile(r'^name = "([^"]+)"$', re.MULTILINE)


def configuration(story: Story, api: str, receiver: str) -> str:
    """The file; `http://API` and `http://RECEIVER` become the addresses that are served."""
    base = (STORIES / "base.toml").read_text(encoding="utf-8")
    file = story.folder / RULES
    own = file.read_text(encoding="utf-8") if file.is_file() else ""
    joined = join(base, own)
    return joined.replace("http://API", api).replace("http://RECEIVER", receiver)


def join(base: str, own: str) -> str:
    """`own` with the keys and tables of `base` that it does not have."""
    top, tables = _cut(own)
    common_top, common = _cut(base)
    keys = {line.partition(" =")[0] for line in top.splitlines()}
    kept = [line for line in common_top.splitlines() if line.partition(" =")[0] not in keys]
    names = {name for name, _ in tables}
    return "\n".join(
        [top, *kept, *(text for _, text in tables)]
        + [text for name, text in common if name not in names]
    )


def _cut(text: str) -> tuple[str, list[tuple[str, str]]]:
    """What stands before the first table, and each table by its name."""
    heads = list(_HEADER.finditer(text))
    if not heads:
        return text, []
    ends = [head.start() for head in heads[1:]] + [len(text)]
    tables = [text[head.start() : end] for head, end in zip(heads, ends, strict=True)]
    return text[: heads[0].start()], list(_named(tables))


def _named(tables: list[str]) -> Iterator[tuple[str, str]]:
    for text in tables:
        head = _HEADER.match(text)
        name = _NAME.search(text)
        assert head
        yield f"{head[1]} {name[1] if name and head[1] == 'rules' else ''}", text
