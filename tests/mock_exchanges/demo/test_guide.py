"""What adapter guides print about their generic exchange, done to the letter, works here.

Each class or function below is one printed pattern; the tests put it to the exchange.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from conformance.loading import load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Verdict
from mock_exchanges.demo import tokens
from tests.meta import matrix
from tests.mock_exchanges.demo.bench import BTC, MARKET, MINUTE, SECOND, T0, Bench

WSS_URL = "wss://ws.demo-exchange.example/ws"
REST_URL = "https://api.demo-exchange.example"
TOKEN_ENDPOINT = "/api/v1/token"
HERE = __name__


@dataclass
class CandleData:
    """A candle that is made from a raw time and knows seconds."""

    timestamp_raw: int
    open: float
    high: float
    low: float
    close: float
    volume: float
    quote_asset_volume: float = 0.0
    n_trades: int = 0
    taker_buy_base_volume: float = 0.0
    taker_buy_quote_volume: float = 0.0
    timestamp: int = field(init=False)

    def __post_init__(self) -> None:
        raw = self.timestamp_raw
        self.timestamp = raw // 1000 if raw > 10**11 else raw


@dataclass
class WSJSONRequest:
    payload: dict[str, Any]


class Patterns:
    """An adapter put together from the printed patterns, one after another."""

    def __init__(self, network_client: Any = None) -> None:
        self.network_client = network_client

    def get_trading_pair_format(self, trading_pair: str) -> str:
        return trading_pair

    def get_supported_intervals(self) -> dict[str, int]:
        return {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14400, "1d": 86400}

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m", "5m"]

    def get_ws_url(self) -> Any:
        return WSS_URL

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        formatted_pair = self.get_trading_pair_format(trading_pair)
        return {"method": "subscribe", "params": [f"candle.{interval}.{formatted_pair}"], "id": 1}

    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        if self._is_ping_message(data):
            return WSJSONRequest(payload=self._get_pong_payload(data))
        if self._is_subscription_confirmation(data):
            return None
        if not self._is_candle_message(data):
            return None
        candles = []
        if "data" in data and isinstance(data["data"], dict):
            candles.append(self._candle(data["data"]))
        return candles if candles else None

    def _is_ping_message(self, data: dict[str, Any]) -> bool:
        return data.get("op") == "ping"

    def _get_pong_payload(self, ping_data: dict[str, Any]) -> dict[str, Any]:
        return {"op": "pong", "ts": ping_data.get("ts", int(time.time() * 1000))}

    def _is_subscription_confirmation(self, data: dict[str, Any]) -> bool:
        return (
            isinstance(data, dict)
            and data.get("type") == "subscribed"
            and "candle" in data.get("channel", "")
        )

    def _is_candle_message(self, data: dict[str, Any]) -> bool:
        return isinstance(data, dict) and "candle" in data.get("channel", "") and "data" in data

    def _candle(self, candle: dict[str, Any]) -> CandleData:
        return CandleData(
            timestamp_raw=candle.get("t", 0),
            open=float(candle.get("o", 0)),
            high=float(candle.get("h", 0)),
            low=float(candle.get("l", 0)),
            close=float(candle.get("c", 0)),
            volume=float(candle.get("v", 0)),
            quote_asset_volume=float(candle.get("q", 0)),
            n_trades=int(candle.get("n", 0)),
            taker_buy_base_volume=float(candle.get("V", 0)),
            taker_buy_quote_volume=float(candle.get("Q", 0)),
        )

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: Any = None, limit: int = 500
    ) -> list[CandleData]:
        answer = await self.network_client.get_rest_data(
            f"{REST_URL}/api/v1/candles",
            params={"symbol": trading_pair, "interval": interval, "start": start_time,
                    "limit": limit},
        )  # fmt: skip
        if answer["code"]:
            raise ValueError(answer["message"])
        return [self._candle(row) for row in answer["data"]]


class OtherShape(Patterns):
    """Subscribes with op and args."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        return {
            "op": "subscribe",
            "args": [{"channel": "candlestick", "instId": trading_pair, "interval": interval}],
        }


