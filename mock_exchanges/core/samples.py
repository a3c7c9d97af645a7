"""What an observer knows about an exchange's wire: right requests, and frames to show.

The conformance suite judges adapters with this and with the engine; it never looks
into an exchange's own modules. Frames are made from the ledger, so each comes with
the candles that it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol, Self

from mock_exchanges.core.actions import Action
from mock_exchanges.core.calendar import SECOND_MS, Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.http import Response


@dataclass(frozen=True, slots=True)
class CandleFrame:
    """A message that carries candles: its name, its text, and what it says, in its order."""

    name: str
    text: str
    candles: tuple[Candle, ...]


@dataclass(frozen=True, slots=True)
class OtherFrame:
    """A message that carries no candle.

    ``error`` marks a refusal, which a parser may raise on; ``reply`` is the answer
    that the message demands, as JSON, if any.
    """

    name: str
    text: str
    error: bool = False
    reply: str | None = None


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Where an exchange gives out tokens for connections.

    ``path`` is the REST path, ``life_s`` how long a token is good for, in seconds.
    """

    path: str
    life_s: float


@dataclass(frozen=True, slots=True)
class Interval:
    """An interval of an exchange: its name on the wire, its calendar, where it is served."""

    name: str
    grid: Grid
    streamed: bool
    rest: bool


class Samples(Protocol):
    """One exchange, as the suite needs to know it.

    Pairs are standard names. An interval is the exchange's own name for it, which
    `meanings` tells for a framework's name.
    """

    @property
    def ws_hosts(self) -> Mapping[str, Sequence[int]]:
        """Documented stream hosts of production -> TLS ports."""

    @property
    def test_hosts(self) -> Sequence[str]:
        """Hosts of test and demo systems: real, but not the market."""

    @property
    def rest_hosts(self) -> Sequence[str]:
        """Documented REST hosts of production."""

    @property
    def ws_path(self) -> str:
        """A path on which candles are served today, for people."""

    @property
    def pairs(self) -> Sequence[str]:
        """Listed standard pairs of several shapes, the most usual first."""

    @property
    def quiet_pair(self) -> str:
        """A listed pair in which little happens."""

    @property
    def alive_for_s(self) -> float:
        """Seconds that show whether a client keeps a connection alive: several deadlines."""

    @property
    def rest_limit(self) -> int:
        """The most candles one REST request gives."""

    def for_url(self, url: str) -> Samples:
        """Return the samples of connections to a URL, where frames differ by URL."""

    def symbol_forms(self, pair: str) -> Sequence[str]:
        """Return the ways in which the exchange writes a pair, the usual one first."""

    @property
    def usual(self) -> str:
        """The streamed interval that most would choose: one minute, if it is streamed."""

    @property
    def flat(self) -> bool:
        """Whether there is a candle for an interval without trades."""

    @property
    def marks_close(self) -> bool:
        """Whether the last message of a candle says that it is the last."""

    def handshake(self, now_ms: int) -> tuple[str, str]:
        """Return path and query where candles are served, with a token issued now if need be."""

    @property
    def token_desk(self) -> TokenDesk | None:
        """Where tokens come from, or None where connections need none."""

    def login(self, now_ms: int) -> Sequence[str]:
        """Return the texts that log a connection in, where that is needed for candles."""

    def opening(self) -> Sequence[str]:
        """Return what a good host sends once after subscribing, to stay connected."""

    @property
    def ping_every_s(self) -> float:
        """Seconds between a good host's own pings; 0 where the exchange wants none."""

    def ping(self, number: int) -> str:
        """Return the text of a host's n-th own ping."""

    def announcing(self, answer: Response, every_s: float) -> Response | None:
        """Return a token answer with another period of pings.

        None where no period is announced, and for one that the exchange does not bear.
        """

    def meanings(self, name: str) -> Sequence[Interval]:
        """Return what a framework's interval name can mean here, the usual meaning first.

        Where the exchange has a day of UTC and one of its own zone, both are right.
        """

    def intervals(self) -> Sequence[Interval]:
        """Return all intervals of the exchange, short to long."""

    def subscription(self, pair: str, interval: str) -> str:
        """Return a right request, as text."""

    def topic(self, pair: str, interval: str) -> str:
        """Return the topic (`Hub`) on which a pair's candles of an interval come."""

    def candle_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return each kind of frame with one candle there is: first, update, closing, flat, …"""

    def batch_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return frames with several candles, or nothing where the exchange sends none."""

    def other_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[OtherFrame]:
        """Return everything else that can arrive on a candle connection."""

    def lean_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return candle frames without the fields that a client must not require."""

    def about(self, text: str) -> tuple[str, str] | None:
        """Return (pair, interval on the wire) if a message carries candles, else None."""

    def rest_failures(self) -> Mapping[str, Response]:
        """Return what a request for candles can meet instead of them, by a name."""

    def asks_candles(self, path: str) -> bool:
        """Return whether a REST path is one that serves candles."""

    def too_many(self, wait_s: int, *, handshake: bool = False) -> Response:
        """Return the answer to one request (or handshake) too many; well again in ``wait_s``."""

    def flooded(self, text: str, now_ms: int) -> Sequence[Action]:
        """Return what a message too many, ``text``, gets on a connection: an error, and an end.

        Nothing where the exchange has no error for it.
        """

    def banned(self, now_ms: int, until_ms: int, *, handshake: bool = False) -> Response:
        """Return the answer to a client that is kept out until a time (epoch milliseconds)."""

    def token_issued_ms(self, query: str) -> int | None:
        """Return when the token in a handshake's query was issued, None if there is none."""

    def refuses(self, answer: str) -> str | None:
        """Return the error text if ``answer`` refuses a request, else None."""

    def rule(self, check_id: str) -> str | None:
        """Return the exchange's own document behind a check, if one is known."""


