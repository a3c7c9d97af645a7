"""Feeds that need a right clock, or a network from the start on."""

from __future__ import annotations

from tests.gallery.feeds.good import DemoFeed
from tests.gallery.feeds.reconnect import for_ever


class ClosesByItsOwnClock(DemoFeed):
    """What is closed is what its own clock says."""

    def _there_ms(self) -> int:
        return self._now_ms()


class StartsInSilence(DemoFeed):
    """Tells nothing before its first connection: ccxt/ccxt#22412."""

    _was_connected = False

    def _note(self, text: str) -> None:
        self._was_connected |= text.startswith("connected")
        if self._was_connected:
            super()._note(text)


class NeedsItsFirstConnection(DemoFeed):
    """Makes again only a connection that once was."""

    async def _wait(self) -> None:
        if not any(note.text.startswith("connected") for note in self.notes):
            await for_ever()
        await super()._wait()


PROVE = {
    "ClosesByItsOwnClock": ("LIFE-02", "demo"),
    "StartsInSilence": ("LIFE-03", "demo"),
    "NeedsItsFirstConnection": ("LIFE-03", "demo"),
}
