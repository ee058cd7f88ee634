"""All targets by name; each is a module of this folder, imported when it is needed."""

from __future__ import annotations

from importlib import import_module
from typing import Final

from tests.fuzz.target import Target

NAMES: Final = (
    "answers",
    "refusals",
    "config",
    "request_signatures",
    "channel_signatures",
    "retry_after",
    "cutting",
    "messages",
    "causes",
    "judges",
    "scenarios",
)
"""In the order in which they are run."""


def load(name: str) -> Target:
    """The target of that name; what it tests is imported only now, so that it can be watched."""
    target = import_module(f"tests.fuzz.{name}").TARGET
    assert isinstance(target, Target)
    return target
