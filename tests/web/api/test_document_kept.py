"""What the document says is what the server does, as schemathesis finds out by trying."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import anyio
import pytest

from tests.web.api.furnished import furnished
from tests.web.house import pages_of
from watcher.web.api.operation import BASE

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
WITHIN = 900.0
# A place that is no more, and parameters that do not go together, no schema can rule out.
SETTINGS = """
[checks.positive_data_acceptance]
expected-statuses = [200, 201, 404, 409, 410, 422]
"""
OPTIONS = (
    *("--seed=1", "--checks=all", "--no-color", "--generation-database=none"),
    # Of longer characters the longest names make a request line that no server takes.
    "--generation-codec=latin-1",
)


async def try_all(folder: Path, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Let schemathesis try everything that the document promises on a house's API."""
    async with furnished(folder) as house, pages_of(house) as client:
        async with client.get(f"{BASE}/openapi.json") as answer:
            document = folder / "openapi.json"
            document.write_bytes(await answer.read())
        (folder / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
        url = f"{str(answer.url).removesuffix('/openapi.json')}"
        command: Sequence[str] = (str(SCHEMATHESIS), "run", str(document), f"--url={url}")
        with anyio.fail_after(WITHIN):
            return await anyio.run_process(
                [*command, *OPTIONS, *options],
                cwd=folder,
                env={**os.environ, "NO_COLOR": "1"},
                stdin=subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                check=False,
            )


async def test_the_document_is_true(tmp_path: Path) -> None:
    """Statuses, types and schemas are as promised, wrong data is refused, unknown methods too."""
    done = await try_all(tmp_path, "--max-examples=10", "--no-shrink")
    assert 0 == done.returncode, done.stdout.decode()[-8000:]


@pytest.mark.slow
async def test_the_document_is_true_whatever_is_tried(tmp_path: Path) -> None:
    """The same with many more examples of everything."""
    done = await try_all(tmp_path, "--max-examples=300")
    assert 0 == done.returncode, done.stdout.decode()[-8000:]
