"""Which file is taken, and what is said where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.config.faults import ConfigError
from watcher.config.find import find


@pytest.fixture
def here(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text("")
    return path


def test_given_file_wins_over_the_variable(here: Path) -> None:
    """--config is stronger than $WATCHER_CONFIG."""
    assert here == find(here, {"WATCHER_CONFIG": "/elsewhere"}, [])


def test_variable_wins_over_the_places(here: Path) -> None:
    """$WATCHER_CONFIG is stronger than the usual places."""
    assert here == find(None, {"WATCHER_CONFIG": str(here)}, [Path("/elsewhere")])


def test_places_are_tried_in_order(here: Path, tmp_path: Path) -> None:
    """Without a name, the first place that has a file is taken."""
    assert here == find(None, {}, [tmp_path / "not-there.toml", here])


def test_named_file_that_is_not_there_is_an_error(here: Path) -> None:
    """A slip in the name never ends in another file's rules."""
    with pytest.raises(ConfigError) as error:
        find("/not/there.toml", {}, [here])
    assert "/not/there.toml: found no such file; --config names it" == str(error.value)


def test_named_by_variable_and_not_there_is_an_error(here: Path) -> None:
    """The error says which of the two names was wrong."""
    with pytest.raises(ConfigError, match="WATCHER_CONFIG names it"):
        find(None, {"WATCHER_CONFIG": "/not/there.toml"}, [here])


def test_error_lists_where_it_looked(tmp_path: Path) -> None:
    """One who starts without a file learns where it may be put."""
    with pytest.raises(ConfigError) as error:
        find(None, {}, [Path("not-there.toml"), tmp_path / "neither.toml"])
    said = str(error.value)
    assert f"./not-there.toml, {tmp_path}/neither.toml" in said
    assert "$WATCHER_CONFIG (not set)" in said
    assert "--config FILE" in said


def test_directory_is_no_file(tmp_path: Path) -> None:
    """A directory of the name is not taken for the file."""
    with pytest.raises(ConfigError):
        find(tmp_path, {}, [])
