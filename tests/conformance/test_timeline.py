"""Wire and host on one axis: what an author sees of what happened."""

from __future__ import annotations

from conformance.timeline import folded, timeline
from conformance.watched import Note
from mock_exchanges.core.journal import Entry

T0 = 1_785_000_000_000
CANDLE = '{"e":"kline","E":177244292%d,"s":"BTCUSDT"}'


def entries(*said: tuple[float, str, str]) -> list[Entry]:
    return [Entry(T0 + round(at * 1000), kind, 1, text) for at, kind, text in said]  # type: ignore[arg-type]


def stripped(*lines: str) -> list[str]:
    return [line.split("s ", 1)[-1].strip() for line in lines]


def test_what_the_host_told_stands_where_it_happened() -> None:
    lines = timeline(
        entries((0, "connect", "/ws"), (2, "out", "{}")),
        [Note(T0 + 1000, "subscribed"), Note(T0 + 3000, "stalled", True)],
        T0,
        30,
    )
    assert stripped(*lines) == [
        "ws1 → connect /ws",
        "host • subscribed",
        "ws1 ← {}",
        "host • stalled",
    ]
    assert [line[:10] for line in lines] == ["    +0.000", "    +1.000", "    +2.000", "    +3.000"]


def test_runs_of_one_kind_are_folded_and_the_suites_own_end_is_left_out() -> None:
    said = [(0.0, "connect", "/ws"), *((float(n), "out", CANDLE % n) for n in range(1, 7)),
            (8.0, "ping", "1"), (9.0, "lost", "client closed 1000")]  # fmt: skip
    lines = timeline(entries(*said), [Note(T0 + 9000, "connection ended, code 1000")], T0, 30)
    assert [line.strip() for line in lines[1:4]] == [
        lines[1].strip(), "… 4 more of the kind …", lines[3].strip(),
    ]  # fmt: skip
    assert lines[-1].endswith("← ping 1")


def test_routine_does_not_bury_what_happens_once() -> None:
    said = []
    for n in range(40):
        said += [(n * 2.0, "ping", str(n)), (n * 2.0, "ponged", str(n))]
    said.insert(41, (40.0, "fault", "strikes"))
    lines = timeline(entries(*said), [], T0, 30)
    assert len(lines) == 7
    assert lines[3].endswith("! fault strikes")


def test_the_oldest_go_and_no_fold_is_left_without_its_head() -> None:
    said = [(float(n), "out", CANDLE % (n % 10)) for n in range(6)]
    said += [
        (10.0 + n, "in", word) for n, word in enumerate(["one", "two", "three", "four", "five"])
    ]
    lines = timeline(entries(*said), [], T0, 7)
    assert len(lines) == 6
    assert not any(line.strip().startswith("…") for line in lines)


def test_few_lines_are_all_shown() -> None:
    assert folded(["+1.000s a", "+2.000s a", "+3.000s a"]) == [
        "+1.000s a",
        "+2.000s a",
        "+3.000s a",
    ]
