"""mute-stream: one stream of a connection stops, the others go on."""

from __future__ import annotations

from itertools import pairwise

import pytest
from pydantic import ValidationError

from mock_exchanges.faults import MuteStream
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.demo.bench import BTC, MINUTE, T0, Bench
from tests.mock_exchanges.faults.bench import Client, loads, with_fault


@pytest.mark.parametrize("exchange", ["demo", "binance", "coinbase", "okx", "kucoin"])
def test_one_stops_and_the_other_goes_on(exchange: str) -> None:
    pairs = ("BTC-USDT", "ETH-USDT")

    async def act(one: Client) -> tuple[list[str], list[str], int]:
        ws = await one.subscribed()
        for pair in pairs:
            await ws.send_str(one.samples.subscription(pair, one.interval))
        heard = await one.hears(ws, 24)
        texts = [str(each.data) for each in heard]
        told = [about[0] for text in texts if (about := one.samples.about(text)) is not None]
        numbers = [loads(text)["sequence_num"] for text in texts if "sequence_num" in text]
        gaps = sum(b - a != 1 for a, b in pairwise(numbers))
        return told[:4], told[-5:], gaps

    stopped = "ethusdt" if exchange == "binance" else "ETH-USDT"
    start, end, gaps = with_fault(MuteStream(stream=stopped, after=2), act, exchange)
    assert "ETH-USDT" in start
    assert end
    assert "ETH-USDT" not in end
    assert not gaps


def test_heartbeats_are_a_stream() -> None:
    async def act(one: Client) -> list[str]:
        ws = await one.subscribed()
        return [str(each.data) for each in await one.hears(ws, 20)]

    texts = with_fault(MuteStream(stream="heartbeats", after=3), act, "coinbase")
    assert sum('"channel":"heartbeats"' in text for text in texts) == 3
    assert sum('"channel":"candles"' in text for text in texts) > 2


def test_removed_the_stream_goes_on() -> None:
    bench = Bench()
    one = bench.open()
    one.subscribe(BTC)
    active = install(MuteStream(stream=BTC), bench.engine, 1, 1, T0)
    bench.run(T0 + MINUTE)
    assert one.candles == []
    uninstall(active, bench.now)
    bench.run(T0 + 2 * MINUTE)
    assert one.candles


@pytest.mark.parametrize("given", [{}, {"stream": ""}])
def test_a_stream_must_be_named(given: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="stream"):
        MuteStream.model_validate(given)
