"""Which exchange is an adapter for? Told by the hosts it goes to."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from functools import cache
from urllib.parse import urlsplit

from conformance import clock
from conformance.driver.network_client import NetworkClient
from conformance.feed import USUAL_INTERVALS
from conformance.loading import ADAPTER, Factory, LoadError
from conformance.network import Network
from conformance.patience import patience
from conformance.process.hosted import hosted
from conformance.subject import AdapterRaised, NoWebSocket, Subject
from conformance.threaded import LookedAt, linger, without_uvloop
from mock_exchanges.registry import create, names

# virtual seconds in which a feed has named a host
_FEED_TRIES_S = 5.0
# real seconds in which an adapter or a feed has answered
_WITHIN_S = 30.0


class UnknownHost(ValueError):
    """No exchange serves the hosts that the adapter goes to."""


@cache
def _hosts_of(exchange: str) -> frozenset[str]:
    samples = create(exchange).samples
    return frozenset((*samples.ws_hosts, *samples.rest_hosts, *samples.test_hosts))


def hosts() -> dict[str, str]:
    """Return every known host -> the exchange it belongs to."""
    return {host: name for name in names() for host in _hosts_of(name)}


def exchange_at(host: str) -> str | None:
    """Return the exchange that a host belongs to, or None if none is known.

    Asked first is one whose name is in the host's: it costs to load an exchange.
    """
    likely_first = sorted(names(), key=lambda name: name not in host)
    return next((name for name in likely_first if host in _hosts_of(name)), None)


def exchange_of(factory: Factory) -> str:
    """Return the name of the exchange an adapter or a feed is for.

    An adapter is asked for its URL, then for candles, a feed is started, with every
    connection refused, and judged by the hosts that come up. Raises UnknownHost, saying
    which did.
    """
    tried: dict[str, None] = {}
    network = Network()

    async def watch() -> None:
        for interval in USUAL_INTERVALS:
            before = set(threading.enumerate())
            feed = LookedAt(factory, ["BTC-USDT"], interval, 0, lambda: 0)
            with contextlib.suppress(AdapterRaised):
                await feed.start()
                await asyncio.sleep(_FEED_TRIES_S)
                await linger(before, lambda: bool(network.refused))
            with contextlib.suppress(AdapterRaised):
                await feed.stop()
            if any(map(exchange_at, network.refused)):
                return

    def nowhere(host: str) -> None:
        tried[host] = None

    async def ask() -> None:
        client = NetworkClient(nowhere)
        subject = Subject(None, network, client)
        offers = {"network_client": client}
        try:
            made = await subject.guarded("the constructor", lambda: factory.make(offers))
            if made is None or isinstance(made, type):
                raise LoadError(f"--adapter {factory.path}: gives {made!r}, expected an adapter")
            subject.adapter = made
            with contextlib.suppress(AdapterRaised, NoWebSocket):
                url = await subject.ws_url()
                if isinstance(url, str):
                    with contextlib.suppress(ValueError):
                        tried[urlsplit(url).hostname or url] = None
            if not any(map(exchange_at, tried)):
                with contextlib.suppress(AdapterRaised):
                    intervals = list(await subject.intervals())
                    await subject.fetch("BTC-USDT", intervals[0] if intervals else "1m", None, 1)
        finally:
            await client.close()

    who = f"the {factory.wanted.what} {factory.path}, asked for its exchange,"
    with (
        hosted(),
        without_uvloop(),
        network.active(),
        patience(_WITHIN_S, who),
    ):
        clock.run(ask if factory.wanted is ADAPTER else watch)
    tried.update(dict.fromkeys(network.refused))
    for host in tried:
        if (found := exchange_at(host)) is not None:
            return found
    went = f"it goes to {', '.join(tried)}" if tried else "it names no host"
    raise UnknownHost(
        f"cannot tell the exchange of {factory.wanted.option} {factory.path}: {went}\n"
        f"give it: --exchange NAME (known: {', '.join(names())})"
    )
