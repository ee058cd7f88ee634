"""What a table of the file has against one value, before there is a file."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from watcher.config.complaints import Written, complaints
from watcher.config.positions import locate
from watcher.config.secrets import expand
from watcher.tables import StrictTable


def objection(
    model: type[StrictTable], key: str, value: object, env: Mapping[str, str]
) -> str | None:
    """What `check` would say of that key, without any secret; `None` where it says nothing.

    References are looked up in `env`.  What the whole table must agree on is not judged.
    """
    nowhere = locate("")
    expansion = expand({key: value}, env, nowhere)
    for fault in expansion.faults.values():
        return fault.says
    try:
        model.model_validate(expansion.document)
    except ValidationError as error:
        written = Written({key: value}, nowhere)
        found = complaints(error, model, (), written)
        return next((fault.says for path, fault in found if path[:1] == (key,)), None)
    return None
