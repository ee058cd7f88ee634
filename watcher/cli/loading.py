"""The file that a command was given, loaded, or every fault of it on standard error."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

import click
from structlog.typing import FilteringBoundLogger

from watcher.cli.root import USAGE, chosen_config
from watcher.config.faults import ConfigError
from watcher.config.find import find
from watcher.config.load import Config, load
from watcher.telemetry.logs import make_logger, use_for_libraries
from watcher.telemetry.redaction import Redactor


def load_config(given: str | None) -> Config:
    """The configuration; exit 2 with all its faults where it has any."""
    try:
        return load(find(chosen_config(given), os.environ), os.environ)
    except ConfigError as error:
        end(str(error), USAGE)


def end(text: str, code: int) -> NoReturn:
    """Say on standard error why the command ends, and end it."""
    click.echo(text, err=True)
    raise click.exceptions.Exit(code)


def make_log(redactor: Redactor, level: str = "info") -> FilteringBoundLogger:
    """The process's log, on standard error; libraries' warnings go there too."""
    log = make_logger(sys.stderr, redactor, level=level, environ=os.environ)
    use_for_libraries(log)
    return log