class PlainSamples:
    """The usual answers: no token, no login, no pings of the host's own, one frame one candle."""

    ws_path = "/"
    usual = "1m"
    flat = True
    marks_close = True
    ping_every_s = 0.0
    token_desk: TokenDesk | None = None

    def handshake(self, now_ms: int) -> tuple[str, str]:
        """Return the path; it needs no query."""
        return self.ws_path, ""

    def login(self, now_ms: int) -> Sequence[str]:
        """Return nothing: candles are public."""
        return ()

    def opening(self) -> Sequence[str]:
        """Return nothing: a connection needs no care."""
        return ()

    def ping(self, number: int) -> str:
        """Raise LookupError: there is no such ping."""
        raise LookupError("the exchange wants no pings of the host's own")

    def announcing(self, answer: Response, every_s: float) -> Response | None:
        """Return None: no period is announced."""
        return None

    def for_url(self, url: str) -> Self:
        """Return these samples: frames do not depend on the URL."""
        return self

    def batch_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return nothing: each frame carries one candle."""
        return ()

    def lean_frames(self, pair: str, interval: str, now_ms: int) -> Sequence[CandleFrame]:
        """Return nothing: all fields are always there."""
        return ()

    def rest_failures(self) -> Mapping[str, Response]:
        """Return nothing: no failure is known."""
        return {}

    def asks_candles(self, path: str) -> bool:
        """Return whether a path ends as those of candles do."""
        return path.lower().endswith(("candles", "klines"))

    def too_many(self, wait_s: int, *, handshake: bool = False) -> Response:
        """Return the known failure with HTTP 429, or that status alone."""
        if not handshake:
            for answer in self.rest_failures().values():
                if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
                    return answer
        return Response(HTTPStatus.TOO_MANY_REQUESTS, b"", {"Retry-After": str(wait_s)})

    def flooded(self, text: str, now_ms: int) -> Sequence[Action]:
        """Return nothing: no such error is known."""
        return ()

    def banned(self, now_ms: int, until_ms: int, *, handshake: bool = False) -> Response:
        """Return the answer to too many requests: there is none of its own."""
        return self.too_many(-(-(until_ms - now_ms) // SECOND_MS), handshake=handshake)

    def token_issued_ms(self, query: str) -> int | None:
        """Return None: connections need no token."""
        return None
