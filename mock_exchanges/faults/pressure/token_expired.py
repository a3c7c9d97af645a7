"""Tokens do not hold what they promise."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import Field

from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.http import Request, Response
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.table import register


class TokenExpired(Fault):
    """WebSocket handshakes are refused as the exchange refuses an expired token.

    It applies to exchanges whose connections need a token; ValueError at others. Handshakes
    without a token of the exchange are left to it.
    """

    works_as: ClassVar[str] = "mock_exchanges.faults.pressure.token_expired:ActiveTokenExpired"

    fault: Literal["token-expired"] = "token-expired"
    life_s: float | None = Field(
        default=None,
        ge=0,
        description="tokens of this age in seconds are expired; "
        "by default all tokens are, with single_use none by its age",
    )
    single_use: bool = Field(
        default=False, description="a token that opened a connection is expired from then on"
    )

    def check(self, exchange: Exchange) -> None:
        super().check(exchange)
        if exchange.samples.token_desk is None:
            raise ValueError(
                f"fault is 'token-expired', which cannot be at {exchange.name}: "
                "its connections need no token; expected an exchange with tokens"
            )

    def spoil_handshake(
        self, work: ActiveFault, request: Request, now_ms: int
    ) -> Response | Drop | Request | None:
        """Return the handshake with a token that is too old: the exchange refuses it itself."""
        samples = work.engine.exchange.samples
        desk = samples.token_desk
        if desk is None:
            return None
        long_ago = work.engine.exchange_time(now_ms) - round(desk.life_s * SECOND_MS) - SECOND_MS
        _, old_query = samples.handshake(long_ago)
        old = next(part for part in old_query.split("&") if samples.token_issued_ms(part))
        parts = (
            part if samples.token_issued_ms(part) is None else old
            for part in request.query.split("&")
        )  # fmt: skip
        return replace(request, query="&".join(parts))


class ActiveTokenExpired(ActiveFault):
    """Knows the age of each token, and which were used since this is at work."""

    fault: TokenExpired

    def __init__(self, fault: Fault, engine: Engine, number: int, seed: int) -> None:
        super().__init__(fault, engine, number, seed)
        self._samples = engine.exchange.samples
        self._used: set[str] = set()

    def on_connect(
        self, request: Request, number: int, now_ms: int
    ) -> Response | Drop | Request | None:
        if not self._expired(request, now_ms):
            return None
        return super().on_connect(request, number, now_ms)

    def on_opened(self, connection: Connection, now_ms: int) -> None:
        super().on_opened(connection, now_ms)
        token = self._token(connection.request)
        if token is not None:
            self._used.add(token)

    def again(self, now_ms: int) -> None:
        super().again(now_ms)
        self._used.clear()

    def _token(self, request: Request) -> str | None:
        """Return the part of the query that is a token of this exchange, or None."""
        for part in request.query.split("&"):
            if self._samples.token_issued_ms(part) is not None:
                return part
        return None

    def _expired(self, request: Request, now_ms: int) -> bool:
        token = self._token(request)
        if token is None:
            return False
        fault = self.fault
        if fault.single_use and token in self._used:
            return True
        if fault.life_s is None:
            return not fault.single_use
        issued_ms = self._samples.token_issued_ms(token) or 0
        age_ms = self.engine.exchange_time(now_ms) - issued_ms
        return age_ms >= fault.life_s * SECOND_MS


register(TokenExpired)
