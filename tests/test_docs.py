"""The documents are true: every path they name is there, and every metric is told of."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from textwrap import dedent

import pytest

from tests.tree import ROOT, tracked
from watcher.app.scrape import NAMED, NONE, OTHER
from watcher.cli.root import COMMANDS
from watcher.config.load import load_text
from watcher.config.resolve import resolve
from watcher.core.alert import Phase
from watcher.core.event import NAMEABLE
from watcher.core.outcome import Fate
from watcher.core.reading import Cause
from watcher.core.rule import Severity
from watcher.simulator.faults import FaultKind
from watcher.simulator.job import CHANGEABLE_FIELDS
from watcher.simulator.scenario import parse_scenario
from watcher.telemetry.table import METRICS

REQUIRED = ("ARCHITECTURE.md", "README.md", "CHANGELOG.md", "docs/metrics.md", "systemd/README.md")
DOCUMENTS = tuple(sorted({*REQUIRED, *(str(p) for p in tracked() if p.suffix == ".md")}))
SUFFIXES = (".py", ".toml", ".md", ".lock", ".service", ".sql", ".json")

# Files that the reader makes.
READERS_OWN = frozenset({"rules.toml", "./rules.toml", "orders.toml"})

FILES = frozenset(map(str, tracked()))
FOLDERS = frozenset(str(parent) for path in tracked() for parent in path.parents) - {"."}
TOPS = frozenset(path.parts[0] for path in tracked())


def paths_named_in(text: str) -> set[str]:
    """What stands in backticks and looks like a path of the repository."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    quoted = re.findall(r"`([^`\s]+)`", prose)
    return {word for word in quoted if looks_like_a_path(word)} - READERS_OWN


def looks_like_a_path(word: str) -> bool:
    if word.startswith(("/", "~", "$", "http")) or not re.fullmatch(r"[\w./<>*-]+", word):
        return False
    return word.endswith(SUFFIXES) or ("/" in word and word.partition("/")[0] in TOPS)


def is_there(word: str) -> bool:
    """Whether a file or folder has this path, or ends in it; `<kind>` stands for any name."""
    pattern = re.sub(r"<[^>]*>", "*", word.removeprefix("./"))
    among = FOLDERS if pattern.endswith("/") else FILES | FOLDERS
    pattern = pattern.rstrip("/")
    return any(fnmatch(path, pattern) or fnmatch(path, f"*/{pattern}") for path in among)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_path_named_is_there(document: str) -> None:
    """A path in backticks leads to a file or a folder of the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    assert [] == sorted(path for path in paths_named_in(text) if not is_there(path))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document: str) -> None:
    """A relative link leads to a file or a folder of the repository."""
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)
    local = [target for target in targets if "://" not in target]
    folder = (ROOT / document).parent
    assert [] == [target for target in local if not (folder / target).exists()]


@pytest.mark.parametrize(
    "word, expected",
    [
        ("watcher/clock.py", True),
        ("clock.py", True),
        ("watcher/", True),
        ("watcher/<room>/metrics.py", True),
        ("watcher/clocks.py", False),
        ("lockx.py", False),
        ("watcher/nowhere/", False),
        ("watcher/clock.py/", False),
    ],
)
def test_the_check_of_paths_can_fail(word: str, expected: bool) -> None:
    """What is there is found, and what is not there is not."""
    assert {word} == paths_named_in(f"Read `{word}` first.")
    assert expected == is_there(word)


def test_architecture_names_paths() -> None:
    """ARCHITECTURE.md leads by file names; without any the check above would prove nothing."""
    named = paths_named_in((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"))
    assert any(name.endswith(".py") for name in named)


def test_every_metric_is_told_of() -> None:
    """docs/metrics.md has the row of each metric of the table, and of no other; each says what it
    is good for, with a query that names it.
    """
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    rows = [
        f"| `{name}` | {metric.kind.value} | {', '.join(metric.labels) or '–'} | {metric.meaning}"
        for name, metric in METRICS.items()
    ]
    lines = [line for line in text.splitlines() if line.startswith("| `watcher_")]
    assert rows == [line.rpartition(" | ")[0] for line in lines]
    assert [] == [
        name
        for name, line in zip(METRICS, lines, strict=True)
        if not re.search(rf"`[^`]*\b{name}[^`]*`", line.rpartition(" | ")[2])
    ]


