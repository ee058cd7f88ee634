"""Parts that a test needs of the machine: skipped where one is missing, a failure in CI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import NoReturn

import pytest

IN_CI = "WATCHER_CI"
HOMES = tuple(f"/{top}/" for top in ("root", "home", "run/user"))
"""What ProtectHome hides from a service."""


def need(command: str, package: str) -> str:
    """The path of a program; without it the test is skipped, or in CI a failure."""
    found = shutil.which(command)
    return found or lack(f"there is no {command} here: apt-get install {package}")


def need_root() -> None:
    """The right to mount, as root of a machine has it and root of most containers has not."""
    tried = subprocess.run(
        [need("unshare", "util-linux"), "--mount", "--pid", "--fork", "--mount-proc", "true"],
        check=False,
        capture_output=True,
        text=True,
    )
    if os.geteuid() != 0 or tried.returncode != 0:
        lack(f"this needs root, who may mount: {tried.stderr.strip() or 'run it with sudo'}")


def need_python_of_services() -> str:
    """A Python that a service with ProtectHome sees: our own, or the system's if it is new."""
    own = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    for python in (own, "/usr/local/bin/python3", "/usr/bin/python3"):
        if _fits_a_service(os.path.realpath(python)):
            return python
    return lack("every Python 3.11 here is hidden in a home: apt-get install python3")


def _fits_a_service(python: str) -> bool:
    if python.startswith(HOMES) or not os.access(python, os.X_OK):
        return False
    judge = "import sys; sys.exit(sys.version_info < (3, 11))"
    return subprocess.run([python, "-c", judge], check=False).returncode == 0


def lack(what: str) -> NoReturn:
    """The test cannot be made: skipped, or in CI a failure."""
    if os.environ.get(IN_CI):
        pytest.fail(what)
    pytest.skip(what)
