"""A tiny exchange, to try the server without any real exchange's rules.

REST: ``/echo`` answers what it was asked, ``/candles`` a long body. WebSocket:
``/ws``; ``tick`` subscribes to a stream of one message a second, ``close CODE``,
``eof`` and ``reset`` end the connection, ``flood N`` sends N bytes, ``bug`` breaks
the exchange, anything else is echoed. It pings every 20 s.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_exchanges.core.actions import Action, Close, Drop, Event, Ping, Pinged, Pong, Send, Text
from mock_exchanges.core.calendar import Grid, every
from mock_exchanges.core.exchange import Link, Session
from mock_exchanges.core.http import Request, Response, compact
from mock_exchanges.core.hub import Stream
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import Samples

PING_EVERY_MS = 20_000


class ToyStream:
    def next_after(self, at_ms: int) -> int | None:
        return (at_ms // 1000 + 1) * 1000

    def publish(self, at_ms: int) -> str | None:
        return compact({"e": "kline", "t": at_ms})


class ToySession:
    def __init__(self, link: Link, now_ms: int) -> None:
        self._link = link
        self._ping_at = now_ms + PING_EVERY_MS

    def opened(self, now_ms: int) -> list[Action]:
        return [Send("welcome")]

    def received(self, event: Event, now_ms: int) -> list[Action]:
        if isinstance(event, Pinged):
            return [Pong(event.payload)]
        if not isinstance(event, Text):
            return []
        word, _, rest = event.text.partition(" ")
        match word:
            case "tick":
                self._link.hub.join("tick", self, now_ms)
                return [Send("ticking")]
            case "close":
                return [Send("before"), Close(int(rest), "as asked"), Send("never sent")]
            case "eof":
                return [Send("before"), Drop("eof")]
            case "reset":
                return [Drop("reset")]
            case "flood":
                return [Send("x" * int(rest))]
            case "bug":
                raise ZeroDivisionError("the toy's bug")
        return [Send(event.text)]

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        return [Send(message, topic)]

    def due(self) -> int | None:
        return self._ping_at

    def tick(self, now_ms: int) -> list[Action]:
        self._ping_at += PING_EVERY_MS
        return [Ping(str(now_ms).encode())]

    def notice(self, now_ms: int) -> list[Action]:
        return [Send("bye soon", role="notice")]

    def bye(self) -> Close:
        return Close(1001)

    def unasked(self) -> None:
        pass

    def moved(self, by_ms: int) -> None:
        pass

    def ended(self) -> None:
        self._link.hub.leave("tick", self)


class ToyExchange:
    name = "toy"
    profile: Any = None

    def __init__(self, market: Market, journal: Journal) -> None:
        self.market = market
        self.journal = journal

    def request(self, request: Request, now_ms: int) -> Response:
        if request.path == "/bug":
            raise ZeroDivisionError("the toy's bug")
        if request.path == "/candles":
            return Response(200, b"[" + b"1," * 5000 + b"1]", {"Content-Type": "application/json"})
        seen = {
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "body": request.body.decode(),
            "client": request.client,
            "agent": request.headers.get("user-agent", ""),
        }
        return Response(200, json.dumps(seen).encode(), {"Content-Type": "application/json"})

    def connect(self, request: Request, link: Link, now_ms: int) -> Session | Response:
        if request.path != "/ws":
            return Response(400, b"Invalid request path", {"Content-Type": "text/plain"})
        return ToySession(link, now_ms)

    def stream(self, topic: str) -> Stream | None:
        return ToyStream() if topic == "tick" else None

    @property
    def samples(self) -> Samples:
        # as if it were not there: a server must do without
        raise AttributeError("the toy has no samples")

    def intervals(self) -> Mapping[str, Grid]:
        return {"1m": every(60_000)}
