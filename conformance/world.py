"""One world for one check: a market, its exchange served on loopback, a fresh adapter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, Self

from conformance.driver.feed import AdapterFeed, Care
from conformance.driver.network_client import NetworkClient, decode
from conformance.feed import UserFeed
from conformance.network import Network
from conformance.setting import Setting, Trust
from conformance.subject import Subject
from mock_exchanges.core.actions import Action, Close, Drop, Ping, Ponged, Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market
from mock_exchanges.core.pairs import pairs_named
from mock_exchanges.core.samples import Samples
from mock_exchanges.registry import create
from mock_exchanges.server.mock import MockExchange


class Probe:
    """A connection to the exchange in memory: no sockets, time moved by hand.

    It answers pings, and sends those that the exchange expects of a host.

    ``refused`` is the HTTP answer if the handshake was refused.
    """

    def __init__(
        self, engine: Engine, path: str, query: str, now_ms: int, care: Care | None = None
    ) -> None:
        self.now_ms = now_ms
        self._care = care
        self._pings = 0
        self._next_ping_ms = now_ms
        self._count_ping()
        self.closed: Close | Drop | None = None
        self.texts: list[str] = []
        self.refused: Response | None = None
        self._engine = engine
        self._connection: Connection | None = None
        made = engine.connect(Request("GET", path, query), now_ms)
        if not isinstance(made, tuple):
            # a handshake without an answer has no status
            self.refused = made if isinstance(made, Response) else Response(0)
        else:
            self._connection, actions = made
            self._take(actions)

    def send(self, text: str) -> list[str]:
        """Send a text; return what the exchange answers at once."""
        if self._connection is None:
            return []
        before = len(self.texts)
        self._take(self._engine.receive(self._connection, Text(text), self.now_ms))
        return self.texts[before:]

    def wait(self, happened: Callable[[list[str]], bool], within_ms: int) -> bool:
        """Let time pass until something was received; return whether it was."""
        deadline = self.now_ms + within_ms
        seen = 0
        while True:
            if happened(self.texts[seen:]):
                return True
            seen = len(self.texts)
            due = self._engine.next_due()
            if self._care is not None and 0 < self._next_ping_ms <= min(due or deadline, deadline):
                self.now_ms = self._next_ping_ms
                self.send(self._care.ping(self._pings))
                self._count_ping()
                continue
            if self.closed is not None or due is None or due > deadline:
                self.now_ms = deadline
                return False
            self.now_ms = max(due, self.now_ms)
            for connection, actions in self._engine.advance(self.now_ms):
                if connection is self._connection:
                    self._take(actions)

    def _count_ping(self) -> None:
        """Set the time of the next ping of the host's own, 0 for never."""
        every_ms = round(self._care.ping_every_s * 1000) if self._care is not None else 0
        self._pings += 1
        self._next_ping_ms = self.now_ms + every_ms if every_ms else 0

    def _take(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if isinstance(action, Send):
                self.texts.append(action.text)
            elif isinstance(action, Ping) and self._connection is not None:
                self._take(
                    self._engine.receive(self._connection, Ponged(action.payload), self.now_ms)
                )
            elif isinstance(action, (Close, Drop)):
                self.closed = action


@lru_cache(maxsize=8)
def _market(exchange: str, seed: int) -> Market:
    """Return the market of a run: a pure function, so all its worlds may share it."""
    names = create(exchange, Market(seed)).samples.pairs
    return Market(seed, pairs_named(names))


def _made_up(count: int, like: str) -> list[str]:
    """Return names of pairs that nobody knows, with the quote of one that is known."""
    quote = like.partition("-")[2]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return [f"Q{letters[n // 26]}{letters[n % 26]}X-{quote}" for n in range(count)]


class World:
    """Use as an async context manager, inside a virtual run."""

    def __init__(self, setting: Setting, trust: Trust) -> None:
        self.setting = setting
        self._trust = trust
        self.network = Network()
        self.client = NetworkClient(self._plain_address)
        self._make(_market(setting.exchange, setting.seed))

    def _make(self, market: Market) -> None:
        self.market = market
        self.mock = MockExchange(
            self.setting.exchange,
            market=market,
            tls_port=0,
            authority=self._trust.authority,
            control=False,
        )
        self.samples: Samples = self.mock.exchange.samples

    async def own_market(self, more_pairs: int = 0) -> list[str]:
        """Take a market that no other world shares, so that it may be edited; return its pairs.

        Call it before any feed or adapter is made. ``more_pairs`` made-up ones are listed,
        too. The served exchange begins anew, at the same time.
        """
        names = [*self.samples.pairs, *_made_up(more_pairs, self.samples.pairs[0])]
        await self.mock.stop()
        self._make(Market(self.setting.seed, pairs_named(names)))
        await self._listen()
        return names

    async def _listen(self) -> None:
        await self.mock.start()
        plain, tls = self.mock.plain_address, self.mock.tls_address
        assert plain is not None  # it listens on both
        self._hosts = {*self.samples.ws_hosts, *self.samples.rest_hosts}
        self.network.route(sorted(self._hosts), plain, tls)

    async def __aenter__(self) -> Self:
        await self._listen()
        self._active = self.network.active()
        self._active.__enter__()
        return self

    async def __aexit__(self, *exc: object) -> None:
        try:
            await self.client.close()
            await self.mock.stop()
        finally:
            self._active.__exit__(None, None, None)

    def leave(self) -> None:
        """Give the network back where the end of the world was cut off; again is harmless."""
        active = getattr(self, "_active", None)
        if active is not None:
            active.__exit__(None, None, None)

    async def subject(self) -> Subject:
        """Make a fresh adapter."""
        subject = Subject(None, self.network, self.client)
        offers = {"network_client": self.client}
        subject.adapter = await subject.guarded(
            "the constructor", lambda: self.setting.factory.make(offers)
        )
        return subject

    def now_ms(self) -> int:
        """Return the exchange's time, epoch milliseconds."""
        return self.mock.now_ms()

    @property
    def journal(self) -> Journal:
        """The wire log of the served exchange."""
        return self.mock.journal

    def probe(self, path: str | None = None, query: str = "") -> Probe:
        """Open a connection in memory to an exchange of its own on the same market.

        Without a path it is where candles are served, logged in if need be.
        """
        engine = Engine(create(self.setting.exchange, self.market))
        self.probed = engine.journal
        now_ms = self.now_ms()
        if path is not None:
            return Probe(engine, path, query, now_ms, self.samples)
        probe = Probe(engine, *self.samples.handshake(now_ms), now_ms, self.samples)
        for text in self.samples.login(now_ms):
            probe.send(text)
        return probe

    probed: Journal | None = None

    def feed(self, subject: Subject, pair: str, interval: str, history: int = 3) -> AdapterFeed:
        """Make a feed of an adapter for a pair and an interval."""
        meanings = self.samples.meanings(interval)
        if not meanings:
            raise ValueError(f"the exchange has no interval {interval!r}")
        return AdapterFeed(
            subject, self.client, pair, interval, meanings[0].grid, self.mock.now_ms,
            self.setting.seed, history, self.samples,
        )  # fmt: skip

    def user_feed(self, pairs: Sequence[str], interval: str) -> UserFeed:
        """Make the user's feed of some pairs and an interval, not started."""
        grid = self.samples.meanings(interval)[0].grid
        now_ms = self.now_ms()
        return UserFeed(self.setting.factory, pairs, interval, grid.floor(now_ms), self.now_ms)

    def _plain_address(self, host: str) -> tuple[str, int] | None:
        return self.mock.plain_address if host in self._hosts else None


def encode(payload: Any) -> str:
    """Return a payload as the text a host program sends.

    Raises TypeError or ValueError if it is no text and not JSON-serialisable.
    """
    payload = getattr(payload, "payload", payload)
    return payload if isinstance(payload, str) else json.dumps(payload, allow_nan=False)


__all__ = ["Probe", "World", "decode", "encode"]
