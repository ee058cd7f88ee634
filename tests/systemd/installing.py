"""Runs `make install` and `make uninstall` as a person does, into a folder of the test."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.parts import lack, need, need_python_of_services
from tests.tree import ROOT

PREFIX = "/srv/watch/er"
"""Not the default: what the unit starts must follow."""
WITHIN = 300.0
NO_INDEX = re.compile(r"No matching distribution|Could not find a version|Max retries exceeded")


@dataclass(frozen=True)
class Staged:
    """A machine's `/` after `make install`, and what that said."""

    root: Path
    said: str

    @property
    def prefix(self) -> Path:
        return self.root / PREFIX.lstrip("/")

    @property
    def unit(self) -> Path:
        return self.root / "usr/local/lib/systemd/system/watcher.service"


def make_raw(verb: str, *variables: str) -> subprocess.CompletedProcess[str]:
    """`make VERB VARIABLE=…`; the `.venv` that runs this very test is not made anew meanwhile."""
    return subprocess.run(
        [need("make", "make"), "--no-print-directory", "-o", ".venv/installed", verb, *variables],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        timeout=WITHIN,
    )


def make(verb: str, prefix: str, root: Path) -> str:
    """The same for a machine whose `/` is `root`; what it said, and it must end well."""
    python = need_python_of_services()
    done = make_raw(verb, f"PREFIX={prefix}", f"DESTDIR={root}", f"PYTHON={python}")
    if done.returncode != 0 and NO_INDEX.search(done.stderr):
        lack(f"no package index can be reached:\n{done.stderr[-2000:]}")
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout
