"""rest-error: a failure by its name, for candles alone."""

from __future__ import annotations

import asyncio
import json

import pytest

from mock_exchanges.faults import RestError, Slow
from mock_exchanges.faults.active import install
from mock_exchanges.server.mock import MockExchange
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, play, with_fault
from tests.mock_exchanges.faults.pressure.asking import (
    CANDLES,
    EXCHANGES,
    TIME,
    asked,
    engine_of,
    fetched,
)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_by_default_it_is_the_exchanges_own_error(exchange: str) -> None:
    async def act(one: Client) -> tuple[str, int]:
        _, text = await fetched(one, CANDLES[exchange])
        answer, _ = await fetched(one, TIME[exchange])
        return text, answer.status

    text, time_status = with_fault(RestError(), act, exchange)
    said = json.loads(text)
    assert {"code", "msg", "message", "error"} & set(said)
    assert time_status == 200


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_each_failure_can_be_had_by_its_name(exchange: str) -> None:
    for name, answer in engine_of(exchange).exchange.samples.rest_failures().items():
        engine = engine_of(exchange)
        install(RestError(failure=name), engine, 1, 1, EPOCH_MS)
        assert asked(engine, CANDLES[exchange]) == answer
        assert asked(engine, TIME[exchange]).status == 200


def test_once_and_the_page_comes() -> None:
    async def act(one: Client) -> list[int]:
        return [(await fetched(one, CANDLES["binance"]))[0].status for _ in range(2)]

    fault = RestError(failure="HTTP 503 with an empty body").once()
    assert with_fault(fault, act, "binance") == [503, 200]


@pytest.mark.parametrize(
    "fault",
    [
        RestError(failure="HTTP 503 empty body"),
        Slow().followed_by(RestError(failure="HTTP 503 empty body")),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest_and_does_no_harm(fault: RestError) -> None:
    said = (
        r"failure is 'HTTP 503.*expected one that binance has: .*"
        r"did you mean 'HTTP 503 with an empty body'"
    )

    async def main() -> None:
        async with MockExchange("binance") as mock:
            with pytest.raises(ValueError, match=said):
                mock.add_fault(fault)
            assert list(mock.faults) == []
            assert list(mock.engine.faults) == []
            await asyncio.sleep(1)

    play(main)