class Whole(OtherShape):
    """Reads the snapshot too, and takes no default for a price."""

    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        if isinstance(data.get("data"), list):
            return [self._candle(row) for row in data["data"]]
        return super().parse_ws_message(data)

    def _candle(self, candle: dict[str, Any]) -> CandleData:
        if any(not candle[key] for key in "tohlcv"):
            raise ValueError(f"no candle: {candle}")
        return super()._candle(candle)


class LogsIn(Whole):
    """Sends an authentication message first."""

    def get_ws_auth_payload(self) -> dict[str, Any]:
        return {"op": "login", "args": [{"key": "demo-key"}]}


class RESTMethod:
    POST = "POST"


class RestAssistant:
    """The host's REST assistant, on its network client."""

    def __init__(self, client: Any) -> None:
        self.client = client

    async def execute_request(self, url: str, method: str) -> Any:
        return await self.client.get_rest_data(url, method=method)


class ApiFactory:
    def __init__(self, client: Any) -> None:
        self.client = client

    async def get_rest_assistant(self) -> RestAssistant:
        return RestAssistant(self.client)


class TokenSlip(Whole):
    """Puts the coroutine into the URL: what a plain def cannot help doing."""

    def __init__(self, network_client: Any) -> None:
        super().__init__(network_client)
        self._api_factory = ApiFactory(network_client)

    async def _get_ws_token(self) -> str:
        rest_assistant = await self._api_factory.get_rest_assistant()
        response = await rest_assistant.execute_request(
            url=f"{REST_URL}{TOKEN_ENDPOINT}", method=RESTMethod.POST
        )
        return str(response["token"])

    def get_ws_url(self) -> Any:
        token: Any = self._get_ws_token()
        url = f"{WSS_URL}?token={token}"
        token.close()  # else Python warns of a coroutine that was never awaited
        return url


class Token(TokenSlip):
    """The same with async and await."""

    async def get_ws_url(self) -> str:
        token = await self._get_ws_token()
        return f"{WSS_URL}?token={token}"


class KeepsToken(Token):
    """Fetches one token and keeps it."""

    url = ""

    async def get_ws_url(self) -> str:
        self.url = self.url or await super().get_ws_url()
        return self.url


class RestOnly(Patterns):
    """Says that there is no WebSocket for candles at all."""

    def get_ws_supported_intervals(self) -> list[str]:
        return []


def findings(trust: Trust, adapter: type, exchange: str = "") -> dict[str, str]:
    """Return check -> headline of what the suite finds, consequences left out."""
    spec = f"demo{exchange and '@'}{exchange}"
    suite = Suite(Setting(load(f"{HERE}:{adapter.__name__}"), spec), trust)
    return {
        result.id: result.headline
        for result in matrix.every(suite, adapter.__name__)
        if result.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.INFO)
        and result.consequence_of is None
    }


@pytest.mark.parametrize(
    ("adapter", "exchange"),
    [(Whole, ""), (LogsIn, "login"), (Token, "token"), (RestOnly, "")],
    ids=lambda value: getattr(value, "__name__", value or "demo"),
)
def test_the_patterns_together_are_a_right_adapter(
    adapter: type, exchange: str, trust: Trust
) -> None:
    found = findings(trust, adapter, exchange)
    if exchange == "token":
        # a should: the printed pattern goes to a constant, whatever the answer announces
        assert "was not announced" in found.pop("TOKEN-03")
    assert found == {}


@pytest.mark.parametrize("adapter", [Patterns, OtherShape])
def test_to_the_letter_two_things_are_missing(adapter: type, trust: Trust) -> None:
    """The printed parser passes over lists, and takes 0 for a price that is not there."""
    found = findings(trust, adapter)
    assert set(found) == {"PARSE-02", "PARSE-08"}
    assert found["PARSE-02"] == "snapshot frame with 3 candles gives 0"
    assert "an invented" in found["PARSE-08"]


def test_a_token_that_is_not_awaited_is_found_in_the_url(trust: Trust) -> None:
    found = findings(trust, TokenSlip, "token")
    assert "<coroutine object" in found.pop("URL-01")
    assert found == {}


