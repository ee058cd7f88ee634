"""A missing part is never passed over in CI."""

from __future__ import annotations

import os
import subprocess

import pytest
from _pytest.outcomes import Failed, Skipped

from tests import parts
from tests.parts import IN_CI, need, need_python_of_services, need_root


def test_a_part_that_is_there_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its path is given, in CI and elsewhere."""
    monkeypatch.setenv(IN_CI, "1")
    assert need("sh", "dash").endswith("/sh")


@pytest.mark.parametrize("value,outcome", [("1", Failed), ("", Skipped)])
def test_a_missing_part_fails_in_ci_only(
    monkeypatch: pytest.MonkeyPatch, value: str, outcome: type[BaseException]
) -> None:
    """Elsewhere the test is skipped, with the package that brings it."""
    monkeypatch.setenv(IN_CI, value)
    with pytest.raises(outcome, match="apt-get install nothing-such"):
        need("nothing-such", "nothing-such")


def test_who_may_not_mount_is_no_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Root of a container without the right to mount lacks what such a test needs."""
    monkeypatch.setenv(IN_CI, "1")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Failed, match="root, who may mount"):
        need_root()


def test_a_python_in_a_home_is_none_of_services(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python that services see is found; where all are hidden, it says what to install."""
    monkeypatch.setenv(IN_CI, "1")
    found = need_python_of_services()
    assert 0 == subprocess.run([found, "-c", ""], check=False).returncode
    monkeypatch.setattr(parts, "HOMES", ("/",))
    with pytest.raises(Failed, match="apt-get install python3"):
        need_python_of_services()
