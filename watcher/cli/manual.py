"""`watcher man`: the manual page, made from what `--help` says of every command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import click

from watcher import __version__
from watcher.cli.root import COMMANDS, cli

FILES: Final = (
    ("./rules.toml", "the configuration, where neither --config nor WATCHER_CONFIG names one"),
    ("/etc/watcher/rules.toml", "the same, where there is none in the working directory"),
    ("/var/lib/watcher/watcher.db", "the store, under systemd; beside it watcher.db.history"),
)
ENVIRONMENT: Final = (
    ("WATCHER_CONFIG", "the configuration, where --config names none"),
    ("STATE_DIRECTORY", "where the store is, if the configuration does not say"),
    ("NO_COLOR", "no colours, also on a terminal"),
)
EXIT_STATUS: Final = (
    ("0", "It did its work."),
    ("1", "It failed; standard error says why."),
    ("2", "Wrong usage or configuration; standard error says where, and what to write instead."),
)

SHARED: Final = frozenset({"_click_default_help", "help", "config"})

_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]")
_MARKED: Final = re.compile(r"`([^`]+)`")


@click.command("man", epilog="Example: watcher man | man -l -")
def man() -> None:
    """Print the manual page (roff), with all commands and their options."""
    click.echo(page(), nl=False)


def page() -> str:
    """The whole page; the same for the same version."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    context = click.Context(cli, info_name="watcher")
    yield f'.TH WATCHER 1 "" "watcher {_text(__version__)}" "User Commands"'
    yield ".ad l"
    yield from (".SH NAME", rf"watcher \- {_text(_first_sentence(cli.help))}")
    yield from (".SH SYNOPSIS", r".B watcher", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGS\fR]...")
    yield from (".SH OPTIONS", *_options(cli, context))
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is not None:
            yield from _command(command, click.Context(command, parent=context, info_name=name))
    for title, rows in (
        ("EXIT STATUS", EXIT_STATUS),
        ("ENVIRONMENT", ENVIRONMENT),
        ("FILES", FILES),
    ):
        yield f".SH {title}"
        yield from _definitions(rows)
    yield from (".SH SEE ALSO", r"\fBsystemctl\fR(1), \fBjournalctl\fR(1)")


def _command(command: click.Command, context: click.Context) -> Iterator[str]:
    """A command with its arguments and options, and the words that follow it, if any."""
    pieces = " ".join(command.collect_usage_pieces(context))
    yield rf'.SS "{_text(context.command_path)} {_text(pieces)}"'
    yield from _paragraphs(command.help or "")
    yield from _options(command, context)
    if command.epilog:
        yield from (".PP", _text(command.epilog))
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            word = command.get_command(context, name)
            if word is not None:
                yield from _command(word, click.Context(word, parent=context, info_name=name))


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    """The options, but for those that every command takes: the page says those once."""
    shared = SHARED if context.parent is not None else frozenset()
    wanted = (one for one in command.get_params(context) if one.name not in shared)
    records = (one.get_help_record(context) for one in wanted)
    yield from _definitions([record for record in records if record is not None and record[1]])


def _definitions(rows: Sequence[tuple[str, str]]) -> Iterator[str]:
    for term, meaning in rows:
        yield from (".TP", rf"\fB{_text(term)}\fR", _text(meaning))


def _paragraphs(text: str) -> Iterator[str]:
    for number, paragraph in enumerate(re.split(r"\n\s*\n", text.strip())):
        if number:
            yield ".PP"
        yield _text(" ".join(paragraph.split()))


def _first_sentence(text: str | None) -> str:
    return (text or "").strip().partition(".")[0].partition("\n\n")[0].replace("\n", " ")


def _text(text: str) -> str:
    """What roff would take for its own is spelt out; `words` are bold."""
    safe = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    safe = safe.replace("'", r"\(aq")
    bold = _MARKED.sub(r"\\fB\1\\fR", safe)
    bold = _BEYOND_ASCII.sub(lambda found: rf"\[u{ord(found[0]):04X}]", bold)
    return rf"\&{bold}" if bold.startswith(".") else bold
