"""OKX as an observer knows it (see core.samples.Samples)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.calendar import MINUTE_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.http import Response, compact
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import CandleFrame, Interval, OtherFrame, PlainSamples
from mock_exchanges.okx import channels, errors, intervals, requests, wire
from mock_exchanges.okx.candles import CandleStream
from mock_exchanges.okx.profile import Profile
from mock_exchanges.okx.wire import PREFIX, Frames

_DOCS = "https://www.okx.com/docs-v5/en"
_CHANNEL = f"{_DOCS}/#order-book-trading-market-data-ws-candlesticks-channel"
_CANDLES = f"{_DOCS}/#order-book-trading-market-data-get-candlesticks"
_RULES = {
    "URL": _CHANNEL,
    "PAIR": f"{_DOCS}/#public-data-rest-api-get-instruments",
    "PAY": f"{_DOCS}/#overview-websocket-subscribe",
    "INTV": _CHANNEL,
    "PARSE": _CHANNEL,
    "REST": f"{_CANDLES}-history",
    "FALL": _CANDLES,
    "GAP": f"{_CANDLES}-history",
    "HB": f"{_DOCS}/#overview-websocket-connect",
    "RECON": f"{_DOCS}/#overview-websocket-connect",
}

PAIRS = (
    "BTC-USDT",
    "ETH-BTC",
    "SHIB-USDT",
    "POWR-USDT",
    "BTC-USDC",
    "BTC-USD",
    "1INCH-USDT",
    "DOGE-USDT",
)
QUIET_PAIR = "POWR-USDT"

_CONN_ID = "1f2e3d4c"
_HTML = b"<html><head><title>Just a moment...</title></head><body>Checking.</body></html>"
_HTML_HEADERS = {"Content-Type": "text/html; charset=UTF-8"}


def _search(grid: Grid) -> int:
    """Return how many candles to look back for one with trades, and one without."""
    return 120 if grid.length_ms <= MINUTE_MS else 2


class OKXSamples(PlainSamples):
    """Frames, requests and answers of one profile."""

    pairs = PAIRS
    quiet_pair = QUIET_PAIR
    ping_every_s = 20.0

    def __init__(self, market: Market, profile: Profile) -> None:
        self._market = market
        self._profile = profile
        self.ws_path = profile.candle_paths[0]
        self._frames = Frames(_CONN_ID if profile.conn_id else "")

    @property
    def ws_hosts(self) -> Mapping[str, Sequence[int]]:
        """Production stream hosts -> ports."""
        hosts = self._profile.ws_hosts
        test = self._profile.test_hosts
        return {host: self._profile.ws_ports for host in hosts if host not in test}

    @property
    def test_hosts(self) -> Sequence[str]:
        """Hosts of demo trading."""
        return self._profile.test_hosts

    @property
    def rest_hosts(self) -> Sequence[str]:
        """REST hosts; demo trading uses them too, told by a header."""
        return self._profile.rest_hosts

    @property
    def rest_limit(self) -> int:
        """The most rows one answer has."""
        return min(self._profile.limit_max, self._profile.history_limit_max)

    @property
    def alive_for_s(self) -> float:
        """Seconds: four times what a silent connection is given."""
        return 4 * self._profile.idle_ms / 1000

    def symbol_forms(self, pair: str) -> Sequence[str]:
        """Return the instId: the standard name itself."""
        return (pair,)

    def ping(self, number: int) -> str:
        """Return the text that is answered with ``pong``."""
        return "ping"

    def meanings(self, name: str) -> Sequence[Interval]:
        """Return what a framework's name means: from 6h on in UTC and in UTC+8."""
        return [self._interval(found) for found in intervals.meant(name)]

    def intervals(self) -> Sequence[Interval]:
        """Return all intervals, short to long."""
        return [self._interval(name) for name in self._profile.intervals]

    def topic(self, pair: str, interval: str) -> str:
        """Return the hub's topic."""
        return channels.topic(f"{PREFIX}{interval}", pair)

    def subscription(self, pair: str, interval: str) -> str:
        """Return a right subscribe."""
        arg = {"channel": f"{PREFIX}{interval}", "instId": pair}
        return compact({"op": "subscribe", "args": [arg]})

    def candle_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return an update, the first push of a candle, complete ones with and without trades."""
        grid = self._profile.intervals[interval]
        opened = grid.floor(now_ms)
        before = self._market.candles(pair, grid, grid.back(opened, _search(grid)), opened)
        stream = CandleStream(self._market, f"{PREFIX}{interval}", pair, grid, self._profile)
        running = self._market.at(pair, grid, now_ms)
        first = self._market.at(pair, grid, opened + stream.late(opened) + 1)
        frames = [
            self._frame(name, pair, interval, candle)
            for name, candle in (("update", running), ("first", first))
            if candle is not None
        ]
        for name, traded in (("complete", True), ("complete, without trades", False)):
            ended = next((c for c in reversed(before) if bool(c.trades) is traded), None)
            if ended is not None:
                frames.append(self._frame(name, pair, interval, ended))
        return frames

    def other_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[OtherFrame]:
        """Return confirmations, errors, the answers to ping and login, the notice."""
        arg = {"channel": f"{PREFIX}{interval}", "instId": pair}
        refused = errors.wrong_url(self._profile.wrong_url, {**arg, "instId": "NOPE-USDT"})
        junk = errors.illegal('{"op":"ping"}')
        often = errors.too_frequent()
        frames = self._frames
        return [
            OtherFrame(
                "the confirmation of a subscription", frames.confirmed("subscribe", arg, None)
            ),
            OtherFrame(
                "a confirmation with the request's id", frames.confirmed("subscribe", arg, "a1")
            ),
            OtherFrame("the end of a subscription", frames.confirmed("unsubscribe", arg, None)),
            OtherFrame(
                "a refusal of a subscription", frames.refused(refused.code, refused.message),
                error=True,
            ),
            OtherFrame(
                "a refusal of what is no request", frames.refused(junk.code, junk.message),
                error=True,
            ),
            OtherFrame(
                "a refusal of too many requests", frames.refused(often.code, often.message),
                error=True,
            ),
            OtherFrame("the answer to a login", frames.logged_in()),
            OtherFrame("the answer to a ping", "pong"),
            OtherFrame("the notice of a service upgrade", frames.notice()),
        ]  # fmt: skip

    def about(self, text: str) -> tuple[str, str] | None:
        """Return pair and interval of a candle push."""
        try:
            data = json.loads(text)
            name, pair = data["arg"]["channel"], data["arg"]["instId"]
            if not name.startswith(PREFIX) or not data["data"] or pair not in self._market.pairs:
                return None
            return pair, name.removeprefix(PREFIX)
        except (ValueError, AttributeError, KeyError, TypeError):
            return None

    def refuses(self, answer: str) -> str | None:
        """Return the text of an error event."""
        try:
            data = json.loads(answer)
            return f"code {data['code']}: {data['msg']}" if data["event"] == "error" else None
        except (ValueError, KeyError, TypeError):
            return None

    def rest_failures(self) -> Mapping[str, Response]:
        """Return error answers of candles, and what stands between a client and OKX."""
        status = self._profile.bad_parameter_status
        busy = errors.ApiError("50013", "Systems are busy. Please try again later.", 429)
        away = errors.ApiError(
            "50001", "Service temporarily unavailable. Please try again later.", 503
        )
        throttled = errors.ApiError(
            "50011",
            "Rate limit reached. Please refer to API documentation and throttle requests "
            "accordingly.",
            200,
        )
        cut = b'{"code":"0","msg":"","data":[["1772442900000","612.3","613.1","612"'
        return {
            "HTTP 200 with code 51001": errors.unknown_instrument().response(),
            "HTTP 200 with code 50011": throttled.response(),
            f"HTTP {status} with code 51000": errors.wrong("bar", status).response(),
            "HTTP 429 with code 50011": errors.too_many_requests().response(),
            "HTTP 429 with code 50013": busy.response(),
            "HTTP 503 with code 50001": away.response(),
            "HTTP 500 with an empty body": Response(500, b"", errors.JSON_HEADERS),
            "HTTP 403 with HTML": Response(403, _HTML, _HTML_HEADERS),
            "HTTP 200 with HTML": Response(200, _HTML, _HTML_HEADERS),
            "HTTP 200 with an empty body": Response(200, b"", errors.JSON_HEADERS),
            "HTTP 200 with a body cut off": Response(200, cut, errors.JSON_HEADERS, 40),
        }

    def too_many(self, wait_s: int, *, handshake: bool = False) -> Response:
        """Return the gateway's answer over a rate limit, which does not tell how long to wait."""
        if handshake:
            return Response(self._profile.connects_refusal)
        return errors.too_many_requests().response()

    def flooded(self, text: str, now_ms: int) -> Sequence[Action]:
        """Return the error for more requests than an hour has; the connection stays."""
        often = errors.too_frequent()
        try:
            identity = requests.read(text, self._profile.id_characters).id
        except errors.StreamError:
            identity = None
        return [Send(self._frames.refused(often.code, often.message, identity), role="error")]

    def banned(self, now_ms: int, until_ms: int, *, handshake: bool = False) -> Response:
        """Return the 403 of the edge: OKX documents no ban (a guess)."""
        return Response(403, _HTML, _HTML_HEADERS)

    def rule(self, check_id: str) -> str | None:
        """Return the page of OKX's documents behind a check."""
        return _RULES.get(check_id.partition("-")[0])

    def _interval(self, name: str) -> Interval:
        rest = name not in self._profile.streamed_only
        return Interval(name, self._profile.intervals[name], streamed=True, rest=rest)

    def _frame(self, name: str, pair: str, interval: str, candle: Candle) -> CandleFrame:
        text = wire.push(candle, f"{PREFIX}{interval}", pair, self._profile.columns)
        return CandleFrame(name, text, (candle,))