def test_a_token_that_is_kept_is_refused_after_an_outage(trust: Trust) -> None:
    found = findings(trust, KeepsToken, "token")
    assert "token has expired" in found.pop("TOKEN-01")
    found.pop("TOKEN-03", None)  # its endpoint is as constant as its token
    assert found == {}


def test_without_what_a_handshake_wants_there_are_no_candles(trust: Trust) -> None:
    found = findings(trust, Whole, "login")
    assert "offers no login" in found.pop("LOGIN-01")
    assert found == {}
    assert "HTTP 401" in findings(trust, Whole, "token")["URL-03"]


def test_simple_connection() -> None:
    client = Bench().open()
    (confirmed, *_) = client.say(Patterns().get_ws_subscription_payload("BTC-USDT", "1m"))
    assert Patterns()._is_subscription_confirmation(confirmed)
    client.bench.run(T0 + 5 * SECOND)
    assert Patterns().parse_ws_message(client.candles[0][1])


def test_authentication_then_subscription() -> None:
    client = Bench("login").open()
    assert client.say(LogsIn().get_ws_auth_payload())[0]["type"] == "login"
    (confirmed, *_) = client.say(OtherShape().get_ws_subscription_payload("BTC-USDT", "1m"))
    assert Patterns()._is_subscription_confirmation(confirmed)


async def test_token_by_rest_then_connection() -> None:
    bench = Bench("token")

    class Client:
        async def get_rest_data(self, url: str, method: str) -> Any:
            return json.loads(bench.get(url.removeprefix(REST_URL), method=method).body)

    url = await Token(Client()).get_ws_url()
    assert url == f"{WSS_URL}?token={tokens.issue(7, T0)}"
    assert bench.open(url.partition(".example")[2]).subscribe(BTC)[0]["type"] == "subscribed"


def test_the_pong_that_is_returned_keeps_the_connection() -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    for n in range(1, 9):
        bench.run(T0 + n * 15 * SECOND)
        (at, ts) = client.pings[-1]
        reply = Patterns().parse_ws_message({"op": "ping", "ts": ts})
        assert client.say(reply.payload) == []
        assert at == bench.now
    assert client.closed is None


def test_a_pong_that_is_not_sent_ends_it() -> None:
    client = Bench().open(answers_pings=False)
    client.bench.run(T0 + MINUTE)
    assert client.closed is not None


def test_the_printed_parser_reads_the_markets_numbers() -> None:
    client = Bench().open()
    client.subscribe(BTC)
    client.bench.run(T0 + 2 * MINUTE + 20)
    last = [frame for at, frame in client.candles if at % MINUTE == 20][-1]
    (candle,) = Patterns().parse_ws_message(last)
    grid = client.bench.exchange.intervals()["1m"]
    wanted = MARKET.candle("BTC-USDT", grid, T0 + MINUTE)
    assert wanted is not None
    assert candle.timestamp == wanted.open_ms // 1000
    assert [candle.open, candle.high, candle.low, candle.close, candle.volume] == [
        float(wanted.decimal(name)) for name in ("open", "high", "low", "close", "volume")
    ]
    assert (candle.n_trades, candle.quote_asset_volume) == (
        wanted.trades, float(wanted.decimal("quote_volume")))  # fmt: skip
    assert (candle.taker_buy_base_volume, candle.taker_buy_quote_volume) == (
        float(wanted.decimal("taker_volume")), float(wanted.decimal("taker_quote_volume"))
    )  # fmt: skip


def test_different_kinds_of_messages_are_told_apart() -> None:
    samples = Bench().exchange.samples
    for frame in samples.other_frames("BTC-USDT", "1m", T0):
        got = Patterns().parse_ws_message(json.loads(frame.text))
        assert got is None or isinstance(got, WSJSONRequest), frame.name
        assert isinstance(got, WSJSONRequest) == (frame.reply is not None)


def test_what_is_not_streamed_is_there_by_rest() -> None:
    bench = Bench()
    (refusal,) = bench.open().subscribe("candle.4h.BTC-USDT")
    assert refusal["message"] == "interval is not streamed: 4h"
    assert len(bench.candles("symbol=BTC-USDT&interval=4h&limit=3")["data"]) == 3
