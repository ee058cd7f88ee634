"""The files of the repository, as git sees them: what is tracked, and what would be added."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
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
