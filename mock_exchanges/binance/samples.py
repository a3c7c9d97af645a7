"""Binance as an observer knows it (see core.samples.Samples)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from mock_exchanges.binance import errors, wire
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.http import Response, compact
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import CandleFrame, Interval, OtherFrame, PlainSamples

_DOCS = "https://developers.binance.com/docs/binance-spot-api-docs"
_KLINES = f"{_DOCS}/rest-api/market-data-endpoints#klinecandlestick-data"
_RULES = {
    "URL": f"{_DOCS}/web-socket-streams#general-wss-information",
    "PAIR": f"{_DOCS}/rest-api/general-endpoints#exchange-information",
    "PAY": f"{_DOCS}/web-socket-streams#live-subscribingunsubscribing-to-streams",
    "INTV": f"{_DOCS}/web-socket-streams#klinecandlestick-streams-for-utc",
    "PARSE": f"{_DOCS}/web-socket-streams#klinecandlestick-streams-for-utc",
    "REST": _KLINES,
    "FALL": _KLINES,
    "GAP": _KLINES,
    "HB": f"{_DOCS}/web-socket-streams#general-wss-information",
    "RECON": f"{_DOCS}/web-socket-streams#general-wss-information",
}

PAIRS = (
    "BTC-USDT",
    "ETH-BTC",
    "SHIB-USDT",
    "POWR-USDT",
    "1000SATS-USDT",
    "1INCH-USDT",
    "BTC-FDUSD",
    "BTC-USDC",
)
QUIET_PAIR = "POWR-USDT"

_HTML = b"<html><head><title>403 Forbidden</title></head><body>Request blocked.</body></html>"


def _search(grid: Grid) -> int:
    """Return how many candles to look back for one with trades, and one without."""
    return 120 if grid.length_ms <= MINUTE_MS else 2


class BinanceSamples(PlainSamples):
    """Frames as one kind of connection gets them: raw or combined, ms or µs."""

    pairs = PAIRS
    quiet_pair = QUIET_PAIR
    ws_path = "/ws"

    def __init__(
        self, market: Market, profile: Profile, combined: bool = False, micro: bool = False
    ) -> None:
        self._market = market
        self._profile = profile
        self._combined = combined
        self._micro = micro

    def for_url(self, url: str) -> Self:
        """Return the samples of connections to a URL (``/stream`` wraps its events)."""
        parts = urlsplit(url)
        combined = parts.path.rstrip("/").endswith("/stream")
        unit = parse_qs(parts.query).get("timeUnit", [""])[0].upper()
        return type(self)(self._market, self._profile, combined, unit == "MICROSECOND")

    @property
    def ws_hosts(self) -> Mapping[str, Sequence[int]]:
        """Production stream hosts -> ports."""
        hosts = self._profile.ws_hosts
        return {host: self._profile.ws_ports for host in hosts if "testnet" not in host}

    @property
    def test_hosts(self) -> Sequence[str]:
        """Hosts of the test systems."""
        return [host for host in self._profile.ws_hosts if "testnet" in host]

    @property
    def rest_hosts(self) -> Sequence[str]:
        """Production REST hosts."""
        return [host for host in self._profile.rest_hosts if "testnet" not in host]

    @property
    def rest_limit(self) -> int:
        """The most rows one answer has."""
        return self._profile.limit_max

    @property
    def alive_for_s(self) -> float:
        """Seconds: three times what an unanswered ping is given."""
        profile = self._profile
        return 3 * (profile.ping_every_ms + profile.pong_deadline_ms) / 1000

    def symbol_forms(self, pair: str) -> Sequence[str]:
        """Return the symbol: capitals by REST and in events, small letters in stream names."""
        symbol = pair.replace("-", "")
        return symbol, symbol.lower()

    def meanings(self, name: str) -> Sequence[Interval]:
        """Return an interval; a framework's names are Binance's own."""
        grid = self._profile.intervals.get(name)
        if grid is None:
            return ()
        return [Interval(name, grid, streamed=True, rest=True)]

    def intervals(self) -> Sequence[Interval]:
        """Return all intervals, short to long."""
        return [
            Interval(name, grid, streamed=True, rest=True)
            for name, grid in self._profile.intervals.items()
        ]

    def topic(self, pair: str, interval: str) -> str:
        """Return the stream's name."""
        return f"{pair.replace('-', '').lower()}@kline_{interval}"

    def subscription(self, pair: str, interval: str) -> str:
        """Return a right SUBSCRIBE."""
        return compact({"method": "SUBSCRIBE", "params": [self.topic(pair, interval)], "id": 1})

    def candle_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return an update, closing frames, a first frame, with trades and without.

        The ``1s`` stream sends closing frames only.
        """
        grid = self._profile.intervals[interval]
        opened = grid.floor(now_ms)
        before = self._market.candles(pair, grid, grid.back(opened, _search(grid)), opened)
        frames = []
        if grid.length_ms > SECOND_MS:
            running = self._market.at(pair, grid, now_ms)
            first = self._market.at(pair, grid, opened)
            late = opened + self._profile.first_frame_ms
            for name, candle, at_ms in (("update", running, now_ms), ("first", first, late)):
                if candle is not None:
                    frames.append(self._frame(name, pair, interval, candle, at_ms))
        for name, traded in (("closing", True), ("closing without trades", False)):
            candle = next((c for c in reversed(before) if bool(c.trades) is traded), None)
            if candle is not None:
                frames.append(self._frame(name, pair, interval, candle, candle.end_ms + 3))
        return frames

    def lean_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return candle events without ``B``, which was not always there (seen in 2023)."""
        lean = []
        for frame in self.candle_frames(pair, interval, now_ms):
            data = json.loads(frame.text)
            data.get("data", data)["k"].pop("B")
            lean.append(CandleFrame(f"{frame.name}, without B", compact(data), frame.candles))
        return lean

    def other_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[OtherFrame]:
        """Return answers to requests, errors, the shutdown notice, an event of another stream."""
        topic = self.topic(pair, interval)
        symbol = pair.replace("-", "")
        bad_stream = errors.StreamError(2, "Invalid request: invalid stream", 3)
        bad_json = errors.StreamError(3, "Invalid JSON: expected value at line 1 column 1")
        trade = {
            "e": "trade", "E": now_ms, "s": symbol, "t": 910021, "p": "612.30000000",
            "q": "0.41000000", "T": now_ms - 2, "m": True, "M": True,
        }  # fmt: skip
        shutdown = {"e": self._profile.shutdown_event, "E": now_ms}
        return [
            OtherFrame("the confirmation of a subscription", '{"result":null,"id":1}'),
            OtherFrame("a list of subscriptions", compact({"result": [topic], "id": 9})),
            OtherFrame("the value of a property", '{"result":true,"id":11}'),
            OtherFrame("an error without an id", bad_json.text(), error=True),
            OtherFrame("a refusal of a request", bad_stream.text(), error=True),
            OtherFrame("the notice of a shutdown", self._wrap("!serverShutdown", shutdown)),
            OtherFrame("an event of another stream", self._wrap(f"{symbol.lower()}@trade", trade)),
        ]

    def about(self, text: str) -> tuple[str, str] | None:
        """Return pair and interval of a kline event."""
        try:
            data = json.loads(text)
            event = data.get("data", data)
            if event.get("e") != "kline":
                return None
            pair = wire.symbols(self._market.pairs).get(event["k"]["s"])
            return (pair, event["k"]["i"]) if pair else None
        except (ValueError, AttributeError, KeyError, TypeError):
            return None

    def refuses(self, answer: str) -> str | None:
        """Return the text of an error frame."""
        try:
            error = json.loads(answer).get("error")
        except (ValueError, AttributeError):
            return None
        return f"code {error['code']}: {error['msg']}" if error else None

    def rest_failures(self) -> Mapping[str, Response]:
        """Return error answers of klines, and what stands between a client and Binance."""
        limit, code = self._profile.weight_limit, self._profile.too_much_weight
        html = {"Content-Type": "text/html"}
        return {
            "HTTP 400 with an error object": errors.ApiError(
                -1000, "An unknown error occurred while processing the request."
            ).response(),
            "HTTP 429 with Retry-After": errors.over_weight(code, limit, 5).response(),
            "HTTP 418 with Retry-After": errors.banned(code, 1_772_443_050_000, 120).response(),
            "HTTP 500 with an error object": errors.ApiError(
                -1001, "Internal error; unable to process your request. Please try again.", 500
            ).response(),
            "HTTP 503 with an empty body": Response(503, b"", errors.TEXT_HEADERS),
            "HTTP 403 with HTML": Response(403, _HTML, html),
            "HTTP 200 with HTML": Response(200, _HTML, html),
            "HTTP 200 with an error object": Response(
                200, errors.bad_symbol().response().body, errors.JSON_HEADERS
            ),
            "HTTP 200 with an empty body": Response(200, b"", errors.JSON_HEADERS),
            "HTTP 200 with a body cut off": Response(
                200, b'[[1772442900000,"612.30000000","613.10000000"', errors.JSON_HEADERS, 30
            ),
        }

    def too_many(self, wait_s: int, *, handshake: bool = False) -> Response:
        """Return the answer over the budget of weight, or to a handshake over its rate."""
        profile = self._profile
        if handshake:
            return Response(profile.handshake_refusal, b"", errors.TEXT_HEADERS)
        code, limit = profile.too_much_weight, profile.weight_limit
        return errors.over_weight(code, limit, wait_s).response()

    def banned(self, now_ms: int, until_ms: int, *, handshake: bool = False) -> Response:
        """Return HTTP 418; what a handshake gets with it is written down nowhere."""
        if handshake:
            return Response(418, b"", errors.TEXT_HEADERS)
        wait_s = -(-(until_ms - now_ms) // SECOND_MS)
        return errors.banned(self._profile.too_much_weight, until_ms, wait_s).response()

    def rule(self, check_id: str) -> str | None:
        """Return the page of Binance's documents behind a check."""
        return _RULES.get(check_id.partition("-")[0])

    def _frame(
        self, name: str, pair: str, interval: str, candle: Candle, at_ms: int
    ) -> CandleFrame:
        text = wire.event(
            candle, pair.replace("-", ""), interval, at_ms, closed=candle.closed, micro=self._micro
        )
        if self._combined:
            text = f'{{"stream":"{self.topic(pair, interval)}","data":{text}}}'
        return CandleFrame(name, text, (candle,))

    def _wrap(self, stream: str, event: Mapping[str, Any]) -> str:
        return compact({"stream": stream, "data": event} if self._combined else event)
