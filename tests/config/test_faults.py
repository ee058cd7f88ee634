"""How faults read."""

from __future__ import annotations

import pytest

from watcher.config.faults import ConfigError, Fault, Remark, did_you_mean, quoted


def test_fault_reads_as_one_line() -> None:
    """Place, key, what was found, what is allowed, what to do: in this order."""
    fault = Fault(12, "rules[0].severity", '"sever"', "critical, error", 'did you mean "severe"?')
    assert (
        'rules.toml:12: rules[0].severity: found "sever", allowed: critical, error; '
        'did you mean "severe"?'
    ) == fault.describe("rules.toml")


def test_fault_without_line_or_key_names_the_file() -> None:
    """What is wrong with the file as a whole has no line to show."""
    assert "r.toml: cannot be read" == Fault(None, "", hint="cannot be read").describe("r.toml")


def test_fault_never_breaks_its_line() -> None:
    """Programs that read the output count one fault for each line."""
    assert "f:1: a: x y" == Fault(1, "a", hint="x\ny").describe("f")


def test_remark_reads_like_a_fault() -> None:
    """Remarks name their place in the same way."""
    assert "f:3: rules[0]: look" == Remark(3, "rules[0]", "look").describe("f")


def test_config_error_lists_faults_by_line() -> None:
    """Whatever the order in which they were found, people read them from the top."""
    error = ConfigError("f", [Fault(9, "b", hint="two"), Fault(2, "a", hint="one")])
    assert "f:2: a: one\nf:9: b: two" == str(error)


def test_faults_for_programs() -> None:
    """Each has its place, its key, what people read, and the parts of that."""
    error = ConfigError("f", [Fault(2, "a", '"x"', "y", "write y")])
    assert {
        "file": "f",
        "faults": [
            {
                "file": "f",
                "line": 2,
                "key": "a",
                "message": 'found "x", allowed: y; write y',
                "found": '"x"',
                "allowed": "y",
                "hint": "write y",
            }
        ],
    } == error.as_data()


def test_no_hint_where_nothing_is_near() -> None:
    """A wrong hint is worse than none."""
    assert did_you_mean("xyzzy", ["severity"]) is None


@pytest.mark.parametrize(
    "value, expected",
    [
        ("plain", '"plain"'),
        ('a"b', '"a\\"b"'),
        ("a\nb\x1b[31m", '"a\\nb\\x1b[31m"'),
        ("订单", '"订单"'),
        ("x" * 100, '"' + "x" * 79 + '…"'),
    ],
)
def test_quoted(value: str, expected: str) -> None:
    """Values are shown on one line, without terminal codes, cut where long, in any script."""
    assert expected == quoted(value)
