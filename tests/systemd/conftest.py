"""What `make install` puts on a machine, made once for all tests of it."""

from __future__ import annotations

import os

import pytest

from tests.systemd.installing import PREFIX, Staged, make


@pytest.fixture(scope="session")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Staged:
    """The folder that stands for `/` of the machine that watcher is installed on."""
    root = tmp_path_factory.mktemp("machine")
    # Root's own umask may be strict; the service's user must read what root installs all the same.
    before = os.umask(0o077)
    try:
        said = make("install", PREFIX, root)
    finally:
        os.umask(before)
    return Staged(root, said)
