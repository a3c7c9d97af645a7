"""Coinbase as an observer knows it (see core.samples.Samples)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from mock_exchanges.coinbase import candles, errors, stream, wire
from mock_exchanges.coinbase.names import Names
from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.actions import Action, Send
from mock_exchanges.core.calendar import HOUR_MS, Grid
from mock_exchanges.core.http import Response, compact
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import CandleFrame, Interval, OtherFrame, PlainSamples

_DOCS = "https://docs.cdp.coinbase.com"
_WS = f"{_DOCS}/coinbase-app/advanced-trade-apis/websocket"
_REST = f"{_DOCS}/api-reference/advanced-trade-api/rest-api/public"
_CANDLES = f"{_REST}/get-public-product-candles"
_RULES = {
    "URL": f"{_WS}/websocket-overview",
    "PAIR": f"{_REST}/list-public-products",
    "PAY": f"{_WS}/websocket-overview#sending-messages-with-cdp-keys",
    "INTV": f"{_WS}/websocket-channels#candles-channel",
    "PARSE": f"{_WS}/websocket-channels#candles-channel",
    "REST": _CANDLES,
    "FALL": _CANDLES,
    "GAP": _CANDLES,
    "HB": f"{_WS}/websocket-channels#heartbeats-channel",
    "RECON": f"{_WS}/websocket-overview#sequence-numbers",
}

PAIRS = (
    "BTC-USD",
    "ETH-BTC",
    "SHIB-USDT",
    "POWR-USDT",
    "ETH-USD",
    "BTC-USDT",
    "BTC-EUR",
    "1INCH-USDT",
)
QUIET_PAIR = "POWR-USDT"

# a framework's names; ONE_WEEK is answered, but no document promises it
_MEANINGS = {
    "1m": "ONE_MINUTE",
    "5m": "FIVE_MINUTE",
    "15m": "FIFTEEN_MINUTE",
    "30m": "THIRTY_MINUTE",
    "1h": "ONE_HOUR",
    "2h": "TWO_HOUR",
    "4h": "FOUR_HOUR",
    "6h": "SIX_HOUR",
    "1d": "ONE_DAY",
    "1w": "ONE_WEEK",
}
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>cloudflare</body></html>"
# seconds in which a quiet pair is surely silent for longer than a connection may be
_ALIVE_FOR_S = 900.0


class CoinbaseSamples(PlainSamples):
    """Frames of the market-data host; all connections get the same."""

    pairs = PAIRS
    quiet_pair = QUIET_PAIR
    flat = False
    marks_close = False
    alive_for_s = _ALIVE_FOR_S

    def __init__(self, market: Market, profile: Profile) -> None:
        self._market = market
        self._profile = profile
        self._names = Names(market.pairs, profile)
        self.usual = profile.streamed

    @property
    def ws_hosts(self) -> Mapping[str, Sequence[int]]:
        """Production hosts with candles -> ports."""
        return dict.fromkeys(self._profile.ws_hosts, self._profile.ws_ports)

    @property
    def test_hosts(self) -> Sequence[str]:
        """Hosts of the sandbox."""
        return self._profile.test_hosts

    @property
    def rest_hosts(self) -> Sequence[str]:
        """Production REST hosts."""
        return self._profile.rest_hosts

    @property
    def rest_limit(self) -> int:
        """The most candles that are granted under every reading of the limit.

        Reports differ on whether a range over 350 intervals, both ends aligned, passes.
        """
        return self._profile.candles_max - 1

    def symbol_forms(self, pair: str) -> Sequence[str]:
        """Return the product id: the standard name."""
        return (pair,)

    def opening(self) -> Sequence[str]:
        """Return the subscription to heartbeats, which keeps the others open."""
        return (compact({"type": "subscribe", "channel": stream.HEARTBEATS}),)

    def meanings(self, name: str) -> Sequence[Interval]:
        """Return an interval: Coinbase writes its numbers out."""
        own = _MEANINGS.get(name, name)
        grids = {**self._profile.intervals, **self._profile.undocumented_intervals}
        if own not in grids:
            return ()
        return [Interval(own, grids[own], streamed=own == self._profile.streamed, rest=True)]

    def intervals(self) -> Sequence[Interval]:
        """Return the documented intervals, short to long."""
        return [
            Interval(name, grid, streamed=name == self._profile.streamed, rest=True)
            for name, grid in self._profile.intervals.items()
        ]

    def topic(self, pair: str, interval: str) -> str:
        """Return the topic of a pair's candles; there is one interval only."""
        return candles.topic(pair)

    def subscription(self, pair: str, interval: str) -> str:
        """Return a right subscribe."""
        return compact({"type": "subscribe", "product_ids": [pair], "channel": candles.CHANNEL})

    def candle_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return an update, the last one of a bucket, and the first one of the next."""
        grid = self._profile.intervals[interval]
        frames = []
        opened = grid.floor(now_ms)
        if so_far := candles.ticks(self._market, pair, opened, now_ms, self._profile):
            frames.append(self._update("update", pair, grid, so_far[-1]))
        whole = candles.last_traded(self._market, pair, grid, now_ms)
        if whole is not None:
            told = candles.ticks(self._market, pair, whole.open_ms, whole.end_ms, self._profile)
            frames.append(self._update("last of its bucket", pair, grid, told[-1]))
            frames.append(self._update("first of its bucket", pair, grid, told[0]))
        return frames

    def batch_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return the snapshot, which has gaps (in the guide's shape it is one candle)."""
        found = candles.snapshot_candles(self._market, pair, self._profile, now_ms)
        if len(found) < 2:
            return ()
        text = candles.snapshot(self._market, pair, self._profile, now_ms)
        return [CandleFrame("snapshot", wire.numbered(text, 0), tuple(found))]

    def lean_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return candle frames without ``client_id``, which production stopped sending to some."""
        lean = CoinbaseSamples(self._market, replace(self._profile, client_id=None))
        return [
            replace(frame, name=f"{frame.name}, without client_id")
            for frame in lean.candle_frames(pair, interval, now_ms)
        ]

    def other_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[OtherFrame]:
        """Return acknowledgements, beats, errors, a message of another channel."""
        beats = {stream.HEARTBEATS: [stream.HEARTBEATS]}
        beat = wire.heartbeat_event(now_ms, now_ms - 30 * HOUR_MS, stream.HEARTBEATS)
        status = {
            "type": "snapshot",
            "products": [
                {"product_type": "SPOT", "id": pair, "base_currency": pair.partition("-")[0],
                 "quote_currency": pair.partition("-")[2], "base_increment": "0.00000001",
                 "quote_increment": "0.01", "display_name": pair.replace("-", "/"),
                 "status": "online", "status_message": "", "min_market_funds": "1"}
            ],
        }  # fmt: skip
        return [
            OtherFrame("the list of subscriptions", self._listed({candles.CHANNEL: [pair]})),
            OtherFrame(
                "the list of subscriptions with heartbeats",
                self._listed({candles.CHANNEL: [pair], **beats}),
            ),
            OtherFrame("the empty list of subscriptions", self._listed({})),
            OtherFrame("a heartbeat", self._other(stream.HEARTBEATS, beat, now_ms)),
            OtherFrame("a refusal", errors.frame(self._profile.refusal), error=True),
            OtherFrame("the error of a burst", errors.frame(self._profile.flood_text), error=True),
            OtherFrame(
                "a message of another channel", self._other("status", compact(status), now_ms)
            ),
        ]

    def about(self, text: str) -> tuple[str, str] | None:
        """Return pair and interval of a candles message."""
        try:
            message = json.loads(text)
            if message["channel"] != candles.CHANNEL:
                return None
            candle = message["events"][0]["candles"][0]
            pair = self._unnamed(candle) if self._profile.simplified else candle["product_id"]
            return (pair, self._profile.streamed) if pair in self._names.books else None
        except (ValueError, LookupError, TypeError):
            return None

    def refuses(self, answer: str) -> str | None:
        """Return the text of an error frame."""
        try:
            message = json.loads(answer)
            return str(message["message"]) if message["type"] == "error" else None
        except (ValueError, LookupError, TypeError):
            return None

    def rest_failures(self) -> Mapping[str, Response]:
        """Return error answers of candles, and what stands between a client and Coinbase."""
        html = {"Content-Type": "text/html"}
        unknown = errors.unknown_product(self._profile.unknown_product).response()
        return {
            "HTTP 400 with an error object": errors.too_wide(self._profile.candles_max).response(),
            "HTTP 401 with plain text": errors.unauthorized(),
            "HTTP 403 with an error object": errors.missing_scope().response(),
            "HTTP 404 with an error object": unknown,
            "HTTP 429 with errors": errors.too_many(self._profile.too_many_requests),
            "HTTP 502 with HTML": Response(502, _HTML, html),
            "HTTP 503 with an empty body": Response(503),
            "HTTP 200 with HTML": Response(200, _HTML, html),
            "HTTP 200 with an error object": Response(200, unknown.body, errors.JSON_HEADERS),
            "HTTP 200 with an empty body": Response(200, b"", errors.JSON_HEADERS),
            "HTTP 200 with a body cut off": Response(
                200, b'{"candles":[{"start":"1772494800","low":"71802.1"', errors.JSON_HEADERS, 30
            ),
        }

    def too_many(self, wait_s: int, *, handshake: bool = False) -> Response:
        """Return the answer over a rate limit, which does not tell how long to wait."""
        answer = errors.too_many(self._profile.too_many_requests)
        if handshake:
            return replace(answer, status=self._profile.connection_refusal)
        return answer

    def flooded(self, text: str, now_ms: int) -> Sequence[Action]:
        """Return the error of a burst; the connection stays, the message is dropped."""
        return [Send(errors.frame(self._profile.flood_text), role="error")]

    def rule(self, check_id: str) -> str | None:
        """Return the page of Coinbase's documents behind a check."""
        return _RULES.get(check_id.partition("-")[0])

    def _unnamed(self, row: Mapping[str, str]) -> str | None:
        """Return the pair of a candle that does not say it: the one with such an open."""
        grid = self._profile.intervals[self._profile.streamed]
        opened = int(datetime.fromisoformat(row["start"]).timestamp()) * 1000
        for pair in self._names.books:
            candle = self._market.candle(pair, grid, grid.floor(opened))
            if candle and wire.trimmed(candle.open, candle.price_digits) == row["open"]:
                return pair
        return None

    def _update(self, name: str, pair: str, grid: Grid, tick_ms: int) -> CandleFrame:
        candle = self._market.at(pair, grid, tick_ms - 1)
        assert candle is not None  # there was a trade just before the tick
        at_ms = tick_ms + candles.late(pair, tick_ms, self._profile)
        text = candles.update(candle, pair, at_ms, self._profile)
        return CandleFrame(name, wire.numbered(text, 4), (candle,))

    def _listed(self, listed: Mapping[str, Sequence[str]]) -> str:
        event = compact({stream.SUBSCRIPTIONS: listed})
        return self._other(stream.SUBSCRIPTIONS, event, 1_772_463_150_100)

    def _other(self, channel: str, event: str, at_ms: int) -> str:
        return wire.numbered(wire.envelope(channel, event, at_ms, self._profile), 1)
