"""Feeds that subscribe wrongly, or hear badly what the exchange says to it."""

from __future__ import annotations

from conformance.contract import Reading
from tests.gallery.defective import PayloadWithUpperCaseSymbol
from tests.gallery.feeds.good import BinanceFeed, DemoFeed
from tests.gallery.feeds.many import DemoManyFeed, Refused


class AsksInUpperCase(BinanceFeed):
    """Stream names are in lower case; others are accepted, and silent."""

    adapter = PayloadWithUpperCaseSymbol


class DropsRefusals(DemoFeed):
    """Errors of the exchange are logged by nobody."""

    def _hear_refusal(self, why: str | None) -> None:
        pass


class WaitsForTheConfirmation(DemoManyFeed):
    """Watches streams once they are confirmed, and waits for that without an end."""

    def unconfirmed(self, since_ms: int) -> None:
        pass


class RemembersWhatWasLeft(DemoManyFeed):
    """Tells the exchange of an unsubscription, and forgets to forget."""

    async def unsubscribe(self, trading_pair: str) -> None:
        if self.socket is not None:
            await self.socket.send(self.request([trading_pair], "unsubscribe"))


class OneMessageForEachPair(DemoManyFeed):
    """Sends as many messages as there are pairs, without a pause."""

    batch = 1


class GivesUpAllForOne(DemoManyFeed):
    """An error of the exchange ends the whole feed."""

    def refused(self, text: str, why: str) -> None:
        super().refused(text, why)
        raise Refused(why)


class WatchesTheFirstConnectionOnly(DemoFeed):
    """The watchdog is started with the feed, and not again with each connection."""

    _number = 0

    async def _stream(self) -> None:
        self._number += 1
        await super()._stream()

    async def _stalled(self) -> bool:
        return self._number == 1 and await super()._stalled()


class NamesTheLastPairAsked(DemoManyFeed):
    """The callback was made in a loop, and knows the loop's last pair."""

    def close(self, pair: str, reading: Reading) -> None:
        tell, self.on_candle = self.on_candle, lambda _, candle: None
        super().close(pair, reading)
        self.on_candle = tell
        self.on_candle(self.pairs[-1], reading)


PROVE = {
    "AsksInUpperCase": ("SUB-01", "binance"),
    "DropsRefusals": ("SUB-02", "demo"),
    "WaitsForTheConfirmation": ("SUB-03", "demo"),
    "RemembersWhatWasLeft": ("SUB-04", "demo"),
    "OneMessageForEachPair": ("SUB-05", "demo"),
    "GivesUpAllForOne": ("SUB-06", "demo"),
    "WatchesTheFirstConnectionOnly": ("SUB-07", "demo"),
    "NamesTheLastPairAsked": ("LIFE-01", "demo"),
}
