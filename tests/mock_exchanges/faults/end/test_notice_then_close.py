"""notice-then-close: the exchange's notice, candles meanwhile, then the close."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import pytest

from mock_exchanges.faults import NoticeThenClose
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.faults.bench import Client, with_fault

Heard = list[tuple[float, aiohttp.WSMessage]]


def heard_with(fault: NoticeThenClose, exchange: str) -> tuple[Heard, int | None, Client]:
    """Return what a client hears up to the end, with seconds since the third candle."""

    async def act(one: Client) -> tuple[Heard, int | None, Client]:
        ws = await one.subscribed()
        await one.candles(ws, 3)
        since = one.mock.now_ms()
        heard: Heard = []
        while not ws.closed:
            message = await ws.receive()
            heard.append(((one.mock.now_ms() - since) / 1000, message))
        return heard, ws.close_code, one

    return with_fault(fault, act, exchange)


@pytest.mark.parametrize(
    ("exchange", "named", "code"),
    [("demo", {"type": "notice"}, 1001), ("binance", {"e": "serverShutdown"}, 1001)],
)
def test_the_notice_comes_first_and_candles_go_on(
    exchange: str, named: dict[str, str], code: int
) -> None:
    heard, closed, one = heard_with(NoticeThenClose(after=3, notice_s=12), exchange)
    texts = [(at, each.data) for at, each in heard if each.type is aiohttp.WSMsgType.TEXT]
    told = [json.loads(text) for at, text in texts if at == 0 and not one.tells(text)]
    assert [{name: each[name] for name in named} for each in told] == [named]
    assert sum(one.tells(text) for _, text in texts) >= 2
    assert heard[-1][0] == pytest.approx(12, abs=0.01)
    assert closed == code


@pytest.mark.parametrize(("exchange", "code"), [("coinbase", 1001), ("kucoin", 1000)])
def test_without_a_notice_the_close_comes_all_the_same(exchange: str, code: int) -> None:
    heard, closed, _ = heard_with(NoticeThenClose(after=3, notice_s=12), exchange)
    assert not [each for at, each in heard[:-1] if "notice" in str(each.data).lower()]
    assert heard[-1][0] == pytest.approx(12, abs=0.01)
    assert closed == code


def test_the_code_can_be_another() -> None:
    bench = Bench()
    client = bench.open()
    install(NoticeThenClose(code=1012, reason="restart"), bench.engine, 1, 1, T0)
    bench.run(T0 + 2 * MINUTE)
    notices = [(at, frame) for at, frame in client.got_at if frame.get("type") == "notice"]
    assert [at for at, _ in notices] == [T0]
    # the demo announces its closes a minute ahead
    assert client.closed == (T0 + MINUTE, 1012, "restart")


def test_removed_in_between_the_close_does_not_come() -> None:
    bench = Bench()
    client = bench.open()
    client.subscribe(BTC)
    active = install(NoticeThenClose(notice_s=20), bench.engine, 1, 1, T0)
    bench.run(T0 + 10 * SECOND)
    assert active.struck == 1
    assert uninstall(active, bench.now) == []
    bench.run(T0 + 5 * MINUTE)
    assert client.closed is None
    assert client.candles[-1][0] > T0 + 4 * MINUTE


def test_what_follows_the_candle_is_not_lost() -> None:
    told: dict[bool, list[Any]] = {}
    for struck in (False, True):
        bench = Bench()
        client = bench.open()
        if struck:
            install(NoticeThenClose(after=1), bench.engine, 1, 1, T0)
        client.subscribe(BTC, "candle.1m.POWR-USDT", "candle.1m.ETH-BTC")
        told[struck] = client.frames
    assert [each for each in told[True] if each.get("type") != "notice"] == told[False]
    assert len(told[True]) == len(told[False]) + 1
