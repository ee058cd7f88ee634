"""House rules that no other tool checks: sizes, names, tests that speak, what may not stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from tests.tree import ROOT, parsed, python_files, tracked

LONGEST_FUNCTION = 50
LONGEST_FILE = 400
MEDIAN_FUNCTION = 8

PACKAGE = python_files("watcher")
TESTS = python_files("tests")
TEST_FILES = tuple(path for path in TESTS if path.name.startswith("test_"))

# Tests of something else than one module.
NOT_MIRRORED = frozenset(
    f"tests/test_{name}.py" for name in ("diagrams", "docs", "docs_examples", "parts", "style")
)
# The one place that may skip: a part of the machine is missing, and this is not CI.
MAY_SKIP = Path("tests/parts.py")
NOT_MIRRORED_BELOW = (
    *("tests/acceptance/", "tests/contracts/", "tests/fuzz/", "tests/systemd/"),
    *("tests/stories/", "tests/peers/", "tests/contrib/", "tests/browser/", "tests/reference/"),
)

# In pieces, so that this file does not hold what it forbids.
FORBIDDEN = re.compile(
    "|".join(
        (
            "py" + r"pi\.org",
            "python" + "hosted",
            r"registry\." + "npmjs",
            r"deb\." + "debian",
            "/" + r"work/(?:main|shared|steering|\.library)",
            "/" + "farm/",
            "/" + "root/",
            "/" + "opt/(?:wheels|py" + "pi)",
            "/" + "tmp/(?:v|brief)/",
        )
    )
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_in(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(parsed(path)) if isinstance(node, Function))


def length_of(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def cases_in(path: Path) -> Iterator[Function]:
    return (function for function in functions_in(path) if function.name.startswith("test_"))


def lines_of(path: Path) -> list[str]:
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def dotted(node: ast.AST) -> str:
    return ast.unparse(node)


def test_there_is_something_to_check() -> None:
    """The checks below see the package and its tests, and so can fail."""
    assert Path("watcher/clock.py") in PACKAGE
    assert Path("tests/test_style.py") in TEST_FILES


def test_functions_are_short() -> None:
    """No function is longer than 50 lines."""
    too_long = [
        f"{path}:{function.lineno} {function.name} has {length_of(function)} lines"
        for path in PACKAGE + TESTS
        for function in functions_in(path)
        if length_of(function) > LONGEST_FUNCTION
    ]
    assert [] == too_long


def test_most_functions_are_very_short() -> None:
    """Half of the package's functions have at most eight lines."""
    lengths = [length_of(function) for path in PACKAGE for function in functions_in(path)]
    assert MEDIAN_FUNCTION >= median(lengths)


def test_files_are_short() -> None:
    """No Python file is longer than 400 lines."""
    lengths = {str(path): len(lines_of(path)) for path in PACKAGE + TESTS}
    assert {} == {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE}


def test_every_test_says_what_it_guards() -> None:
    """Each test function has a docstring."""
    silent = [
        f"{path}:{test.lineno} {test.name}"
        for path in TEST_FILES
        for test in cases_in(path)
        if not ast.get_docstring(test)
    ]
    assert [] == silent


def test_tests_mirror_the_package() -> None:
    """tests/a/test_b.py (or test_b_more.py) is about watcher/a/b.py."""
    modules = {path.relative_to("watcher").with_suffix("") for path in PACKAGE}
    modules |= {path.parent for path in modules if path.name == "__init__"}

    def mirrors(test: Path) -> bool:
        room = test.relative_to("tests").parent
        words = test.stem.removeprefix("test_").split("_")
        names = ("_".join(words[:end]) for end in range(len(words), 0, -1))
        return any(room / name in modules for name in names)

    strangers = [
        str(path)
        for path in TEST_FILES
        if str(path) not in NOT_MIRRORED
        and not str(path).startswith(NOT_MIRRORED_BELOW)
        and not mirrors(path)
    ]
    assert [] == strangers


def test_no_test_is_left_out() -> None:
    """No test is skipped, but for a part that the machine lacks, or expected to fail."""
    left_out = re.compile(r"pytest\.(mark\.)?(skip|skipif|xfail|importorskip)$|^unittest\.skip")
    found = [
        f"{path}:{node.lineno}"
        for path in TESTS
        if path != MAY_SKIP
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and left_out.search(dotted(node))
    ]
    assert [] == found


def test_no_test_sleeps() -> None:
    """A test waits for a condition or an event; it does not sleep for a time and hope."""
    sleeps = ("time.sleep", "asyncio.sleep", "anyio.sleep")
    found = [
        f"{path}:{call.lineno} {test.name}"
        for path in TEST_FILES
        for test in cases_in(path)
        for statement in test.body
        for call in calls_outside_loops(statement)
        if dotted(call.func) in sleeps and not (call.args and dotted(call.args[0]) == "0")
    ]
    assert [] == found


def calls_outside_loops(node: ast.AST) -> Iterator[ast.Call]:
    """The calls of a statement, but for those that a loop repeats and those of inner functions."""
    if isinstance(node, ast.While | ast.For | ast.AsyncFor | Function | ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from calls_outside_loops(child)


def test_no_module_holds_what_can_change() -> None:
    """The package has no list, dict or set at the top of a module."""
    changeable = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    found = [
        f"{path}:{node.lineno}"
        for path in PACKAGE
        for node in parsed(path).body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, changeable)
        if "__all__" not in dotted(node)
    ]
    assert [] == found


@pytest.mark.parametrize("name", ["utils", "util", "common", "helpers", "types", "models", "misc"])
def test_names_say_the_domain(name: str) -> None:
    """No module has a name that would fit any program."""
    found = [path for path in PACKAGE + TESTS if name in (path.stem, *path.parent.parts)]
    assert [] == found


def test_no_address_of_a_registry_or_a_machine() -> None:
    """No file holds a package registry's address or a path of the machine it was written on."""
    found = [
        f"{path}:{number}"
        for path in tracked()
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if FORBIDDEN.search(line)
    ]
    assert [] == found


def text_of(path: Path) -> str:
    return (ROOT / path).read_bytes().decode("utf-8", errors="replace")


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-fuzz.lock"])
def test_the_lock_is_one_of_hashes(name: str) -> None:
    """Each requirement of a lock is pinned and hashed, and no address stands in the file."""
    assert not (ROOT / "uv.lock").exists()
    lock = text_of(Path(name))
    assert "://" not in lock
    pinned = re.findall(r"^[\w.-]+(?:\[[\w,-]+\])?==.*?(?=^\w|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(re.findall(r"^\w", lock, re.MULTILINE)) == len(pinned)
    assert [] == [block for block in pinned if "--hash=sha256:" not in block]
