"""Every command that a document tells the reader to type is one that there is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest

from tests.test_docs import DOCUMENTS
from tests.tree import ROOT
from watcher.cli.root import COMMANDS, cli

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
    options = [word.partition("=")[0] for word in words if word.startswith("--")]
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
