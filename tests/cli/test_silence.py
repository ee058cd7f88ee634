"""`watcher silence add|list|expire`: what is refused, what is shown, and what is done."""

from __future__ import annotations

import json
import os
import pwd
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.config.sample import ENV, compose
from watcher.cli.root import cli
from watcher.clock import SystemClock
from watcher.core.alert import Alert, Phase
from watcher.core.event import Kind
from watcher.core.job import JobRecord, SourceRecord
from watcher.core.silence import Matchers, Silence
from watcher.core.step import Decision, Step
from watcher.core.subject import job_subject, source_subject
from watcher.core.why import Why
from watcher.store.open import open_store
from watcher.store.silences import add_silence

NOW = SystemClock().now()
HOUR = timedelta(hours=1)
USER = pwd.getpwuid(os.getuid()).pw_name
EU, US, PAY = (job_subject("prod", "FLINK_STREAM", n) for n in ("orders_eu", "orders_us", "pay"))
ERRORS = {EU: ("aaa111", "abc123"), US: ("abd456",), PAY: ()}


def alert(subject: object, kind: Kind, phase: Phase) -> Alert:
    return Alert("a", "job-down", kind, subject, 1, 1, NOW, phase)  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A file, and a store that knows three jobs of one source, one of which is down."""
    top = f'store = "{tmp_path}/watcher.db"\ntimezone = "Asia/Shanghai"\n'
    (tmp_path / "rules.toml").write_text(compose(top=top), encoding="utf-8")
    anyio.run(fill, tmp_path)
    return tmp_path


async def fill(folder: Path, *work: Any) -> None:
    store = await open_store(folder / "watcher.db", NOW)
    jobs = [JobRecord(subject, fingerprints=prints) for subject, prints in ERRORS.items()]
    alerts = (
        alert(EU, Kind.STATE_MISMATCH, Phase.FIRING),
        alert(US, Kind.STATE_MISMATCH, Phase.PENDING),
        alert(source_subject("prod"), Kind.BLIND, Phase.FIRING),
    )
    sources = (SourceRecord("prod"),)
    await store.commit(Step(at=NOW, jobs=tuple(jobs), sources=sources, alerts=alerts))
    for one in work:
        await store.access.transact(one)
    await store.close()


def silence(folder: Path, *arguments: str) -> Result:
    config = str(folder / "rules.toml")
    return CliRunner().invoke(cli, ["--config", config, "silence", *arguments], env=dict(ENV))


def kept(folder: Path) -> list[dict[str, Any]]:
    found = silence(folder, "list", "--all", "--json")
    assert 0 == found.exit_code, found.output
    return list(json.loads(found.stdout))


@pytest.mark.parametrize(
    "arguments, words",
    [
        ([], "say what to silence"),
        (["--for", "2h"], "say what to silence"),
        (["--job", "orders_*"], "a silence without end would hide trouble for good"),
        (["--job", "orders_*", "--for", "2h", "--until", "10:00"], "not both"),
        (["--job", "orders_*", "--for", "2"], "is no span"),
        (["--job", "orders_*", "--until", "2020-01-01"], "over already"),
        (["--job", "orders_*", "--for", "9999d"], "at most 366d"),
        (["--job", "ordres_eu", "--for", "2h"], "none of the 3 jobs; did you mean"),
        (["--job", "pay", "--job", "x*", "--for", "2h"], "--job 'x*' fits none"),
        (["--source", "test", "--for", "2h"], "fits none of the 1 sources"),
        (["--rule", "job-dwon", "--for", "2h"], 'did you mean "job-down"?'),
        (["--error", "abf", "--for", "2h"], "begins no error's fingerprint"),
        (["--error", "ab", "--for", "2h"], "more than one fingerprint: abc123, abd456"),
        (["--kind", "blind", "--job", "pay", "--for", "2h"], "is about no job"),
        (["--kind", "restart", "--error", "abc", "--for", "2h"], "has no error"),
        (["--kind", "nonsense", "--for", "2h"], "nonsense"),
        (["--error", "", "--for", "2h"], "'' names nothing"),
        (["--job", "a\udcff", "--for", "2h", "--force"], "names nothing"),
    ],
)
def test_what_cannot_be_meant_is_refused(folder: Path, arguments: list[str], words: str) -> None:
    """With the reason, as wrong usage, and nothing is silenced."""
    done = silence(folder, "add", *arguments)
    assert 2 == done.exit_code
    assert words in " ".join(done.stderr.split())
    assert [] == kept(folder)


def test_a_slip_is_forced_with_a_warning(folder: Path) -> None:
    """A job that is deployed tonight is not known yet."""
    done = silence(folder, "add", "--job", "new_*", "--for", "2h", "--force")
    assert 0 == done.exit_code
    assert "warning: --job 'new_*' fits none of the 3 jobs" in done.stderr
    assert "It fits 0 jobs; 0 alerts of it fire now." in done.stdout
    assert 1 == len(kept(folder))


def test_a_silence_says_what_it_takes_hold_of(folder: Path) -> None:
    """Its id, until when, which jobs, how much fires now, and that nobody runs."""
    arguments = ("--job", "orders_*", "--until", "2099-01-01 10:00")
    assert 2 == silence(folder, "add", *arguments).exit_code
    done = silence(
        folder, "add", "--job", "orders_*", "--for", "2h", "--reason", "up\x1b[31m\ngrade"
    )
    assert 0 == done.exit_code, done.stderr
    (made,) = kept(folder)
    assert f"silence {made['id']}: job orders_*; until 20" in done.stdout
    assert "It fits 2 jobs (orders_eu, orders_us); 1 alerts of it fire now." in done.stdout
    assert "it holds when one is started" in done.stdout
    assert (USER, "up [31m grade", True, 0) == (
        *(made[word] for word in ("created_by", "reason", "in_force", "hidden")),
    )


def test_every_word_of_it_is_kept(folder: Path) -> None:
    """Options given twice, a fingerprint in full from its beginning, both ends."""
    words = ("--job", "pay", "--job", "orders_eu", "--source", "prod", "--kind", "new-error")
    more = ("--kind", "state-mismatch", "--rule", "job-down", "--error", "abc")
    ends = ("--for", "2h", "--until-recovered", "--json")
    done = silence(folder, "add", *words, *more, *ends)
    assert 0 == done.exit_code, done.stderr
    made = json.loads(done.stdout)
    assert {
        "job": ["pay", "orders_eu"],
        "source": ["prod"],
        "kind": ["new-error", "state-mismatch"],
        "rule": ["job-down"],
        "error": ["abc123"],
    } == made["about"]
    assert (True, True, ["orders_eu"], 1) == (
        *(made[word] for word in ("until_recovered", "in_force", "jobs", "alerts")),
    )


@pytest.mark.parametrize("about", [("--job", "pay"), ("--job", "orders_us"), ("--error", "abd")])
def test_until_recovered_needs_something_to_recover(folder: Path, about: tuple[str, ...]) -> None:
    """What is right, or not wrong for long enough, has nothing to recover from."""
    done = silence(folder, "add", *about, "--until-recovered", "--force")
    assert 1 == done.exit_code
    assert "there is no recovery to wait for" in done.stderr
    assert [] == kept(folder)
    done = silence(folder, "add", "--error", "abc", "--until-recovered")
    assert 0 == done.exit_code, done.stderr


def test_a_source_s_blindness_is_silenced_by_the_source(folder: Path) -> None:
    """All that its jobs would tell too."""
    done = silence(folder, "add", "--source", "pr*", "--until-recovered", "--json")
    assert (3, 2) == (len(json.loads(done.stdout)["jobs"]), json.loads(done.stdout)["alerts"])


def test_an_id_s_beginning_ends_it(folder: Path) -> None:
    """Once; then it is over, and is shown only with all."""
    made = json.loads(silence(folder, "add", "--job", "pay", "--for", "2h", "--json").stdout)
    done = silence(folder, "expire", made["id"][:3])
    assert (0, True) == (done.exit_code, "is over" in done.stdout), done.stderr
    again = silence(folder, "expire", made["id"])
    assert (1, True) == (again.exit_code, "is over since" in again.stderr)
    assert "(none)" in silence(folder, "list").stdout
    (over,) = kept(folder)
    assert (False, USER) == (over["in_force"], over["expired_by"])
    assert f"ended by {USER}" in silence(folder, "list", "--all").stdout


def test_an_id_that_is_none_ends_nothing(folder: Path) -> None:
    """Nor does an empty one end the only silence there is."""
    silence(folder, "add", "--job", "pay", "--for", "2h")
    assert 2 == silence(folder, "expire", "zzz").exit_code
    assert 2 == silence(folder, "expire", "").exit_code
    assert [True] == [one["in_force"] for one in kept(folder)]


def test_the_list_counts_what_each_has_hidden(folder: Path) -> None:
    """And says how each ended: at its time, by itself or by hand."""
    plain = Silence("", Matchers(jobs=("pay",)), "anna", NOW - 2 * HOUR, until=NOW - HOUR)
    recovered = msgspec.structs.replace(
        plain, until=None, until_recovered=True, expired_at=NOW, reason="release"
    )
    anyio.run(fill, folder, *(partial(add_silence, silence=one) for one in (plain, recovered)))
    first = kept(folder)[0]["id"]
    anyio.run(hide, folder, first)
    shown = silence(folder, "list", "--all").stdout
    assert {first: 2} == {one["id"]: one["hidden"] for one in kept(folder) if one["hidden"]}
    assert ", over" in shown
    assert ", recovered" in shown
    assert "release" in shown
    assert "(none)" in silence(folder, "list").stdout


async def hide(folder: Path, by: str) -> None:
    store = await open_store(folder / "watcher.db", NOW)
    decided = Decision(1, Why.SILENCED, "job-down", "oncall", by=by)
    await store.commit(Step(at=NOW, decisions=(decided, decided)))
    await store.close()


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    """It is made by nobody but the service."""
    (tmp_path / "rules.toml").write_text(compose(top=f'store = "{tmp_path}/w.db"\n'))
    for arguments in (("list",), ("add", "--job", "a", "--for", "2h"), ("expire", "abc")):
        done = silence(tmp_path, *arguments)
        assert (1, True) == (done.exit_code, "there is no such file" in done.stderr), arguments
    assert not (tmp_path / "w.db").exists()
