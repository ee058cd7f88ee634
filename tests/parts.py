"""Parts that a test needs of the machine: skipped where one is missing, a failure in CI."""

from __future__ import annotations

import os
import shutil

import pytest

IN_CI = "WATCHER_CI"


def need(command: str, package: str) -> str:
    """The path of a program; without it the test is skipped, or in CI a failure."""
    found = shutil.which(command)
    if found is not None:
        return found
    lacking = f"there is no {command} here: apt-get install {package}"
    if os.environ.get(IN_CI):
        pytest.fail(lacking)
    pytest.skip(lacking)
