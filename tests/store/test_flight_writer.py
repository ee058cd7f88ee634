"""The flight recorder's file: whole after any end, without secrets, never another watcher's."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import zlib
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher.core.flight import (
    Changed,
    Dark,
    Entry,
    Era,
    ErrorText,
    Frame,
    Layer,
    Looked,
    Noted,
    Reason,
    Reel,
    Standing,
    stamp,
)
from watcher.core.past import Seen
from watcher.core.run_summary import RunSummary
from watcher.ports import StoreError
from watcher.store.flight_file import Kind, files_of, look_at
from watcher.store.flight_reader import FlightReader
from watcher.store.flight_writer import FlightWriter
from watcher.telemetry.redaction import Redactor

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SECRET = "a-secret-of-the-file"


def writer_of(folder: Path) -> FlightWriter:
    return FlightWriter(folder / "watcher.db", Redactor([SECRET]).redact)


def frame(entry: Entry, at: datetime = NOON, layer: Layer = Layer.CHANGE) -> Frame:
    return Frame("prod", layer, stamp(at), stamp(at), (entry,))


def change(at: datetime = NOON, state: str = "FAILED") -> Frame:
    return frame(Changed(stamp(at), "FLINK_STREAM", "a", {"actual_state": state}), at)


def reel(*parts: Era | Frame, texts: Sequence[ErrorText] = ()) -> Reel:
    return Reel((Era(stamp(NOON), Reason.START), *parts), tuple(texts))


def error(text: str, error_at: int = 1000, job: str = "a") -> ErrorText:
    return ErrorText("prod", "FLINK_STREAM", job, error_at, text)


def seen(error_at: int = 1000, job: str = "a") -> Seen:
    return Seen("FLINK_STREAM", job, RunSummary(job, last_error_at=error_at))


def entries_in(folder: Path) -> list[Entry]:
    reader = FlightReader(folder / "watcher.db")
    found = [e for one in reader.stretches() for e in reader.everything(one, "prod")]
    reader.close()
    return found


def texts_in(folder: Path, *wanted: Seen) -> list[str | None]:
    reader = FlightReader(folder / "watcher.db")
    found = [reader.text("prod", one) for one in wanted]
    reader.close()
    return found


async def test_what_is_written_is_read_beside_the_writer(tmp_path: Path) -> None:
    """A reader sees each reel as soon as it is written, whole and in order."""
    writer = writer_of(tmp_path)
    await writer.write(reel(change()), NOON)
    assert 1 == len(entries_in(tmp_path))
    later = NOON + timedelta(seconds=1)
    await writer.write(Reel((change(later, "RUNNING"),), ()), later)
    states = [e.fields["actual_state"] for e in entries_in(tmp_path) if isinstance(e, Changed)]
    assert ["FAILED", "RUNNING"] == states
    await writer.close()


async def test_a_torn_tail_leaves_what_was_before(tmp_path: Path) -> None:
    """Cut anywhere, as a crash of the machine may, the file still gives a beginning of it all."""
    writer = writer_of(tmp_path)
    for number in range(12):
        at = NOON + timedelta(seconds=number)
        parts = (
            reel(change(at, f"S{number}")) if not number else Reel((change(at, f"S{number}"),), ())
        )
        await writer.write(parts, at)
    whole = (tmp_path / "watcher.db.history-wal").read_bytes()
    counts = []
    for cut in range(0, len(whole), len(whole) // 40):
        torn = tmp_path / f"torn-{cut}"
        torn.mkdir()
        shutil.copy(tmp_path / "watcher.db.history", torn)
        (torn / "watcher.db.history-wal").write_bytes(whole[:cut])
        found = entries_in(torn)
        states = [e.fields["actual_state"] for e in found if isinstance(e, Changed)]
        assert [f"S{number}" for number in range(len(states))] == states
        counts.append(len(states))
    await writer.close()
    assert counts == sorted(counts)
    assert 10 <= counts[-1]
    assert 12 == len(entries_in(tmp_path))


@pytest.mark.parametrize(
    "script, kind, words",
    [
        (
            "PRAGMA application_id = 2001103988; PRAGMA user_version = 2",
            Kind.NEWER,
            "newer watcher",
        ),
        ("PRAGMA application_id = 7", Kind.FOREIGN, "no recording"),
    ],
)
async def test_what_is_not_ours_is_left_alone(
    tmp_path: Path, script: str, kind: Kind, words: str
) -> None:
    """A newer watcher's or a foreign file is not touched; another one is begun beside it."""
    first, second = list(files_of(tmp_path / "watcher.db"))[:2]
    with closing(sqlite3.connect(first)) as made:
        made.executescript(f"CREATE TABLE theirs (x); {script}")
    before = first.read_bytes()
    writer = writer_of(tmp_path)
    await writer.write(reel(change()), NOON)
    await writer.close()
    assert before == first.read_bytes()
    assert (kind, Kind.OURS) == (look_at(first).kind, look_at(second).kind)
    assert words in writer.passed_over[0]
    assert 1 == len(entries_in(tmp_path))
    reader = FlightReader(tmp_path / "watcher.db")
    reader.close()
    assert words in reader.remarks[0]


