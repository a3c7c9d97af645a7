"""What a scenario or a control request does to the market while it runs.

Times are seconds after the edit is made, negative ones before; stretches are widened to
whole minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.market import Market
from mock_exchanges.core.pair import Pair
from mock_exchanges.core.pairs import pairs_named


class _Edit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def model_post_init(self, context: Any) -> None:
        """Count the kind as said, so that what is written without the defaults reads back."""
        self.model_fields_set.add("edit")


class _Stretch(_Edit):
    from_s: float = Field(default=0, description="begins so many seconds from now")
    for_s: float = Field(default=300, gt=0, description="and lasts so many seconds")

    def stretch_ms(self, now_ms: int) -> tuple[int, int]:
        """Return the stretch ``[start, end)`` in whole minutes, epoch milliseconds."""
        start = now_ms + self.from_s * 1000
        end = start + self.for_s * 1000
        return int(start // MINUTE_MS) * MINUTE_MS, -int(-end // MINUTE_MS) * MINUTE_MS


class Halt(_Stretch):
    """Nothing is traded, and there are no candles, of one pair or of all."""

    edit: Literal["halt"] = "halt"
    pair: str | None = Field(default=None, description="standard name, BTC-USDT; all if left out")

    def apply(self, market: Market, now_ms: int) -> None:
        """Edit the market. Raises UnknownPair for a pair that is not listed."""
        market.halt(*self.stretch_ms(now_ms), pair=self.pair)


class Gap(_Stretch):
    """The exchange has lost the candles of a stretch: neither stream nor REST tells them."""

    edit: Literal["gap"] = "gap"
    pair: str = Field(description="standard name, BTC-USDT")

    def apply(self, market: Market, now_ms: int) -> None:
        """Edit the market. Raises UnknownPair for a pair that is not listed."""
        market.gap(self.pair, *self.stretch_ms(now_ms))


class Quieten(_Stretch):
    """Nobody trades a pair, though the market is open: a silence that is no stall."""

    edit: Literal["quieten"] = "quieten"
    pair: str | None = Field(default=None, description="standard name, BTC-USDT; all if left out")

    def apply(self, market: Market, now_ms: int) -> None:
        """Edit the market. Raises UnknownPair for a pair that is not listed."""
        for pair in [self.pair] if self.pair else list(market.pairs):
            market.quieten(pair, *self.stretch_ms(now_ms))


class Correct(_Edit):
    """One more trade of an earlier minute becomes known: its candles change, and larger ones."""

    edit: Literal["correct"] = "correct"
    pair: str = Field(description="standard name, BTC-USDT")
    minutes_ago: int = Field(default=1, ge=1, description="which minute, counted back from now")
    price: Decimal | None = Field(
        default=None, gt=0, description="in quote units; the close's if left out"
    )
    volume: Decimal = Field(gt=0, description="of the trade, in base units")

    def apply(self, market: Market, now_ms: int) -> None:
        """Edit the market. Raises UnknownPair for a pair that is not listed."""
        minute_ms = now_ms - now_ms % MINUTE_MS - self.minutes_ago * MINUTE_MS
        market.correct(self.pair, minute_ms, price=self.price, volume=self.volume)


class ListPair(_Edit):
    """A pair is listed, with a market of its own, from a UTC day on."""

    edit: Literal["list"] = "list"
    pair: str = Field(description="standard name, SOL-USDT")
    listed: str | None = Field(default=None, description="UTC day, 2026-07-25; today if left out")

    def apply(self, market: Market, now_ms: int) -> None:
        """Edit the market. Raises ValueError for a name that is none or a pair that is listed."""
        found: Pair = pairs_named([self.pair])[0]
        today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
        day = today if self.listed is None else datetime.fromisoformat(self.listed).date()
        market.list_pair(replace(found, listed=day))


MarketEdit = Annotated[Halt | Gap | Quieten | Correct | ListPair, Field(discriminator="edit")]

EDITS: Mapping[str, type[_Edit]] = {
    str(edit.model_fields["edit"].default): edit for edit in (Halt, Gap, Quieten, Correct, ListPair)
}
