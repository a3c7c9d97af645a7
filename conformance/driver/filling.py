"""What a feed missed is fetched by REST: page by page, closed candles alone, when it may ask."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Literal

from conformance.contract import Reading, read_candle
from conformance.driver.network_client import NetworkClient, told_to_wait
from conformance.driver.pauses import Pauses
from conformance.subject import AdapterRaised, Subject
from conformance.watched import Emitted, Note
from mock_exchanges.core.calendar import Grid

PAGE = 500
# the fewest that are asked for after failures: an adapter may refuse what is too much for it
SMALLEST_PAGE = 50
# seconds a host waits for a REST answer
REST_PATIENCE_S = 60.0
# milliseconds that a host waits longer than it was told to
GRACE_MS = 500
# the HTTP status of a ban, which holds for an address and all that it does
BANNED = 418


class Filling:
    """Knows which candle comes next, passes candles on, and fetches those that are missing."""

    def __init__(
        self,
        subject: Subject,
        client: NetworkClient,
        pair: str,
        interval: str,
        grid: Grid,
        now_ms: Callable[[], int],
        seed: int,
        history: int,
        page: int = PAGE,
    ) -> None:
        self.candles: list[Emitted] = []
        self.notes: list[Note] = []
        self.errors: list[AdapterRaised] = []
        self._subject = subject
        self._client = client
        self._pair = pair
        self._interval = interval
        self._grid = grid
        self._now_ms = now_ms
        # how many candles to ask REST for at once
        self._page = self._largest_page = page
        self._fill_pauses = Pauses(random.Random(seed))
        # the own clock's times before which REST is not asked, and no connection tried
        self._ask_from_ms = self._connect_from_ms = 0
        self.first_ms = grid.back(grid.floor(now_ms()), history)
        self._next_ms = self.first_ms

    def _note(self, text: str) -> None:
        self.notes.append(Note(self._now_ms(), text))

    def _there_ms(self) -> int:
        """Return the exchange's time, as far as a client can know it, epoch milliseconds.

        A host's own clock may be wrong by minutes, and what is closed is the exchange's to say.
        """
        return self._now_ms() + self._client.ahead_ms

    def _emit(self, reading: Reading, source: Literal["stream", "rest"]) -> None:
        self.candles.append(Emitted(reading, self._now_ms(), source))
        self._next_ms = self._grid.next(round(float(reading.timestamp) * 1000))

    async def _close_gap(self, open_ms: int) -> None:
        """Fill what is missing before a candle, or leave a hole.

        While REST does not answer nothing later is passed on: it is asked again, now and then.
        """
        answered = await self._fill("gap")
        if answered and open_ms > self._next_ms:
            self._leave_hole(open_ms)

    def _leave_hole(self, open_ms: int) -> None:
        """Go on with a later candle, as those before are not to be had."""
        self._note(f"hole left from {self._next_ms // 1000} to {open_ms // 1000}")
        self._next_ms = open_ms

    async def _fill(self, why: str, since_ms: int = 0) -> bool:
        """Fetch by REST the closed candles that were not passed on yet, page by page.

        With ``since_ms`` only those that open then or later. A page without candles may be a
        stretch in which nothing was traded: the next one is asked for all the same. Returns
        whether REST answered. After a failure it is not asked for a while, and then for fewer
        candles at once, until all is there.
        """
        asked_ms = max(self._next_ms, since_ms)
        while True:
            now_ms = self._there_ms()
            if self._grid.next(asked_ms) > now_ms:
                self._page = self._largest_page
                return True
            if self._now_ms() < self._ask_from_ms:
                return False
            count = min((now_ms - asked_ms) // self._grid.length_ms + 1, self._page)
            try:
                async with asyncio.timeout(REST_PATIENCE_S):
                    rows = await self._subject.fetch(
                        self._pair, self._interval, asked_ms // 1000, count
                    )
                readings = sorted(
                    (read_candle(row) for row in rows), key=lambda r: float(r.timestamp)
                )
            except (AdapterRaised, ValueError, TimeoutError) as error:
                if isinstance(error, AdapterRaised):
                    self.errors.append(error)
                self._note(f"fill ({why}) failed: {error}")
                self._page = min(self._page, max(SMALLEST_PAGE, count // 2))
                self._refrain(error)
                return False
            self._fill_pauses.begin_again()
            # the first answer tells the exchange's time
            now_ms = min(now_ms, self._there_ms())
            before = self._next_ms
            for reading in readings:
                self._fill_in(reading, now_ms)
            if self._next_ms == before:
                self._note(f"fill ({why}): nothing from {asked_ms // 1000} on")
            asked_ms = self._after_page(asked_ms, count)

    def _fill_in(self, reading: Reading, now_ms: int) -> None:
        """Pass a candle from REST on, if it is closed and was not passed on before."""
        open_ms = round(float(reading.timestamp) * 1000)
        if self._next_ms <= open_ms < now_ms and self._grid.next(open_ms) <= now_ms:
            self._emit(reading, "rest")

    def _after_page(self, asked_ms: int, count: int) -> int:
        """Return where to ask on after a page for so many candles."""
        return self._next_ms if self._next_ms > asked_ms else self._grid.ahead(asked_ms, count)

    def _refrain(self, error: Exception) -> None:
        """Ask REST later, or when it said; a ban holds for connections, too."""
        wait_s, told = self._fill_pauses.next(), told_to_wait(error)
        if told is not None:
            wait_s = max(wait_s, told.wait_s + GRACE_MS / 1000)
        self._ask_from_ms = self._now_ms() + round(wait_s * 1000)
        if told is not None and told.status == BANNED:
            self._connect_from_ms = max(self._connect_from_ms, self._ask_from_ms)