@pytest.mark.parametrize(
    "label, words",
    [
        ("expect_state, actual_state", {*NAMED, OTHER, NONE}),
        ("cause", {*map(str, Cause)}),
        ("outcome", {*map(str, Fate), "snapshot", "outage", "sent", "failed"}),
        ("phase", {Phase.PENDING.value, Phase.FIRING.value}),
        ("severity", {*(severity.word for severity in Severity), NONE}),
    ],
)
def test_the_values_of_labels_are_in_their_document(label: str, words: set[str]) -> None:
    """Whoever writes a query finds each value that a label may have."""
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| {label} \| (.*) \|$", text, flags=re.MULTILINE)
    assert words == set(re.findall(r"`([\w-]+)`", row))


def test_no_document_names_a_metric_that_is_not() -> None:
    """Every watcher_… metric in a document is in the table, also in examples."""
    series = re.compile(r"\bwatcher_[a-z_]+")
    named = {
        (document, re.sub(r"_(bucket|sum|count)$", "", name))
        for document in DOCUMENTS
        for name in series.findall((ROOT / document).read_text(encoding="utf-8"))
    }
    assert [] == sorted(pair for pair in named if pair[1] not in METRICS)


def test_all_documents_are_in_place() -> None:
    """The documents that others rely on are there."""
    assert [] == [document for document in REQUIRED if not Path(ROOT / document).is_file()]


def test_every_command_is_in_the_readme() -> None:
    """README's table of commands has each command, and no other."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(COMMANDS) == set(re.findall(r"^\| `watcher ([a-z-]+)", text, flags=re.MULTILINE))


def test_the_readme_s_configuration_is_sound() -> None:
    """The ten lines of README load without a fault."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (toml,) = re.findall(r"^```toml\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    url = "https://oapi.dingtalk.com/robot/send?access_token=planted"
    plan = resolve(load_text(toml, dict.fromkeys(names, "planted") | {"DINGTALK_URL": url})).plan
    assert 10 == len(toml.splitlines())
    assert ["job-down", "blind"] == [rule.name for rule in plan.rules][:2]


def test_every_dependency_earns_its_sentence() -> None:
    """ARCHITECTURE.md has a row for each package that the service needs to run."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[\[<>=]", line)[0].lower() for line in project["dependencies"]}
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8").lower()
    rows = re.findall(r"^\| ([^|]+) \|", text, flags=re.MULTILINE)
    named = {word.strip("`,()") for row in rows for word in row.split()}
    assert set() == needed - named


def test_every_event_kind_is_in_the_readme() -> None:
    """README's table of what can be watched has each kind that a rule may name, and no other."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    told = text[text.index("## What can be watched") :].replace("| `on` |", "")
    assert {kind.value for kind in NAMEABLE} == set(
        re.findall(r"^\| `([a-z-]+)` \|", told, flags=re.MULTILINE)
    )


def test_the_page_on_simulating_knows_every_fault_and_field() -> None:
    """Whoever writes a scenario finds each word that it may use."""
    text = (ROOT / "docs/simulating.md").read_text(encoding="utf-8")
    words = {*map(str, FaultKind), *CHANGEABLE_FIELDS}
    assert set() == {word for word in words if f"`{word}`" not in text}


def test_the_scenario_on_that_page_plays() -> None:
    """It is copied and changed, so that it must be right."""
    text = (ROOT / "docs/simulating.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```toml\n(   title.*?)```", text, flags=re.DOTALL)
    found = parse_scenario(dedent(block))
    assert (2, 2) == (len(found.jobs), len(found.steps))
