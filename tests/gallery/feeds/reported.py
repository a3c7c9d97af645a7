"""Feeds wrong in the ways most reported, where adapters prove the checks elsewhere."""

from __future__ import annotations

from tests.gallery.defective import SubscribesOnlyUntilConfirmed
from tests.gallery.demo import UrlKeepsItsToken
from tests.gallery.feeds.good import BinanceFeed, DemoFeed, DemoTokenFeed
from tests.gallery.feeds.reconnect import for_ever


class StaysAwayAfterABreak(DemoFeed):
    """Comes back after a close, and not after a connection that just ends."""

    async def _wait(self) -> None:
        if self.notes[-1].text == "connection ended, code 1006":
            await for_ever()
        await super()._wait()


class ComesBackWithoutSubscribing(BinanceFeed):
    """Reconnects, and takes the subscription for one that lasts."""

    adapter = SubscribesOnlyUntilConfirmed


class GoesOnFromNow(DemoFeed):
    """What closed while it was away is not asked for."""

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        if why == "after connecting" and self.updates:
            self._next_ms = max(self._next_ms, self._grid.floor(self._now_ms()))
        return await super()._fill(why, since_ms)


class KeepsItsToken(DemoTokenFeed):
    """Each connection gets the first one's token."""

    adapter = UrlKeepsItsToken


PROVE = {
    "StaysAwayAfterABreak": ("RECON-01", "demo"),
    "ComesBackWithoutSubscribing": ("RECON-03", "binance"),
    "GoesOnFromNow": ("GAP-01", "demo"),
    "KeepsItsToken": ("TOKEN-01", "demo@token"),
}
