"""Which configuration file is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from watcher.config.faults import ConfigError, Fault

VARIABLE: Final = "WATCHER_CONFIG"
PLACES: Final = (Path("rules.toml"), Path("/etc/watcher/rules.toml"))
"""Where the file is looked for, in this order, when nobody names one."""


def find(given: str | Path | None, env: Mapping[str, str], places: Sequence[Path] = PLACES) -> Path:
    """The file: `given` (from --config), else `$WATCHER_CONFIG`, else the first of `places`.

    A named file that is not there is an error: nobody wants another one's rules instead.
    `ConfigError` says where it looked.
    """
    if given is not None:
        return _named(Path(given), "--config names it")
    if env.get(VARIABLE):
        return _named(Path(env[VARIABLE]), f"${VARIABLE} names it")
    for place in places:
        if _is_there(place):
            return place
    looked = ", ".join([f"${VARIABLE} (not set)", *(f"{_shown(place)}" for place in places)])
    hint = f"looked at {looked}; name one with --config FILE, or write one with `watcher init`"
    raise ConfigError("watcher", [Fault(None, "", found="no configuration file", hint=hint)])


def _shown(place: Path) -> str:
    return str(place) if place.is_absolute() else f"./{place}"


def _named(path: Path, why: str) -> Path:
    if _is_there(path):
        return path
    raise ConfigError(str(path), [Fault(None, "", found="no such file", hint=f"{why}")])


def _is_there(path: Path) -> bool:
    # A pipe (`--config <(…)`) is no regular file, and yet can be read.
    try:
        return path.exists() and not path.is_dir()
    except (OSError, ValueError):
        return False
