"""What an exchange is to the engine: four methods, all pure of I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from mock_exchanges.core.actions import Action, Close, Drop, Event
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.hub import Hub, Stream
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.samples import Samples


class Session(Protocol):
    """One WebSocket connection as the exchange sees it.

    Methods take the time (epoch milliseconds) and return what to send.
    After a Close or Drop action the session is not called again, but for `ended`.
    """

    def opened(self, now_ms: int) -> list[Action]:
        """The handshake is through."""

    def received(self, event: Event, now_ms: int) -> list[Action]:
        """The client sent something."""

    def deliver(self, topic: str, message: str, now_ms: int) -> list[Action]:
        """A stream this session joined has a message."""

    def due(self) -> int | None:
        """Return when `tick` wants to be called next."""

    def tick(self, now_ms: int) -> list[Action]:
        """A timer of this session is due."""

    def notice(self, now_ms: int) -> list[Action]:
        """Announce that this connection will be ended soon; nothing where that is not done."""

    def bye(self) -> Close | Drop:
        """Return how the exchange ends a connection of its own accord: for its age, an upgrade."""

    def unasked(self) -> None:
        """The last ping never went out: wait for no answer to it."""

    def moved(self, by_ms: int) -> None:
        """The exchange's clock was set on by so much: what is waited for moves along."""

    def ended(self) -> None:
        """The connection is gone: leave every stream."""


class Link(Protocol):
    """What a session may use of its surroundings."""

    @property
    def hub(self) -> Hub: ...

    def near_miss(self, now_ms: int, text: str) -> None:
        """Record what the exchange passes over in silence, with the nearest right thing."""


class Exchange(Protocol):
    """One exchange: its facts, its REST answers, its sessions, its streams."""

    name: str
    market: Market
    journal: Journal
    profile: Any

    @property
    def samples(self) -> Samples:
        """What an observer knows of this exchange's wire."""

    def request(self, request: Request, now_ms: int) -> Response | Drop:
        """Answer a REST request, or end its connection without an answer."""

    def connect(self, request: Request, link: Link, now_ms: int) -> Session | Response | Drop:
        """Answer a WebSocket handshake: a session, or a refusal."""

    def stream(self, topic: str) -> Stream | None:
        """Return the stream of a topic, or None if the exchange has none (nothing comes)."""

    def intervals(self) -> Mapping[str, Grid]:
        """Return the intervals the exchange offers, by its own names."""
