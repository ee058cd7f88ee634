"""The file that a command was given, loaded, or every fault of it on standard error."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from watcher.cli.root import USAGE, chosen_config
from watcher.cli.tables import print_json, say

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from watcher.config.glance import Glance
    from watcher.config.load import Config
    from watcher.config.resolve import Resolved
    from watcher.telemetry.redaction import Redactor


def load_config(given: str | None, *, as_json: bool = False) -> Config:
    """The configuration; exit 2 with all its faults where it has any, as JSON where asked for."""
    from watcher.config.faults import ConfigError
    from watcher.config.find import find
    from watcher.config.load import load
    from watcher.telemetry.redaction import Redactor

    try:
        config = load(find(chosen_config(given), os.environ), os.environ)
    except ConfigError as error:
        if as_json:
            print_json(error.as_data())
            raise click.exceptions.Exit(USAGE) from None
        end(str(error), USAGE)
    hide_in_crashes(Redactor(config.secrets))
    return config


def load_glance(given: str | None) -> Glance:
    """What looking at the store needs of the file; exit 2 where just that is faulty."""
    from watcher.config.faults import ConfigError
    from watcher.config.find import find
    from watcher.config.glance import glance

    try:
        return glance(find(chosen_config(given), os.environ), os.environ)
    except ConfigError as error:
        end(str(error), USAGE)


def load_resolved(given: str | None) -> tuple[Config, Resolved]:
    """The configuration, and what it resolves to; exit 2 with all its faults."""
    from watcher.config.resolve import resolve

    config = load_config(given)
    return config, resolve(config)


def hide_in_crashes(redactor: Redactor) -> None:
    """Let what nobody foresaw end the process with its traceback, but for the secrets in it."""

    def tell(_: type[BaseException], error: BaseException, __: object) -> None:
        from traceback import format_exception

        say(redactor.redact("".join(format_exception(error))), error=True)

    sys.excepthook = tell


def end(text: str, code: int) -> NoReturn:
    """Say on standard error why the command ends, and end it."""
    say(text, error=True)
    raise click.exceptions.Exit(code)


def make_log(redactor: Redactor, level: str = "info") -> FilteringBoundLogger:
    """The process's log, on standard error; libraries' warnings go there too."""
    from watcher.telemetry.logs import make_logger, use_for_libraries

    hide_in_crashes(redactor)
    log = make_logger(sys.stderr, redactor, level=level, environ=os.environ)
    use_for_libraries(log)
    return log
