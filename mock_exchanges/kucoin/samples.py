"""KuCoin as an observer knows it (see core.samples.Samples)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode

from mock_exchanges.core.actions import Action, Close, Drop, Send
from mock_exchanges.core.calendar import MINUTE_MS, SECOND_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.http import Response, compact
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import (
    CandleFrame,
    Interval,
    OtherFrame,
    PlainSamples,
    TokenDesk,
)
from mock_exchanges.kucoin import errors, wire
from mock_exchanges.kucoin.candles import time_ns
from mock_exchanges.kucoin.handshake import server_id
from mock_exchanges.kucoin.names import CANDLES, Names
from mock_exchanges.kucoin.profile import Profile
from mock_exchanges.kucoin.tokens import Tokens

_DOCS = "https://www.kucoin.com/docs-new"
_INTRO = f"{_DOCS}/websocket-api/base-info/introduction"
_STREAM = f"{_DOCS}/3470071w0"
_KLINES = f"{_DOCS}/rest/spot-trading/market-data/get-klines"
_RULES = {
    "URL": f"{_DOCS}/websocket-api/base-info/get-public-token-spot-margin",
    "PAIR": f"{_DOCS}/rest/spot-trading/market-data/get-all-symbols",
    "PAY": _STREAM,
    "INTV": _STREAM,
    "PARSE": _STREAM,
    "REST": _KLINES,
    "FALL": _KLINES,
    "GAP": _KLINES,
    "HB": _INTRO,
    "RECON": _INTRO,
}

PAIRS: tuple[str, ...] = (
    "BTC-USDT",
    "ETH-BTC",
    "SHIB-USDT",
    "POWR-USDT",
    "1INCH-USDT",
    "BTC-USDC",
    "BTC-EUR",
    "KCS-USDT",
)
QUIET_PAIR = "POWR-USDT"

# framework's name -> KuCoin's
MEANINGS = {
    "1m": "1min",
    "3m": "3min",
    "5m": "5min",
    "15m": "15min",
    "30m": "30min",
    "1h": "1hour",
    "2h": "2hour",
    "4h": "4hour",
    "6h": "6hour",
    "8h": "8hour",
    "12h": "12hour",
    "1d": "1day",
    "1w": "1week",
    "1M": "1month",
}

_HTML = b"<html><head><title>Attention Required! | Cloudflare</title></head></html>"
_ID = "66a1b2c3d4e5f60718293a4b"


class KuCoinSamples(PlainSamples):
    """Frames, hosts and requests of KuCoin Spot."""

    pairs = PAIRS
    quiet_pair = QUIET_PAIR
    usual = "1min"
    flat = False
    marks_close = False

    def __init__(self, market: Market, profile: Profile) -> None:
        self._market = market
        self._profile = profile
        self._names = Names(market.pairs, profile)
        self._late_ms = profile.tick_phases_ms[0]
        self.token_desk = TokenDesk("/api/v1/bullet-public", profile.token_valid_ms / 1000)
        self.ws_path = profile.ws_path
        self.ping_every_s = profile.ping_interval_ms / SECOND_MS

    @property
    def ws_hosts(self) -> Mapping[str, Sequence[int]]:
        """Hosts of the endpoints that tokens come with -> ports."""
        return dict.fromkeys(self._profile.ws_hosts, (443,))

    @property
    def test_hosts(self) -> Sequence[str]:
        """Hosts of the sandbox, which is switched off."""
        return self._profile.test_hosts

    @property
    def rest_hosts(self) -> Sequence[str]:
        """Production REST hosts."""
        return self._profile.rest_hosts

    @property
    def rest_limit(self) -> int:
        """The most rows one answer has."""
        return self._profile.limit_max

    @property
    def alive_for_s(self) -> float:
        """Seconds: four times what a silent client is given."""
        return 4 * (self._profile.idle_ms + self._profile.idle_close_after_ms) / SECOND_MS

    def ping(self, number: int) -> str:
        """Return the n-th ping; its id comes back with the pong."""
        return compact({"id": f"ping-{number}", "type": "ping"})

    def announcing(self, answer: Response, every_s: float) -> Response | None:
        """Return the answer with ``pingInterval`` set anew; it may not be a token's.

        None for a period in which a client would be taken for silent.
        """
        if every_s * SECOND_MS >= self._profile.idle_ms:
            return None
        data = json.loads(answer.body)
        if not (data.get("data") or {}).get("instanceServers"):
            return None
        for server in data["data"]["instanceServers"]:
            server["pingInterval"] = round(every_s * SECOND_MS)
        return replace(answer, body=compact(data).encode())

    def handshake(self, now_ms: int) -> tuple[str, str]:
        """Return path and query with a token issued now."""
        tokens = Tokens(self._market.seed, self._profile.token_valid_ms)
        query = {"token": tokens.issue(now_ms), "connectId": "sample"}
        return self._profile.ws_path, urlencode(query)

    def symbol_forms(self, pair: str) -> Sequence[str]:
        """Return the symbol, which is the standard name."""
        return (pair,)

    def meanings(self, name: str) -> Sequence[Interval]:
        """Return what a framework's interval is here; KuCoin's own names mean nothing."""
        own = MEANINGS.get(name)
        return () if own is None else (self._interval(own),)

    def intervals(self) -> Sequence[Interval]:
        """Return all intervals, short to long."""
        return [self._interval(name) for name in self._profile.intervals]

    def _interval(self, name: str) -> Interval:
        grid = self._profile.intervals[name]
        streamed = not grid.months or self._profile.month_streamed
        return Interval(name, grid, streamed=streamed, rest=True)

    def topic(self, pair: str, interval: str) -> str:
        """Return the topic of one pair and interval."""
        return f"{CANDLES}:{pair}_{interval}"

    def subscription(self, pair: str, interval: str) -> str:
        """Return a right subscribe that asks for an ack."""
        return compact(
            {
                "id": "1",
                "type": "subscribe",
                "topic": self.topic(pair, interval),
                "privateChannel": False,
                "response": True,
            }
        )

    def candle_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return an update, a candle's first message, its last one, and a filler.

        The first is of the second in which the candle was first traded; the last
        comes after the candle has ended; a filler is the ``add`` of an empty interval.
        """
        grid = self._profile.intervals[interval]
        opened = grid.floor(now_ms)
        frames = []
        second = now_ms - now_ms % SECOND_MS
        running = self._market.at(pair, grid, second - 1)
        if running is not None and running.trades:
            late = second + self._late_ms
            frames.append(self._frame("update", pair, interval, running, "update", late))
        before = self._market.candles(pair, grid, grid.back(opened, _search(grid)), opened)
        traded = [candle for candle in before if candle.trades]
        if traded:
            last = traded[-1]
            first_ms = self._first_told(pair, last)
            first = self._market.at(pair, grid, first_ms - 1)
            if first is not None:
                frames.append(
                    self._frame("first", pair, interval, first, "add", first_ms + self._late_ms)
                )
            late = last.end_ms + self._late_ms
            frames.append(self._frame("last", pair, interval, last, "update", late))
        for empty, after in pairwise(before):
            if not empty.trades and after.trades and self._profile.filler:
                told = self._first_told(pair, after) + self._late_ms
                frames.append(self._frame("filler", pair, interval, empty, "add", told))
                break
        return frames

    def _first_told(self, pair: str, candle: Candle) -> int:
        """Return the end of the second in which a candle was first traded."""
        minute = candle.open_ms
        while not (times := self._market.trade_times(pair, minute)):
            minute += MINUTE_MS
        return times[0] - times[0] % SECOND_MS + SECOND_MS

    def _frame(
        self,
        name: str,
        pair: str,
        interval: str,
        candle: Candle,
        subject: wire.Subject,
        at_ms: int,
    ) -> CandleFrame:
        topic = self.topic(pair, interval)
        text = wire.push(
            candle, topic, pair, subject, time_ns(topic, at_ms),
            data_first=self._profile.data_first,
        )  # fmt: skip
        return CandleFrame(name, text, (candle,))

    def other_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[OtherFrame]:
        """Return greetings, acks, pongs, errors and a message of another topic."""
        topic = self.topic(pair, interval)
        profile = self._profile
        wrong = (
            ("a refused token", _ID, 401, "token is expired"),
            ("an unknown topic", "1", 404, "topic does not exist"),
            ("an unknown symbol", "1", 404, f"topic {topic}x is not found"),
            ("too many subscriptions", "1", 509,
             f"exceed max subscription count limitation of {profile.topics_per_connection}"
             " per session"),
            ("too many messages", _ID, 509, profile.flood_error),
            ("no ping for a minute", _ID, 400, "ping timeout"),
            ("a complaint without an id", None, 400, "ping timeout"),
        )  # fmt: skip
        ticker = {
            "topic": f"/market/ticker:{pair}",
            "type": "message",
            "subject": "trade.ticker",
            "data": {
                "bestAsk": "35010.2", "bestAskSize": "0.8", "bestBid": "35010.1",
                "bestBidSize": "1.1", "price": "35010.1", "sequence": "14463462321",
                "size": "0.01", "time": now_ms,
            },
        }  # fmt: skip
        stamped = compact({"id": "2", "type": "pong", "timestamp": now_ms * 1000})
        return [
            OtherFrame("the greeting", '{"id":"sample","type":"welcome"}'),
            OtherFrame("the confirmation of a subscription", '{"id":"1","type":"ack"}'),
            OtherFrame("a pong with the time", stamped),
            OtherFrame("a pong", '{"id":"2","type":"pong"}'),
            OtherFrame("a message of another topic", compact(ticker)),
            *(
                OtherFrame(f"an error: {name}", errors.error_frame(code, data, id), error=True)
                for name, id, code, data in wrong
            ),
        ]

    def about(self, text: str) -> tuple[str, str] | None:
        """Return pair and interval of a candle message, which its topic tells."""
        try:
            message = json.loads(text)
            found = self._names.find(message["topic"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return (found.symbol, found.interval) if found else None

    def refuses(self, answer: str) -> str | None:
        """Return the text of an error frame."""
        if '"error"' not in answer:  # as a thousand pongs are not
            return None
        try:
            message = json.loads(answer)
            if message["type"] != "error":
                return None
            return f"code {message['code']}: {message['data']}"
        except (ValueError, KeyError, TypeError):
            return None

    def rest_failures(self) -> Mapping[str, Response]:
        """Return error answers of candles, and what stands between a client and KuCoin."""
        html = {"Content-Type": "text/html"}
        unsupported = errors.ApiError("400100", "Unsupported trading pair.").response()
        spent = {
            "gw-ratelimit-limit": "2000",
            "gw-ratelimit-remaining": "0",
            "gw-ratelimit-reset": "5000",
        }
        too_many = errors.too_many(self._profile.too_many).response()
        return {
            "HTTP 200 with an error object": unsupported,
            "HTTP 400 with an error object": errors.missing("symbol", 400).response(),
            "HTTP 429 when the budget is spent": Response(
                429, too_many.body, {**too_many.headers, **spent}
            ),
            "HTTP 429 of an overload": too_many,
            "HTTP 200 with code 429000": Response(200, too_many.body, too_many.headers),
            "HTTP 500 with an error object": errors.ApiError(
                "500000", "Internal Server Error", 500
            ).response(),
            "HTTP 503 with an empty body": Response(503),
            "HTTP 403 with HTML": Response(403, _HTML, html),
            "HTTP 200 with HTML": Response(200, _HTML, html),
            "HTTP 200 with an empty body": Response(200, b"", errors.JSON_HEADERS),
            "HTTP 200 with a body cut off": Response(
                200, b'{"code":"200000","data":[["1772442900","612.3"', errors.JSON_HEADERS, 30
            ),
        }

    def too_many(self, wait_s: int, *, handshake: bool = False) -> Response:
        """Return the answer when the budget is spent; a header tells when there is more."""
        if handshake:
            return Response(self._profile.handshake_refusal)
        answer = errors.too_many(self._profile.too_many).response()
        spent = {
            "gw-ratelimit-limit": str(self._profile.weight_limit),
            "gw-ratelimit-remaining": "0",
            "gw-ratelimit-reset": str(wait_s * SECOND_MS),
        }
        return Response(answer.status, answer.body, {**answer.headers, **spent})

    def banned(self, now_ms: int, until_ms: int, *, handshake: bool = False) -> Response:
        """Return the page of Cloudflare, which keeps out whom KuCoin does not.

        https://www.kucoin.com/docs-new/rate-limit
        """
        return Response(403, _HTML, {"Content-Type": "text/html"})

    def token_issued_ms(self, query: str) -> int | None:
        """Return when the token in a handshake's query was issued, None if there is none."""
        sent = dict(parse_qsl(query))
        tokens = Tokens(self._market.seed, self._profile.token_valid_ms)
        return tokens.issued_ms(sent.get("token", ""))

    def flooded(self, text: str, now_ms: int) -> Sequence[Action]:
        """Return the error with an id of the server's, and how the connection ends then."""
        profile = self._profile
        error = errors.error_frame(509, profile.flood_error, server_id(0, now_ms, 1))
        close = Close(profile.close_code, profile.close_reason)
        return [Send(error, role="error"), close if profile.flood_ends == "close" else Drop("eof")]

    def rule(self, check_id: str) -> str | None:
        """Return the page of KuCoin's documents behind a check."""
        return _RULES.get(check_id.partition("-")[0])


def _search(grid: Grid) -> int:
    """Return how many candles to look back for one with trades, and one without."""
    return 120 if grid.length_ms <= MINUTE_MS else 2
