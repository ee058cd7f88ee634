"""What a document tells the reader to type or to write is sound: commands, parts of the file."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from typing import Any

import click
import pytest
from jsonschema import Draft202012Validator

from tests.test_docs import DOCUMENTS
from tests.tree import ROOT
from watcher.cli.root import COMMANDS, cli
from watcher.config.schema import config_schema

TYPED = re.compile(
    r"(?:^ {4,}|`)(?:\S*/bin/)?watcher ((?:--config \S+ )?[a-z][^`\n]*)", re.MULTILINE
)
CUT = re.compile(r"\s(?:\||>|&&|;|#|…).*")
SYNOPSIS = re.compile(r"[\[\]|…\\]")


def typed_in(text: str) -> Iterator[list[str]]:
    """The words of each command line in code."""
    for found in TYPED.findall(text):
        line = CUT.sub("", found)
        if SYNOPSIS.search(line):
            line = SYNOPSIS.split(line)[0]
        try:
            yield shlex.split(line)
        except ValueError:
            yield line.split()


def faults_of(words: list[str]) -> list[str]:
    """What of a command line is not there."""
    command, context = cli, click.Context(cli)
    if words[:1] == ["--config"]:
        words = words[2:]
    if words and words[0] not in COMMANDS:
        return [words[0]]
    found: click.Command | None = command
    while isinstance(found, click.Group) and words and not words[0].startswith("-"):
        below = found.get_command(context, words[0])
        if below is None:
            break
        found, words = below, words[1:]
    assert found
    known = {name for one in found.params for name in (*one.opts, *one.secondary_opts)}
    options = [word.partition("=")[0].rstrip(",;.") for word in words if word.startswith("--")]
    return [option for option in options if option not in known | {"--help", "--config"}]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_a_reader_is_told_to_type_is_there(document: str) -> None:
    """Commands, their words and their options; what is old is found here."""
    text = (ROOT / document).read_text(encoding="utf-8")
    faults = {" ".join(words): found for words in typed_in(text) if (found := faults_of(words))}
    assert {} == faults


@pytest.mark.parametrize(
    "text, expected",
    [
        ("    watcher nonsense --x", [["nonsense"]]),
        ("`watcher status --wach`", [["--wach"]]),
        ("`/opt/watcher/bin/watcher silence add --four 2h`", [["--four"]]),
        ("`watcher deliveries retry --channel a | less`", [[]]),
    ],
)
def test_the_check_can_fail(text: str, expected: list[list[str]]) -> None:
    """A command, a word and an option that are not there are named."""
    assert expected == [faults_of(words) for words in typed_in(text)]


def without_requirements(schema: Any) -> Any:
    """The schema for a part of the file: a document shows what it speaks of, and no more."""
    if isinstance(schema, dict):
        whole = "properties" in schema and schema.get("type") == "object"
        dropped = {"required", "minProperties"} if whole else {"minProperties"}
        kept = {key: value for key, value in schema.items() if key not in dropped}
        return {key: without_requirements(value) for key, value in kept.items()}
    return [without_requirements(one) for one in schema] if isinstance(schema, list) else schema


def parts_in(text: str) -> Iterator[dict[str, Any]]:
    """The pieces of TOML that are no scenario of the simulator."""
    for piece in re.findall(r"^ *```toml\n(.*?)^ *```", text, flags=re.MULTILINE | re.DOTALL):
        found = tomllib.loads(piece)
        if "steps" not in found and not isinstance(found.get("jobs"), list):
            yield found


WITH_PARTS = [
    document for document in DOCUMENTS if [*parts_in((ROOT / document).read_text(encoding="utf-8"))]
]


@pytest.mark.parametrize("document", WITH_PARTS)
def test_what_a_reader_is_told_to_write_is_sound(document: str) -> None:
    """Each key of each piece of the file is one that there is, with a value that it takes."""
    judge = Draft202012Validator(without_requirements(config_schema()))
    text = (ROOT / document).read_text(encoding="utf-8")
    faults = [error.message for part in parts_in(text) for error in judge.iter_errors(part)]
    assert [] == faults


def test_a_piece_that_is_not_sound_is_found() -> None:
    """A key that there is not, as an older document may have it."""
    judge = Draft202012Validator(without_requirements(config_schema()))
    (part,) = parts_in('```toml\n[channels.a]\nkind = "slack"\nurls = "x"\n```\n')
    assert [*judge.iter_errors(part)]
