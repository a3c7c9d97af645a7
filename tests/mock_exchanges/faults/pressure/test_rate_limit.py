"""rate-limit: every exchange's own answer to too many requests, and how long to wait."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from mock_exchanges.faults import RateLimit
from mock_exchanges.faults.active import install
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, with_fault
from tests.mock_exchanges.faults.pressure.asking import (
    CANDLES,
    EXCHANGES,
    asked,
    engine_of,
    fetched,
)

_SAID = {
    "demo": "too many requests",
    "binance": "Too much request weight used; current limit is",
    "coinbase": "rate_limit_exceeded",
    "okx": "50011",
    "kucoin": "429000",
}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_so_often_and_then_well_again(exchange: str) -> None:
    async def act(one: Client) -> list[tuple[int, str]]:
        found = []
        for _ in range(3):
            answer, text = await fetched(one, CANDLES[exchange])
            found.append((answer.status, text))
        return found

    first, second, third = with_fault(RateLimit(retry_after_s=9).twice(), act, exchange)
    assert first == second
    assert (first[0], third[0]) == (429, 200)
    assert _SAID[exchange] in first[1]


@pytest.mark.parametrize("exchange", ["demo", "binance"])
def test_retry_after_counts_down_to_the_end(exchange: str) -> None:
    async def act(one: Client) -> list[tuple[int, str | None]]:
        found = []
        for pause in (20, 30.5, 9.5):
            answer, _ = await fetched(one, CANDLES[exchange])
            found.append((answer.status, answer.headers.get("Retry-After")))
            await asyncio.sleep(pause)
        answer, _ = await fetched(one, CANDLES[exchange])
        return [*found, (answer.status, answer.headers.get("Retry-After"))]

    assert with_fault(RateLimit(for_s=60), act, exchange) == [
        (429, "60"), (429, "40"), (429, "10"), (200, None),
    ]  # fmt: skip


def test_kucoin_tells_the_wait_in_a_header_of_its_own() -> None:
    engine = engine_of("kucoin")
    install(RateLimit(retry_after_s=7), engine, 1, 1, EPOCH_MS)
    answer = asked(engine, CANDLES["kucoin"])
    assert answer.headers["gw-ratelimit-reset"] == "7000"
    assert answer.headers["gw-ratelimit-remaining"] == "0"


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_handshakes_if_asked(exchange: str) -> None:
    async def act(one: Client) -> tuple[int, int]:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await one.connect()
        answer, _ = await fetched(one, CANDLES[exchange])
        return refused.value.status, answer.status

    assert with_fault(RateLimit(of="handshake"), act, exchange) == (429, 200)


@pytest.mark.parametrize("exchange", ["demo", "binance", "coinbase", "okx", "kucoin"])
def test_it_is_what_the_exchange_answers_by_itself(exchange: str) -> None:
    """The body is the same as that to a client that really asks too much."""
    flooded = engine_of(exchange)
    for _ in range(7000):
        answer = asked(flooded, CANDLES[exchange])
        if answer.status != 200:
            break
    faulty = engine_of(exchange)
    install(RateLimit(), faulty, 1, 1, EPOCH_MS)
    ours = asked(faulty, CANDLES[exchange])
    assert (ours.status, json.loads(ours.body)) == (answer.status, json.loads(answer.body))
    assert set(ours.headers) <= set(answer.headers)
