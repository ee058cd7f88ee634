"""`python -m tests.fuzz [TARGET…] [--seconds N]`: searches for inputs that break a property.

Coverage-guided, by atheris: two thirds of the time over bytes, which begin from the corpus, and one
third over the choices that hypothesis makes inputs from.  `--replay FILE…` tries inputs again,
without atheris.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.search import Found, search
from tests.fuzz.targets import NAMES, load

HOW = """
Replay one:  .venv/bin/python -m tests.fuzz {target} --replay {path}
Mend what it shows, make the input as small as it will go, and keep it in
tests/fuzz/corpus/{target}/ under a name that says what broke: `make test` tries it for ever.
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    parser.add_argument("--seconds", type=float, default=60, help="for all targets together")
    parser.add_argument("--replay", nargs="+", type=Path, metavar="FILE")
    given = parser.parse_args()
    if unknown := set(given.names) - set(NAMES):
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there is {', '.join(NAMES)}")
    if given.replay and len(given.names) != 1:
        parser.error("--replay needs the one target whose inputs they are")
    if given.replay:
        replay(given.names[0], given.replay)
    elif find_spec("atheris") is None:
        parser.error("atheris is not installed; `make fuzz` installs it")
    else:
        sys.exit(fuzz(given.names or list(NAMES), given.seconds))


def replay(name: str, paths: list[Path]) -> None:
    """Try inputs again; the first that breaks the property shows where."""
    for path in paths:
        load(name).check(path.read_bytes())
        print(f"{path}: holds")


def fuzz(names: list[str], seconds: float) -> int:
    """Search each target for its share, print what came of it; 1 where anything broke."""
    print(
        f"{'target':20} {'executions':>10} {'a second':>9} {'branches':>9} {'corpus':>7} findings"
    )
    found: list[Found] = []
    for name in names:
        print(f"{name:20} ", end="", flush=True)
        one = search(name, seconds / len(names))
        found.append(one)
        print(
            f"{one.executions:>10} {one.executions / one.seconds:>9.0f} {one.branches:>9} "
            f"{one.corpus:>7} {len(one.findings)}"
        )
    broken = [(one.name, path) for one in found for path in one.findings]
    for name, path in broken:
        print(f"\n{name} broke on {path}")
    if broken:
        print(HOW.format(target=broken[0][0], path=broken[0][1]))
    return 1 if any(one.broke for one in found) else 0


if __name__ == "__main__":
    main()
