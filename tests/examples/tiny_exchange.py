"""A whole exchange in one file: ``--exchange tests.examples.tiny_exchange:create``."""

import json
from dataclasses import dataclass
from urllib.parse import parse_qs

from mock_exchanges.core.actions import Send, Text
from mock_exchanges.core.calendar import every
from mock_exchanges.core.facts import fact
from mock_exchanges.core.http import Response, compact
from mock_exchanges.core.plain_session import PlainSession
from mock_exchanges.core.rows import Rows
from mock_exchanges.core.samples import CandleFrame, Interval, OtherFrame, PlainSamples

DOCS = "https://tiny.example/docs"
GRIDS = {"1m": every(60_000), "1h": every(3_600_000)}


@dataclass(frozen=True)
class Profile:  # what is known of the exchange: each value with its source and date
    date: str = "2026-11-22"
    push_every_ms: int = fact(5_000, f"{DOCS}/stream", checked="2026-11-22")
    rest_limit: int = fact(200, f"{DOCS}/candles", checked="2026-11-22")


@dataclass(frozen=True)
class OldProfile(Profile):
    date: str = "2024-01-01"
    push_every_ms: int = fact(20_000, f"{DOCS}/changes", checked="2024-01-01", trust="reported")


PROFILES = {made.date: made for made in (OldProfile(), Profile())}


def row(candle):  # seconds, open, high, low, close, volume
    columns = ("open", "high", "low", "close", "volume")
    return compact([candle.open_ms // 1000, *(f"{candle.decimal(c):f}" for c in columns)])


class Stream:  # a pure function of market and time: who listens makes no difference
    def __init__(self, market, topic, pair, grid, every_ms):
        self.market, self.topic, self.pair = market, topic, pair
        self.grid, self.every_ms = grid, every_ms

    def next_after(self, at_ms):
        return (at_ms // self.every_ms + 1) * self.every_ms

    def publish(self, at_ms):
        if self.grid.floor(at_ms) == at_ms:  # the candle that has just ended, whole
            candle = self.market.candle(self.pair, self.grid, self.grid.previous(at_ms))
        else:
            candle = self.market.at(self.pair, self.grid, at_ms)
        return candle and f'{{"topic":"{self.topic}","candle":{row(candle)}}}'


class Session(PlainSession):  # one connection: events in, actions out
    def received(self, event, now_ms):
        topic = event.text.removeprefix("subscribe ") if isinstance(event, Text) else ""
        if self.join(topic, now_ms):
            return [Send(compact({"subscribed": topic}))]
        self.link.near_miss(now_ms, f"no topic {topic!r}; one is 'BTC_USDT:1m'")
        return [Send(compact({"error": f"no topic {topic}"}))]


class TinySamples(PlainSamples):  # what the suite may know: right requests, and all frames
    ws_hosts, rest_hosts, test_hosts = {"stream.tiny.example": (443,)}, ["tiny.example"], ()
    ws_path, alive_for_s = "/stream", 600.0
    pairs, quiet_pair = ("BTC-USDT", "ETH-BTC", "POWR-USDT", "BTC-USDC"), "POWR-USDT"

    def __init__(self, exchange):
        self.market, self.stream = exchange.market, exchange.stream
        self.rest_limit = exchange.profile.rest_limit

    def symbol_forms(self, pair):
        return [pair.replace("-", "_")]

    def intervals(self):
        return [Interval(name, grid, streamed=True, rest=True) for name, grid in GRIDS.items()]

    def meanings(self, name):
        return [interval for interval in self.intervals() if interval.name == name]

    def topic(self, pair, interval):
        return f"{pair.replace('-', '_')}:{interval}"

    def subscription(self, pair, interval):
        return f"subscribe {self.topic(pair, interval)}"

    def candle_frames(self, pair, interval, now_ms):
        stream, grid = self.stream(self.topic(pair, interval)), GRIDS[interval]
        ended = grid.floor(now_ms)
        candle = self.market.candle(pair, grid, grid.previous(ended))
        return [CandleFrame("last", stream.publish(ended), (candle,))]

    def other_frames(self, pair, interval, now_ms):
        said = compact({"subscribed": self.topic(pair, interval)})
        return [OtherFrame("the confirmation", said), OtherFrame("an error", '{"error":"x"}', True)]

    def about(self, text):
        symbol, _, interval = json.loads(text).get("topic", "").partition(":")
        return (symbol.replace("_", "-"), interval) if symbol else None

    def refuses(self, answer):
        return json.loads(answer).get("error")

    def rest_failures(self):
        return {"HTTP 503": Response(503), "an error": Response(400, b'{"error":"no market"}')}

    def rule(self, check_id):
        return DOCS


class TinyExchange:
    name = "tiny"

    def __init__(self, market, journal, profile):
        self.market, self.journal, self.profile = market, journal, profile
        self.symbols = {pair.replace("-", "_"): pair for pair in market.pairs}
        self.rows, self.samples = Rows(market, row), TinySamples(self)

    def request(self, request, now_ms):
        asked = {name: values[-1] for name, values in parse_qs(request.query).items()}
        pair, grid = self.symbols.get(asked.get("market", "")), GRIDS.get(asked.get("interval", ""))
        readable = (asked.get("start", "0") + asked.get("limit", "1")).isdecimal()
        if request.path != "/candles" or not (pair and grid and readable):
            return Response(400, b'{"error":"no such candles"}')
        count = min(int(asked.get("limit", 100)), self.profile.rest_limit)
        found = self.rows.newest(pair, grid, now_ms, count, now_ms)
        if "start" in asked:  # seconds
            found = self.rows.oldest(pair, grid, int(asked["start"]) * 1000, now_ms, count, now_ms)
        return Response(200, f"[{','.join(found)}]".encode(), {"Content-Type": "application/json"})

    def connect(self, request, link, now_ms):
        return Session(link) if request.path == "/stream" else Response(404)

    def stream(self, topic):
        symbol, _, interval = topic.partition(":")
        pair, grid = self.symbols.get(symbol), GRIDS.get(interval)
        if pair is None or grid is None:
            return None
        return Stream(self.market, topic, pair, grid, self.profile.push_every_ms)

    def intervals(self):
        return GRIDS


def create(market, journal, profile_date=None, *, limits=True):  # it has no limits to lift
    if profile_date not in (None, *PROFILES):
        raise ValueError(f"tiny has no profile {profile_date!r} (known: {', '.join(PROFILES)})")
    return TinyExchange(market, journal, PROFILES[profile_date or max(PROFILES)])
