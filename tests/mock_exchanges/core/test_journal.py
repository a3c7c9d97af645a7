"""The journal: bounds, search, and lines of JSON out and in."""

from __future__ import annotations

import io
import re
from itertools import count
from pathlib import Path

import pytest

from mock_exchanges.core.journal import Entry, Journal


def filled() -> Journal:
    times = count(5)
    journal = Journal(real=lambda: next(times) / 2)
    journal.add(1_000, "connect", 1, "/ws")
    journal.add(1_001, "in", 1, '{"method":"SUBSCRIBE","id":1}')
    journal.add(1_001, "near-miss", 1, "no stream 'x'")
    journal.add(1_002, "in", 2, "é \ud800 \n{}")
    journal.add(1_003, "clock", 0, "rate 0")
    return journal


def test_falls_out_at_the_old_end_by_count_and_by_characters() -> None:
    few = Journal(3)
    for number in range(5):
        few.add(number, "out", 1, "x" * number)
    assert [entry.at_ms for entry in few] == [2, 3, 4]
    assert (few.total, few.dropped, few.characters) == (5, 2, 9)

    small = Journal(characters=9)
    for number in range(5):
        small.add(number, "out", 1, "x" * number)
    assert [entry.at_ms for entry in small] == [2, 3, 4]
    small.add(5, "response", 0, "x" * 1_000)
    assert [entry.at_ms for entry in small] == [5]
    small.add(6, "out", 1, "")
    assert [entry.at_ms for entry in small] == [6]
    small.clear()
    assert (len(small), small.total, small.characters) == (0, 0, 0)
    with pytest.raises(ValueError, match="limit is 0, expected 1 or more"):
        Journal(0)


def test_real_time_is_told_and_makes_no_difference() -> None:
    journal = filled()
    assert [entry.real_s for entry in journal] == [2.5, 3.0, 3.5, 4.0, 4.5]
    assert Entry(1, "in", 0, "x", 1.0) == Entry(1, "in", 0, "x", 2.0)
    assert Entry(1, "in", 0, "x") != Entry(1, "in", 0, "y")
    assert len({Entry(1, "in", 0, "x", 1.0), Entry(1, "in", 0, "x", 2.0)}) == 1
    other = Journal()
    for entry in journal:
        other.add(*entry[:4])
    assert other.bytes() == journal.bytes()
    assert other.digest() == journal.digest()
    other.add(1_004, "out", 1, "")
    assert other.digest() != journal.digest()


def test_is_written_and_read_back(tmp_path: Path) -> None:
    journal = filled()
    file = io.StringIO()
    journal.dump(file)
    lines = file.getvalue().splitlines()
    assert lines[0] == '{"at_ms":1000,"real_s":2.5,"kind":"connect","connection":1,"text":"/ws"}'
    assert len(lines) == 5
    back = Journal.load([*lines, ""])
    assert [tuple(entry) for entry in back] == [tuple(entry) for entry in journal]
    assert back.total == 5 and back.characters == journal.characters

    plain = Journal()
    plain.add(1, "out", 1, "ü")
    plain.dump(tmp_path / "log.jsonl")
    assert list(Journal.load(tmp_path / "log.jsonl")) == list(plain)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("{", "line 2: no JSON"),
        ("[]", "line 2: expected an object, found list"),
        ('{"kind":"in","connection":1,"text":""}', "line 2: at_ms is None, expected a number"),
        (
            '{"at_ms":"1","kind":"in","connection":1,"text":""}',
            "line 2: at_ms is '1', expected a number",
        ),
        ('{"at_ms":1,"kind":"in","connection":1,"text":5}', "line 2: text is 5, expected text"),
        (
            '{"at_ms":1,"kind":"reqest","connection":1,"text":""}',
            "line 2: kind is 'reqest'.*did you mean 'request'",
        ),
    ],
)
def test_what_is_no_entry_is_named_by_its_line(line: str, text: str) -> None:
    good = '{"at_ms":1,"kind":"in","connection":1,"text":""}'
    with pytest.raises(ValueError, match=text):
        Journal.load([good, line])


def test_seen_by_kind_text_expression_predicate_and_connection() -> None:
    journal = filled()
    assert [e.at_ms for e in journal.seen("in")] == [1_001, 1_002]
    assert [e.at_ms for e in journal.seen("in", containing="SUBSCRIBE")] == [1_001]
    assert [e.at_ms for e in journal.seen(containing=re.compile(r'"id":\d'))] == [1_001]
    assert [e.at_ms for e in journal.seen(lambda e: e.text.startswith("no "))] == [1_001]
    assert [e.at_ms for e in journal.seen("in", connection=2)] == [1_002]
    assert [e.at_ms for e in journal.seen("in", after=2)] == [1_002]
    assert len(journal.seen()) == 5
    assert not journal.seen("close")
    with pytest.raises(ValueError, match=r"kind is 'outt', .*did you mean 'out'"):
        journal.seen("outt")  # type: ignore[arg-type]
