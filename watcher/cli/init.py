"""`watcher init`: a first file, by asking on a terminal or wholly from flags."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import click

from watcher.cli.root import FAILED, USAGE, chosen_config

if TYPE_CHECKING:
    from watcher.config.draft import Draft

DEFAULT: Final = Path("rules.toml")
ZONES: Final = "/zoneinfo/"

Command = Callable[..., None]

OPTIONS: Final[tuple[Callable[[Command], Command], ...]] = (
    click.option(
        "--config", metavar="FILE", help="The file to write; else $WATCHER_CONFIG, ./rules.toml."
    ),
    click.option("--region", metavar="REGION", help="Region of the project, such as cn-hangzhou."),
    click.option("--endpoint", metavar="URL", help="The API's address, in place of the region's."),
    click.option("--project", metavar="NAME", help="The project whose jobs are watched."),
    click.option(
        "--access-key-id", metavar="ID", help="AccessKey id, or ${...} that refers to it."
    ),
    click.option("--access-key-secret", metavar="SECRET", help="Its secret; better a ${...}."),
    click.option("--security-token", metavar="TOKEN", help="Token of temporary (STS) keys."),
    click.option(
        "--source", metavar="NAME", default="prod", show_default=True, help="Its name in the file."
    ),
    click.option(
        "--jobs",
        metavar="[TYPE:]GLOB,...",
        multiple=True,
        help="Names or globs of jobs, TYPE stream (the default) or batch; all, where not given.",
    ),
    click.option(
        "--channel",
        metavar="[NAME=]KIND=URL",
        multiple=True,
        help="Whom to tell: KIND dingtalk, slack or webhook.",
    ),
    click.option(
        "--secret", metavar="NAME=SECRET", multiple=True, help="What a channel signs with."
    ),
    click.option(
        "--keyword", metavar="NAME=WORD", multiple=True, help="A DingTalk robot's keyword."
    ),
    click.option(
        "--language",
        type=click.Choice(["en", "zh"]),
        default="en",
        show_default=True,
        help="Of the messages.",
    ),
    click.option("--timezone", metavar="ZONE", help="Of the times in messages; this machine's."),
    click.option("--test/--no-test", default=None, help="Send each channel a test message."),
    click.option("--offline", is_flag=True, help="Ask no API and send nothing."),
    click.option(
        "--timeout",
        metavar="SPAN",
        default="10s",
        show_default=True,
        help="How long the API may take to list the jobs of one type.",
    ),
    click.option("--keep", is_flag=True, help="Write also what failed when it was tried."),
    click.option("--force", is_flag=True, help="Overwrite the files that are there."),
    click.option("--ask/--no-ask", default=None, help="Ask what no flag says; on a terminal."),
)


def _with_options(command: Command) -> Command:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.command(epilog="Example: watcher init --region cn-hangzhou --project p --channel slack=URL")
@_with_options
def init(config: str | None, **given: Any) -> None:  # noqa: ANN401 - the options above
    """Write a first file by asking, or wholly from flags.

    The AccessKey is tried by listing the project's jobs, each channel by a test message if you
    agree. Secrets are written beside the file, for its owner alone; what is given as ${VARIABLE},
    ${file:/path} or ${credential:NAME} stays where it is.
    """
    from watcher.cli.loading import end

    file = Path(chosen_config(config) or os.environ.get("WATCHER_CONFIG") or DEFAULT)
    forced, asks, keeps = given.pop("force"), given.pop("ask"), given.pop("keep")
    trouble = _no_room(file, forced=forced)
    if trouble is not None:
        end(f"watcher init: {trouble}", USAGE)
    asks = sys.stdin.isatty() if asks is None else asks
    _write(file, _drafted(file, given, asks=asks, keeps=keeps), forced=forced)


def _drafted(file: Path, given: dict[str, Any], *, asks: bool, keeps: bool) -> Draft:
    from watcher.cli.first_file import FirstFile
    from watcher.cli.first_flags import Flags
    from watcher.cli.interview import Interview
    from watcher.cli.tables import say

    given["timezone"] = given["timezone"] or _local_zone()
    given["timeout"] = _span(given["timeout"])
    if asks:
        say(f"This makes {file}. Nothing is written before the end; Ctrl-C ends it.\n")
    return FirstFile(Flags(**given), Interview(asks=asks, keeps=keeps), file).draft()


def _span(written: str) -> timedelta:
    from watcher.core.span import parse_span

    try:
        return parse_span(written)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--timeout") from None


def _beside(file: Path) -> tuple[Path, Path]:
    """Where the secrets go, and the schema."""
    return file.with_suffix(".env"), file.with_suffix(".schema.json")


def _no_room(file: Path, *, forced: bool) -> str | None:
    """Why nothing can be written there, before anybody is asked anything."""
    from watcher.app.placing import occupied

    folder = file.parent
    if not folder.is_dir():
        return f"there is no folder {folder}; make it first"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"{folder} may not be written; name another file with --config, or be its owner"
    there = () if forced else occupied((file, *_beside(file)))
    if there:
        names = ", ".join(map(str, there))
        return f"{names} is there already; name another file with --config, or overwrite: --force"
    return None


def _local_zone() -> str:
    """This machine's time zone, as far as a link says it; else UTC."""
    try:
        _, marker, zone = os.readlink("/etc/localtime").partition(ZONES)  # noqa: PTH115 - a text
    except OSError:
        return "UTC"
    return zone if marker and zone != "Etc/UTC" else "UTC"


def _write(file: Path, draft: Draft, *, forced: bool) -> None:
    """Write all files, and say what to do next."""
    import msgspec

    from watcher.app.placing import NewFile, place
    from watcher.cli.loading import end
    from watcher.cli.tables import as_json
    from watcher.config.draft import write_draft, write_variables
    from watcher.config.schema import config_schema

    secrets, schema = _beside(file)
    named = {"schema": f"./{schema.name}", "variables": secrets.name}
    drafted = write_draft(msgspec.structs.replace(draft, **named))
    files = [NewFile(schema, as_json(config_schema()) + "\n"), NewFile(file, drafted.toml)]
    if drafted.variables:
        files.insert(0, NewFile(secrets, write_variables(drafted.variables), private=True))
    try:
        place(files, force=forced)
    except OSError as error:
        end(f"watcher init: nothing is written: {error.strerror or error}: {file}", FAILED)
    _say_next(file, schema, secrets, drafted.variables)


def _say_next(file: Path, schema: Path, secrets: Path, variables: Mapping[str, str]) -> None:
    from watcher.cli.tables import say

    name = quote(str(file))
    say(f"\nWrote {file}")
    say(f"      {schema}, by which editors complete it")
    if variables:
        say(f"      {secrets}, the secrets, for their owner alone: {', '.join(variables)}")
    say("\nNext:")
    if variables:
        # A shell looks along $PATH for what has no slash.
        shown = str(secrets) if secrets.is_absolute() else f"./{secrets}"
        say(f"  set -a; . {quote(shown)}; set +a")
    say(f"  watcher check --config {name}")
    say(f"  watcher run --config {name}")
    say("As a service: systemd/README.md; in the unit")
    say(f"  Environment=WATCHER_CONFIG={file.absolute()}")
    if variables:
        say(f"  EnvironmentFile={secrets.absolute()}")
