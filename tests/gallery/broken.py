"""Exchanges that do not work: no adapter can be judged on them, and none must be."""

from __future__ import annotations

from typing import Any, NoReturn

from mock_exchanges.binance.exchange import BinanceExchange
from mock_exchanges.binance.profile import profile
from mock_exchanges.binance.stream import StreamSession
from mock_exchanges.core.exchange import Link
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market


class Refuses(BinanceExchange):
    """Takes no connection."""

    def connect(self, request: Request, link: Link, now_ms: int) -> Response:
        return Response(503)


class Silent(BinanceExchange):
    """Takes subscriptions and sends nothing."""

    def stream(self, topic: str) -> None:
        return None


class Raises(BinanceExchange):
    """Breaks when it is spoken to."""

    def connect(self, request: Request, link: Link, now_ms: int) -> NoReturn:
        raise ZeroDivisionError("of the exchange")


class Spins(BinanceExchange):
    """Never answers, nor lets anybody else."""

    def connect(self, request: Request, link: Link, now_ms: int) -> NoReturn:
        while True:
            pass


class WithoutSockets(BinanceExchange):
    """Works in memory; over sockets it hangs up on everybody."""

    def connect(self, request: Request, link: Link, now_ms: int) -> StreamSession | Response:
        if "host" in {name.lower() for name in request.headers}:
            return Response(403)
        return super().connect(request, link, now_ms)


def _maker(kind: type[BinanceExchange]) -> Any:
    def create(
        market: Market, journal: Journal, profile_date: str | None = None, *, limits: bool = True
    ) -> BinanceExchange:
        return kind(market, journal, profile(profile_date), limits=limits)

    return create


refuses = _maker(Refuses)
silent = _maker(Silent)
raises = _maker(Raises)
spins = _maker(Spins)
without_sockets = _maker(WithoutSockets)
