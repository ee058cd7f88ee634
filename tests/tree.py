"""The files of the repository, as git sees them: what is tracked, and what would be added."""

from __future__ import annotations

import ast
import inspect
import subprocess
import textwrap
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[1]


@cache
def tracked() -> tuple[Path, ...]:
    """Every file, relative to the repository's top, in order."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    # A file may be deleted and not yet taken out of the index.
    return tuple(sorted(Path(name) for name in set(listed) if name and (ROOT / name).is_file()))


def python_files(top: str) -> tuple[Path, ...]:
    """The Python files below `top`."""
    return tuple(path for path in tracked() if path.suffix == ".py" and path.parts[0] == top)


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file of the repository."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), str(path))


def keys_without_a_word(table: type) -> list[str]:
    """The fields of a table of the file, inherited ones too, that no docstring follows."""
    found: list[str] = []
    for part in table.__mro__:
        if part.__module__.startswith("watcher."):
            (body,) = ast.parse(textwrap.dedent(inspect.getsource(part))).body
            assert isinstance(body, ast.ClassDef)
            found += [
                field.target.id
                for field, after in pairwise([*body.body, ast.Pass()])
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)
                if not (isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant))
            ]
    return found
