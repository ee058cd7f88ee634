"""`watcher schema` prints what editors and programs read."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.tree import ROOT
from watcher.cli.root import cli


@pytest.mark.parametrize("of", ["config", "webhook"])
def test_it_prints_the_file_of_the_documents(of: str) -> None:
    """`watcher schema config > docs/schema/config.schema.json` writes that file anew."""
    result = CliRunner().invoke(cli, ["schema", of])
    assert 0 == result.exit_code
    written = (ROOT / f"docs/schema/{of}.schema.json").read_text(encoding="utf-8")
    assert written == result.stdout
    assert "https://json-schema.org/draft/2020-12/schema" == json.loads(result.stdout)["$schema"]


def test_it_says_how_an_editor_finds_it() -> None:
    """The help has the line that names a schema."""
    assert "#:schema" in CliRunner().invoke(cli, ["schema", "--help"]).stdout
