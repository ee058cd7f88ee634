"""What a search hands to libFuzzer, and how answers are written down."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.search import dictionary
from tests.fuzz.written import read_answer, write_answer


def test_words_are_written_as_libfuzzer_reads_them(tmp_path: Path) -> None:
    """Quotes, backslashes and everything beyond plain ASCII stand as bytes in hex."""
    path = tmp_path / "words"
    assert [f"-dict={path}"] == list(dictionary(('"a\\', "", "磁\n"), path))
    assert '"\\x22a\\x5c"\n"\\xe7\\xa3\\x81\\x0a"\n' == path.read_text()


def test_no_words_need_no_dictionary(tmp_path: Path) -> None:
    """libFuzzer refuses to begin with an empty dictionary."""
    assert [] == list(dictionary((), tmp_path / "words"))


def test_a_written_answer_is_read_back() -> None:
    """Status, headers and body survive, also where a header's bytes are no UTF-8."""
    headers = {"content-type": "text/\udcff", "retry-after": "30"}
    answer = read_answer(write_answer(503, headers, b"a\n\nb"))
    assert (503, headers, b"a\n\nb") == (answer.status, answer.headers, answer.body)
