"""Feeds that read history page by page, each wrong in one way."""

from __future__ import annotations

from typing import Literal

from conformance.contract import Reading
from conformance.driver.feed import AdapterFeed
from tests.gallery.feeds.good import DemoFeed, OKXFeed

_NEVER_MS = 4_102_444_800_000


class PagesOverlap(DemoFeed):
    """The next page begins with the last candle of the one before, which comes twice."""

    def _after_page(self, asked_ms: int, count: int) -> int:
        after_ms = super()._after_page(asked_ms, count)
        if count == self._page:
            after_ms = self._next_ms = self._grid.previous(after_ms)
        return after_ms


class BackfillsNewestFirst(OKXFeed):
    """Hands history over as the exchange sends it: huobiapi/API_Docs_en#31."""

    _held: list[Reading] | None = None

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        self._held = []
        answered = await super()._fill(why, since_ms)
        for reading in reversed(self._held):
            self._tell[0](reading)
        self._held = None
        return answered

    def _emit(self, reading: Reading, source: Literal["stream", "rest"]) -> None:
        if self._held is None:
            super()._emit(reading, source)
        else:
            AdapterFeed._emit(self, reading, source)
            self._held.append(reading)


class Silent:
    """Leaves holes without a word."""

    _next_ms: int

    def _leave_hole(self, open_ms: int) -> None:
        self._next_ms = open_ms

    def _note(self, text: str) -> None:
        if "nothing from" not in text:
            super()._note(text)  # type: ignore[misc]


class TakesAnEmptyPageForTheEnd(Silent, OKXFeed):
    """Where a page has no candles, history ends."""

    def _after_page(self, asked_ms: int, count: int) -> int:
        after_ms = super()._after_page(asked_ms, count)
        return after_ms if after_ms == self._next_ms else _NEVER_MS


class FillsOnePageInSilence(Silent, DemoFeed):
    """Asks for one page, and goes on from now: nautechsystems/nautilus_trader#3145."""

    def _after_page(self, asked_ms: int, count: int) -> int:
        if count == self._page:
            self._leave_hole(self._grid.floor(self._there_ms()))
            return self._next_ms
        return super()._after_page(asked_ms, count)


PROVE = {
    "PagesOverlap": ("PAGE-02", "demo"),
    "BackfillsNewestFirst": ("PAGE-03", "okx"),
    "TakesAnEmptyPageForTheEnd": ("PAGE-04", "okx"),
    "FillsOnePageInSilence": ("PAGE-05", "demo"),
}
