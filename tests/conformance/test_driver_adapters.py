"""What the driver bears of adapters: slow, talkative, raising, unreadable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from conformance.driver import network_client
from conformance.driver.feed import AdapterFeed
from conformance.world import World
from mock_exchanges.core.actions import Drop
from reference_adapters import BinanceAdapter
from reference_adapters.binance import Candle
from tests.conformance.playing import minutes, notes, silence, whole


class SlowRest(BinanceAdapter):
    asked = False

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        candles = await super().fetch_rest_candles(*args, **kwargs)
        await asyncio.sleep(50 if self.asked else 0)
        self.asked = True
        return candles


def test_pings_are_answered_while_a_fill_is_slow(play: Callable[..., AdapterFeed]) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(25)
        await silence(world, 14)
        since = world.journal.total
        await asyncio.sleep(45)
        assert len(feed.candles) == 3  # the fill is under way
        entries = list(world.journal)[since:]
        pings = [entry for entry in entries if entry.kind == "ping"]
        answers = [entry for entry in entries if entry.kind == "ponged"]
        assert len(answers) == len(pings) == 3
        assert all(a.at_ms - p.at_ms < 1000 for p, a in zip(pings, answers, strict=True))
        await asyncio.sleep(120)
        assert world.mock.engine.accepted == 1
        whole(world, feed)

    play(scenario, SlowRest)


class LogsInAndPings(BinanceAdapter):
    """Asks in every way for something to be sent."""

    urls = 0
    ws_ping_interval = 30

    async def get_ws_url(self) -> str:  # type: ignore[override]
        type(self).urls += 1
        return f"wss://stream.binance.com:9443/ws?listenKey={self.urls}"

    def get_ws_auth_payload(self) -> dict[str, Any]:
        return {"method": "GET_PROPERTY", "params": ["combined"], "id": 901}

    def get_ws_ping_payload(self) -> dict[str, Any]:
        return {"method": "LIST_SUBSCRIPTIONS", "id": 902}

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> Any:
        one = super().get_ws_subscription_payload(trading_pair, interval)
        other = super().get_ws_subscription_payload(trading_pair, "5m")
        return [one, json.dumps(other)]

    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        if data.get("id") == 901:
            return Request({"method": "LIST_SUBSCRIPTIONS", "id": 903})
        if data.get("k", {}).get("i") == "5m":
            return None
        return super().parse_ws_message(data)


class Request:
    def __init__(self, payload: dict[str, Any]) -> None:
        self.payload = payload


class LogsInByCoroutine(LogsInAndPings):
    async def get_ws_auth_payload(self) -> dict[str, Any]:  # type: ignore[override]
        return super().get_ws_auth_payload()


@pytest.mark.parametrize("adapter", [LogsInAndPings, LogsInByCoroutine])
def test_login_first_then_subscriptions_replies_and_pings(
    play: Callable[..., AdapterFeed], adapter: type[LogsInAndPings]
) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(100)
        world.mock.end_connections(Drop("eof"))
        await asyncio.sleep(20)
        for connection, pings in ((1, 3), (2, 0)):
            sent = [json.loads(e.text) for e in world.journal.of("in", connection=connection)]
            assert sent[0]["id"] == 901
            assert [m["params"][0] for m in sent if m["method"] == "SUBSCRIBE"] == [
                "btcusdt@kline_1m",
                "btcusdt@kline_5m",
            ]
            assert [m["id"] for m in sent].count(903) == 1
            assert [m["id"] for m in sent].count(902) == pings
        asked = [e.text for e in world.journal.of("connect")]
        assert asked == ["/ws?listenKey=1", "/ws?listenKey=2"]

    adapter.urls = 0
    play(scenario, adapter)


class PongsInText(BinanceAdapter):
    def parse_ws_message(self, data: Any) -> list[Candle] | None:
        assert isinstance(data, dict), data
        return super().parse_ws_message(data)


def test_plain_text_never_reaches_the_parser(
    play: Callable[..., AdapterFeed], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["pong", "ping", "", "not json {"]

    def receive(self: network_client.WebSocket) -> Coroutine[Any, Any, str | None]:
        return asyncio.sleep(0, texts.pop()) if texts else real(self)

    real = network_client.WebSocket.receive
    monkeypatch.setattr(network_client.WebSocket, "receive", receive)
    feed = play(minutes(2.5), PongsInText)
    assert texts == []
    assert feed.errors == []
    assert notes(feed, "adapter", "connection:") == []


class RaisesOnce(BinanceAdapter):
    raised = False

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        if data.get("e") == "kline" and not self.raised:
            self.raised = True
            raise ZeroDivisionError("mine")
        return super().parse_ws_message(data)


def test_an_adapter_that_raises_costs_the_connection_not_the_feed(
    play: Callable[..., AdapterFeed],
) -> None:
    async def scenario(world: World, feed: AdapterFeed) -> None:
        await asyncio.sleep(200)
        whole(world, feed)

    feed = play(scenario, RaisesOnce)
    assert [str(e) for e in feed.errors] == ["parse_ws_message raised ZeroDivisionError: mine"]
    assert notes(feed, "adapter:") == ["adapter: parse_ws_message raised ZeroDivisionError: mine"]


class Unreadables(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        return [object()] if data.get("e") == "kline" else None


def test_a_candle_that_cannot_be_read_is_the_adapters(play: Callable[..., AdapterFeed]) -> None:
    feed = play(minutes(1.5), Unreadables)
    assert notes(feed, "adapter: object has no 'timestamp'")
    assert feed.candles
    assert feed.updates == []
