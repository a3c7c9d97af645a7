"""The demo exchange as an observer knows it (see core.samples.Samples)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from mock_exchanges.core.actions import Action
from mock_exchanges.core.calendar import MINUTE_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.http import Response
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import (
    CandleFrame,
    Interval,
    OtherFrame,
    PlainSamples,
    TokenDesk,
)
from mock_exchanges.demo import errors, history, login, params, stream, tokens, wire
from mock_exchanges.demo.candles import CandleStream
from mock_exchanges.demo.channels import Channels
from mock_exchanges.demo.profile import Profile

_DOCS = "docs/exchanges/demo.md"
_RULES = {
    "URL": f"{_DOCS}#connecting",
    "PAIR": f"{_DOCS}#requests",
    "PAY": f"{_DOCS}#requests",
    "INTV": f"{_DOCS}#intervals",
    "PARSE": f"{_DOCS}#candles-on-the-stream",
    "REST": f"{_DOCS}#rest",
    "FALL": f"{_DOCS}#rest",
    "GAP": f"{_DOCS}#rest",
    "HB": f"{_DOCS}#heartbeat",
    "RECON": f"{_DOCS}#connecting",
    "TOKEN": f"{_DOCS}#token",
}

PAIRS = (
    "BTC-USDT",
    "ETH-BTC",
    "SHIB-USDT",
    "POWR-USDT",
    "1000SATS-USDT",
    "BTC-USDC",
    "BTC-USD",
    "1INCH-USDT",
)
QUIET_PAIR = "POWR-USDT"

_HTML = b"<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
# minutes to look back for a candle with trades, one without, and an update
_SEARCH = 120


class DemoSamples(PlainSamples):
    """Frames and right requests; what it takes to connect depends on the profile."""

    pairs = PAIRS
    quiet_pair = QUIET_PAIR

    def __init__(self, market: Market, profile: Profile) -> None:
        self._market = market
        self._profile = profile
        self._channels = Channels(market.pairs, profile)
        self.ws_path = profile.ws_path
        if profile.handshake == "token":
            self.token_desk = TokenDesk(profile.token_path, profile.token_life_ms / 1000)

    @property
    def ws_hosts(self) -> Mapping[str, Sequence[int]]:
        """Production stream hosts -> ports."""
        return dict.fromkeys(self._profile.ws_hosts, (443,))

    @property
    def test_hosts(self) -> Sequence[str]:
        """Hosts of the test system."""
        return self._profile.test_hosts

    @property
    def rest_hosts(self) -> Sequence[str]:
        """Production REST hosts."""
        return self._profile.rest_hosts

    @property
    def rest_limit(self) -> int:
        """The most candles one answer has."""
        return self._profile.limit_max

    @property
    def alive_for_s(self) -> float:
        """Seconds: some pings and their deadlines."""
        profile = self._profile
        return 5 * (profile.ping_every_ms + profile.pong_within_ms) / 1000

    def handshake(self, now_ms: int) -> tuple[str, str]:
        """Return path and query, with a token where one is wanted."""
        if self._profile.handshake != "token":
            return self.ws_path, ""
        return self.ws_path, f"token={tokens.issue(self._market.seed, now_ms)}"

    def login(self, now_ms: int) -> Sequence[str]:
        """Return a signed login where one is wanted."""
        if self._profile.handshake != "login":
            return ()
        return (login.message(self._profile, now_ms),)

    def symbol_forms(self, pair: str) -> Sequence[str]:
        """Return the symbol: the standard name."""
        return (pair,)

    def meanings(self, name: str) -> Sequence[Interval]:
        """Return an interval; a framework's names are the exchange's own."""
        return [each for each in self.intervals() if each.name == name]

    def intervals(self) -> Sequence[Interval]:
        """Return all intervals, short to long; the long ones are not streamed."""
        return [
            Interval(name, grid, streamed=name in self._profile.streamed, rest=True)
            for name, grid in self._profile.intervals.items()
        ]

    def topic(self, pair: str, interval: str) -> str:
        """Return the channel's name."""
        return wire.channel(pair, interval)

    def subscription(self, pair: str, interval: str) -> str:
        """Return a right request."""
        params = [wire.channel(pair, interval)]
        return errors.dumps({"method": "subscribe", "params": params, "id": 1})

    def candle_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return an update, a first message, last ones, with trades and without."""
        grid = self._profile.intervals[interval]
        source = CandleStream(self._market, pair, interval, grid, self._profile)
        opened, late = grid.floor(now_ms), self._profile.close_late_ms
        times = {"update": self._update(source, grid, now_ms)}
        first = opened + self._profile.update_every_ms
        times["first"] = first if first <= now_ms else grid.previous(opened) + first - opened
        count = _SEARCH if grid.length_ms <= MINUTE_MS else 2
        before = self._market.candles(pair, grid, grid.back(opened, count), opened)
        for name, traded in (("last", True), ("last without trades", False)):
            found = [c.end_ms + late for c in before if bool(c.trades) is traded]
            times[name] = max((at_ms for at_ms in found if at_ms <= now_ms), default=None)
        return [
            self._frame(name, pair, interval, candle, at_ms)
            for name, at_ms in times.items()
            if at_ms is not None and (candle := source.reading(at_ms)) is not None
        ]

    def batch_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return the snapshot that follows a subscription."""
        candles = history.newest(self._market, self._profile, pair, interval, now_ms)
        text = wire.snapshot(candles, pair, interval, now_ms)
        return [CandleFrame("snapshot", text, candles)]

    def lean_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return candles without the columns that are documented as optional: q, n, V, Q."""
        lean = []
        for frame in self.candle_frames(pair, interval, now_ms):
            data = json.loads(frame.text)
            data["data"] = {key: data["data"][key] for key in "tohlcv"}
            text = errors.dumps(data)
            lean.append(CandleFrame(f"{frame.name}, without q n V Q", text, frame.candles))
        return lean

    def other_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[OtherFrame]:
        """Return confirmations, errors, the heartbeat, the answer to a login, the notice."""
        name = wire.channel(pair, interval)
        ping = now_ms - now_ms % self._profile.ping_every_ms
        confirmed = {"type": "subscribed", "channel": name, "ts": now_ms}
        left = {"type": "unsubscribed", "channel": name, "ts": now_ms, "id": 2}
        frames = [
            OtherFrame("the confirmation of a subscription", errors.dumps({**confirmed, "id": 1})),
            OtherFrame("a confirmation without an id", errors.dumps(confirmed)),
            OtherFrame("the confirmation of an unsubscription", errors.dumps(left)),
            OtherFrame("the exchange's ping", stream.ping(ping), reply=stream.pong(ping)),
            OtherFrame("the answer to a client's ping", stream.pong(now_ms)),
            OtherFrame("the notice of a close", stream.notice(self._profile, now_ms)),
        ]
        refusals = {
            "an unknown channel": errors.unknown_channel(f"trade.{pair}"),
            "an unknown pair": errors.unknown_pair(pair.replace("-", "")),
            "an unknown interval": errors.unknown_interval("7m"),
            "an interval that is not streamed": errors.not_streamed("4h"),
            "too many messages": errors.too_many("messages"),
        }
        if self._profile.handshake == "login":
            answer = errors.dumps({"type": "login", "ts": now_ms})
            frames.append(OtherFrame("the answer to a login", answer))
            refusals["a wrong login"] = errors.login_failed("unknown key")
            refusals["a request before the login"] = errors.login_required()
        for what, refusal in refusals.items():
            frames.append(OtherFrame(f"the error for {what}", refusal.frame(1), error=True))
        return frames

    def about(self, text: str) -> tuple[str, str] | None:
        """Return pair and interval of a candle message or a snapshot."""
        try:
            data = json.loads(text)
            if data["type"] not in ("candle", "snapshot"):
                return None
            return self._channels.parts(data["channel"])
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def refuses(self, answer: str) -> str | None:
        """Return the text of an error message."""
        if '"error"' not in answer:  # as a thousand pings are not
            return None
        try:
            data = json.loads(answer)
            return f"code {data['code']}: {data['message']}" if data["type"] == "error" else None
        except (ValueError, KeyError, TypeError):
            return None

    def rest_failures(self) -> Mapping[str, Response]:
        """Return error answers of candles, and what stands between a client and the exchange."""
        html = {"Content-Type": "text/html"}
        pair = errors.unknown_pair("BTCUSDT")
        internal = errors.DemoError(50001, "internal error", 500)
        return {
            "HTTP 200 with an error code and no data": pair.response(),
            "HTTP 400 with an error code": errors.malformed(
                "parameter symbol is missing"
            ).response(),
            "HTTP 429 with Retry-After": errors.too_many("requests", 5).response(),
            "HTTP 500 with an error code": internal.response(),
            "HTTP 502 with HTML": Response(502, _HTML, html),
            "HTTP 503 with an empty body": Response(503),
            "HTTP 200 with HTML": Response(200, _HTML, html),
            "HTTP 200 with an empty body": Response(200, b"", errors.JSON_HEADERS),
            "HTTP 200 with a body cut off": Response(
                200, b'{"code":0,"message":"ok","data":[{"t":1772442900000', errors.JSON_HEADERS, 30
            ),
        }

    def too_many(self, wait_s: int, *, handshake: bool = False) -> Response:
        """Return the answer over a limit; ``Retry-After`` tells how long to wait."""
        return errors.too_many("connections" if handshake else "requests", wait_s).response()

    def flooded(self, text: str, now_ms: int) -> Sequence[Action]:
        """Return the error for too many messages, and the close."""
        return stream.flooded()

    def token_issued_ms(self, query: str) -> int | None:
        """Return when the token in a handshake's query was issued, None if there is none."""
        return tokens.issued_ms(params.parse(query).get("token", ""), self._market.seed)

    def rule(self, check_id: str) -> str | None:
        """Return the part of the demo's page behind a check."""
        return _RULES.get(check_id.partition("-")[0])

    def _update(self, source: CandleStream, grid: Grid, now_ms: int) -> int | None:
        """Return the newest time of a message that is neither a candle's first nor its last."""
        minute = now_ms - now_ms % MINUTE_MS
        for _ in range(_SEARCH):
            at_boundary = grid.floor(minute) == minute
            for at_ms in reversed(source.minute_times(minute)):
                edge = at_boundary and at_ms - minute <= self._profile.update_every_ms
                if at_ms <= now_ms and not edge:
                    return at_ms
            minute -= MINUTE_MS
        return None

    def _frame(
        self, name: str, pair: str, interval: str, candle: Candle, at_ms: int
    ) -> CandleFrame:
        return CandleFrame(name, wire.update(candle, pair, interval, at_ms), (candle,))
