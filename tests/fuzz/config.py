"""Configuration files: a configuration that resolves, or every fault with its line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.config.sample import ENV
from tests.fuzz.documents import RULES_WORDS, rules_texts
from tests.fuzz.sound import sound_texts
from tests.fuzz.target import Target
from watcher.config.describe import describe
from watcher.config.faults import ConfigError
from watcher.config.load import Config, load, load_text
from watcher.config.positions import KeyPath, locate
from watcher.config.resolve import resolve

FILE: Final = "rules.toml"
NOW: Final = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
PYTHONIC: Final = re.compile(r"timedelta\(|<class|Traceback|object at 0x")


def check(written: bytes) -> None:
    # Nothing of this machine's files may be asked for.
    written = written.replace(b"${file:/", b"${file:")
    try:
        text = written.decode("utf-8-sig")
    except UnicodeDecodeError:
        check_undecodable(written)
        return
    said = outcome(text)
    if isinstance(said, ConfigError):
        check_faults(said, text)
    else:
        check_config(said, text)
    check_line_ends(said, text)


def outcome(text: str) -> Config | ConfigError:
    try:
        return load_text(text, ENV, FILE)
    except ConfigError as error:
        return error


def check_undecodable(written: bytes) -> None:
    """Bytes that are no UTF-8 are one fault, with the line where they stand."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_bytes(written)
        try:
            load(path, ENV)
        except ConfigError as error:
            (fault,) = error.faults
            assert 1 <= (fault.line or 0) <= written.count(b"\n") + 1
            return
    raise AssertionError("a file that is no UTF-8 was read")


def check_faults(error: ConfigError, text: str) -> None:
    """Each fault is one line for people, names a line of the file and nothing that is secret."""
    assert error.faults
    last = text.count("\n") + 1
    for fault in error.faults:
        assert fault.line is not None
        assert 1 <= fault.line <= last
        assert fault.describe(FILE).isprintable()
        assert PYTHONIC.search(fault.describe(FILE)) is None
    check_no_secret(str(error), text)


def check_no_secret(said: str, text: str) -> None:
    shown = [value for value in ENV.values() if value in said and value not in text]
    assert [] == shown


def check_config(config: Config, text: str) -> None:
    """It resolves, can be shown without a secret, and every key of it has its own place."""
    plan = resolve(config).plan
    names = [rule.name for rule in plan.rules]
    assert len(set(names)) == len(names)
    assert all(channel in plan.channels for rule in plan.rules for channel in rule.notify)
    description = describe(config, NOW)
    check_no_secret(json.dumps(description.as_data()), text)
    lines = text.count("\n") + 1
    assert all(1 <= (remark.line or 0) <= lines for remark in description.remarks)
    assert all(remark.describe(FILE).isprintable() for remark in description.remarks)
    places = locate(text).places
    assert [] == [path for path in paths_of(tomllib.loads(text)) if path not in places]


def paths_of(value: object, at: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield (*at, key)
            yield from paths_of(inner, (*at, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield (*at, number)
            yield from paths_of(inner, (*at, number))


def check_line_ends(said: Config | ConfigError, text: str) -> None:
    """A file with the line ends of another system means the same, and its faults stay in place."""
    if "\r" in text or is_broken(said) or locate(text).twice:
        return
    again = outcome(text.replace("\n", "\r\n"))
    if isinstance(said, ConfigError):
        assert isinstance(again, ConfigError)
        assert [fault.line for fault in said.faults] == [fault.line for fault in again.faults]
    else:
        assert isinstance(again, Config)
        assert said.rules == again.rules
        assert said.sources == again.sources
        assert said.channels == again.channels


def is_broken(said: Config | ConfigError) -> bool:
    """Whether it is no TOML; what can be made out of such a file depends on every sign of it."""
    return isinstance(said, ConfigError) and any(
        fault.found in ("no TOML", "tables or lists that nest too deeply") for fault in said.faults
    )


TARGET: Final = Target(check, rules_texts() | sound_texts(), RULES_WORDS, longest=10_000)