async def test_a_damaged_file_is_left_alone(tmp_path: Path) -> None:
    """Whoever finds out more about it later shall find it as it is."""
    first = next(files_of(tmp_path / "watcher.db"))
    first.write_bytes(b"no database at all" * 100)
    writer = writer_of(tmp_path)
    await writer.write(reel(change()), NOON)
    await writer.close()
    assert b"no database at all" * 100 == first.read_bytes()
    assert 1 == len(entries_in(tmp_path))


async def test_entries_of_a_later_kind_are_passed_over(tmp_path: Path) -> None:
    """A file of this format may hold what this watcher does not know yet; the rest is read."""
    writer = writer_of(tmp_path)
    await writer.write(reel(change()), NOON)
    await writer.close()
    body = zlib.compress(b'[["zz",1,{"new":true}],["g",2,"FLINK_STREAM","a"]]')
    with closing(sqlite3.connect(next(files_of(tmp_path / "watcher.db")))) as file, file:
        file.execute("UPDATE frames SET body = ?", (body,))
    assert ["Gone"] == [type(entry).__name__ for entry in entries_in(tmp_path)]


async def test_no_secret_is_kept(tmp_path: Path) -> None:
    """Errors' texts, outages' details and notes are cleaned as the log is; nothing else is free."""
    writer = writer_of(tmp_path)
    dark = Dark(stamp(NOON), "FLINK_STREAM", "a", stamp(NOON), "timeout", f"at {SECRET}")
    note = Noted(stamp(NOON), "reload", {"file": f"/etc/{SECRET}"})
    told = error(f"cannot log in with {SECRET} at https://u:hunter2@db/")
    await writer.write(reel(frame(dark), frame(note), texts=[told]), NOON)
    await writer.close()
    (text,) = texts_in(tmp_path, seen())
    assert text == "cannot log in with *** at https://***@db/"
    assert SECRET not in str(entries_in(tmp_path))


async def test_a_text_is_kept_once_and_cut(tmp_path: Path) -> None:
    """The same words of a thousand jobs take the room of one; of long ones 8 KiB are kept."""
    writer = writer_of(tmp_path)
    same = [error("the same " * 500, job=f"job{number}") for number in range(1000)]
    long = error("é" * 20_000, error_at=5)
    await writer.write(reel(texts=[*same, long]), NOON)
    await writer.close()
    with closing(sqlite3.connect(next(files_of(tmp_path / "watcher.db")))) as file:
        assert (2,) == file.execute("SELECT count(*) FROM texts").fetchone()
    first, last, cut = texts_in(tmp_path, seen(job="job0"), seen(job="job999"), seen(5))
    assert first == last == "the same " * 500
    assert "é" * 4096 == cut


async def test_what_is_too_old_goes_and_what_later_times_need_stays(tmp_path: Path) -> None:
    """The era in force at the limit stays whole, with the texts that it refers to."""
    writer = writer_of(tmp_path)
    eras = [NOON + DAY * number for number in range(4)]
    for number, at in enumerate(eras):
        standing = Standing("FLINK_STREAM", "a", None, {"last_error_at": 1000})
        texts = (error("gone", error_at=7), error("stays")) if not number else ()
        whole = frame(standing, at, Layer.WHOLE)
        await writer.write(Reel((Era(stamp(at), Reason.TURN), whole, change(at)), texts), at)
    await writer.prune(eras[2] + timedelta(hours=1))
    await writer.close()
    reader = FlightReader(tmp_path / "watcher.db")
    assert eras[2:] == [stretch.at for stretch in reader.stretches()]
    reader.close()
    assert ["stays", None] == texts_in(tmp_path, seen(), seen(7))


async def test_a_file_that_cannot_be_written_is_said_and_tried_anew(tmp_path: Path) -> None:
    """A fault is a `StoreError` with the file's name; the next write opens it again."""
    folder = tmp_path / "later"
    writer = FlightWriter(folder / "watcher.db", str)
    with pytest.raises(StoreError, match=r"watcher\.db\.history"):
        await writer.write(reel(change()), NOON)
    folder.mkdir()
    await writer.write(reel(change()), NOON)
    await writer.close()
    assert 1 == len(entries_in(folder))


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    """It holds what errors said."""
    writer = writer_of(tmp_path)
    await writer.write(reel(frame(Looked(stamp(NOON), "FLINK_STREAM", "a"))), NOON)
    await writer.close()
    mode = next(files_of(tmp_path / "watcher.db")).stat().st_mode
    assert 0o600 == stat.S_IMODE(mode)
