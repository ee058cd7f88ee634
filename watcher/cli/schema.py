"""`watcher schema`: JSON Schemas of the file and of the webhook's body."""

from __future__ import annotations

import click

from watcher.cli.tables import print_json


@click.group(epilog="Example: watcher schema config > config.schema.json")
def schema() -> None:
    """Print a JSON Schema (draft 2020-12).

    An editor completes and checks the file by the one of `config`: name it in the file's first
    line, `#:schema ./config.schema.json` (taplo, Even Better TOML).
    """


@schema.command("config", epilog="Example: watcher schema config > config.schema.json")
def of_config() -> None:
    """The schema of the configuration file."""
    from watcher.config.schema import config_schema

    print_json(config_schema())


@schema.command("webhook", epilog="Example: watcher schema webhook > webhook.schema.json")
def of_webhook() -> None:
    """The schema of the body that a channel of kind `webhook` is sent."""
    from watcher.channels.webhook_schema import webhook_schema

    print_json(webhook_schema())
