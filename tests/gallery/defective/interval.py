"""Wrong in what intervals there are."""

from __future__ import annotations

from typing import Any

from reference_adapters import BinanceAdapter
from reference_adapters.binance import INTERVALS, Candle


class ClaimsAnIntervalThatIsNotStreamed(BinanceAdapter):
    def get_supported_intervals(self) -> dict[str, int]:
        return {**INTERVALS, "1m": 60}

    def get_ws_supported_intervals(self) -> list[str]:
        return [*INTERVALS, "10m"]


class MinutesForSeconds(BinanceAdapter):
    def get_supported_intervals(self) -> dict[str, int]:
        return {**INTERVALS, "5m": 5}


class ClaimsTwoIntervalsOnly(BinanceAdapter):
    """Not wrong: the observation is what the check is for."""

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m", "1h"]


class HandsOutItsOwnList(BinanceAdapter):
    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._streamed = list(INTERVALS)

    def get_ws_supported_intervals(self) -> list[str]:
        return self._streamed


class TakesTheUnknownForMinutes(BinanceAdapter):
    """A default for an interval that it does not know."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        known = interval if interval in INTERVALS else "1m"
        return super().get_ws_subscription_payload(trading_pair, known)

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, *args: Any, **kwargs: Any
    ) -> list[Candle]:
        known = interval if interval in INTERVALS else "1m"
        return await super().fetch_rest_candles(trading_pair, known, *args, **kwargs)
