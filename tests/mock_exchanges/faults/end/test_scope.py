"""Which connections end, when and how often: the scope, on the demo in memory."""

from __future__ import annotations

import pytest

from mock_exchanges.faults import CloseCode
from mock_exchanges.faults.active import install
from tests.mock_exchanges.demo.bench import BTC, SECOND, T0, Bench


def ended(fault: CloseCode, count: int = 6, seed: int = 1) -> list[int]:
    """Open connections a second apart; return the numbers of those that were ended."""
    bench = Bench()
    install(fault, bench.engine, 1, seed, T0)
    for number in range(1, count + 1):
        bench.open().subscribe(BTC)
        bench.run(T0 + number * SECOND)
    bench.run(T0 + 20 * SECOND)
    return [number for number, each in enumerate(bench.clients, 1) if each.closed]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (CloseCode(), [1, 2, 3, 4, 5, 6]),
        (CloseCode(connection=2), [2]),
        (CloseCode(from_connection=4), [4, 5, 6]),
        (CloseCode(every=3), [1, 4]),
        (CloseCode(times=2), [1, 2]),
        (CloseCode(times=2, from_connection=2, after=3), [2, 3]),
        (CloseCode(for_s=2.5), [1, 2, 3]),
        (CloseCode(path="nowhere"), []),
    ],
)
def test_who_is_ended(fault: CloseCode, expected: list[int]) -> None:
    assert ended(fault) == expected


def test_from_a_time_on_it_ends_what_is_open_and_what_opens() -> None:
    bench = Bench()
    install(CloseCode(from_s=2.5, for_s=1), bench.engine, 1, 1, T0)
    clients = []
    for number in range(5):
        clients.append(bench.open())
        bench.run(T0 + (number + 1) * SECOND)
    closes = [client.closed and client.closed[0] - T0 for client in clients]
    assert closes == [2_500, 2_500, 2_500, 3_000, None]


def test_chance_follows_from_the_seed() -> None:
    fault = CloseCode(probability=0.5)
    first = ended(fault, 30)
    assert first == ended(fault, 30)
    assert first != ended(fault, 30, seed=2)
    assert 5 < len(first) < 25
