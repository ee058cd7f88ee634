"""The manual page: everything that `--help` says, in roff that formatters take."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import click
import pytest

from tests.parts import need
from watcher.cli.manual import SHARED, page
from watcher.cli.root import cli


def commands(command: click.Command, path: str = "watcher") -> Iterator[tuple[str, click.Command]]:
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            word = command.get_command(click.Context(command), name)
            assert word
            yield from commands(word, f"{path} {name}")


ALL = dict(commands(cli))


def formatted(text: str) -> str:
    """The page as a terminal shows it, without its boldness."""
    need("groff", "groff-base")
    command = ["groff", "-man", "-ww", "-Tutf8", "-P-cbou"]
    done = subprocess.run(command, input=text, capture_output=True, check=True, text=True)
    assert "" == done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("path", [path for path in ALL if path != "watcher"])
def test_every_command_stands_in_it_with_its_options(path: str) -> None:
    """What a command takes is found in its own part, under its own name."""
    parts = re.split(r"^\.SS ", page(), flags=re.MULTILINE)
    shown = path.replace("-", r"\-")
    (part,) = [one for one in parts if re.match(rf'"{re.escape(shown)} (\[|[A-Z]|\\|\()', one)]
    for parameter in ALL[path].params:
        if isinstance(parameter, click.Option) and parameter.name not in SHARED:
            assert parameter.opts[0].replace("-", r"\-") in part


def test_it_is_shown_without_a_warning() -> None:
    """Nothing in a help text is taken for roff's own words."""
    text = formatted(page())
    assert "watcher - Watch Flink jobs and tell the right people" in text
    assert "Example: watcher silence add --job 'orders_*' --for 2h --reason upgrade" in text
    assert "EXIT STATUS 0 It did its work." in text


def test_it_is_the_same_each_time() -> None:
    """It has no date, so that a package built again is the same package."""
    assert page() == page()
