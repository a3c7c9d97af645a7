"""Wrong only with time: after a while, or when something happens."""

from __future__ import annotations

import time
from typing import Any

from reference_adapters import BinanceAdapter
from reference_adapters.binance import Candle


class PingsWithPlainText(BinanceAdapter):
    """Right for another exchange; here a text that is no JSON ends the connection."""

    ws_ping_interval = 18

    def get_ws_ping_payload(self) -> str:
        return "ping"


class NoUrlAfterTheFirstConnection(BinanceAdapter):
    """Thinks it is connected still, once it has seen three candles."""

    _candles = 0

    def get_ws_url(self) -> str:
        if self._candles > 2:
            raise RuntimeError("already connected")
        return super().get_ws_url()

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if data.get("e") == "kline" and data["s"] == "BTCUSDT" and data["k"]["i"] == "1m":
            self._candles += 1
        return candles


class SubscribesOnlyUntilConfirmed(BinanceAdapter):
    """Has seen the confirmation, and lists its subscriptions from then on."""

    _confirmed = False

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        self._confirmed = self._confirmed or "result" in data
        return super().parse_ws_message(data)

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        if self._confirmed:
            return {"method": "LIST_SUBSCRIPTIONS", "id": payload["id"]}
        return payload


class RestAnswersFromACacheOfTheGap(BinanceAdapter):
    """Once a request has failed, it takes all but the newest candle to be known."""

    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._failed = False

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        try:
            candles = await super().fetch_rest_candles(*args, **kwargs)
        except ValueError:
            raise
        except Exception:
            self._failed = True
            raise
        return candles[-1:] if self._failed else candles


class RestNeverRefreshes(BinanceAdapter):
    """Keeps what it fetched for a pair and interval for an hour, if it reaches up to now."""

    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._kept: dict[tuple[str, str], tuple[float, list[Candle]]] = {}

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 500, network_client: Any = None,
    ) -> list[Candle]:  # fmt: skip
        kept_at, kept = self._kept.get((trading_pair, interval), (0.0, []))
        if not kept or time.time() - kept_at > 3600 or (start_time or 0) < kept[0].timestamp:
            kept = await super().fetch_rest_candles(
                trading_pair, interval, start_time, limit, network_client
            )
            self._kept[trading_pair, interval] = time.time(), kept
        return [candle for candle in kept if candle.timestamp >= (start_time or 0)][:limit]


class StopsAtItsLimit(BinanceAdapter):
    """A cache that was to hold so many, and holds everything up: ccxt/ccxt#6631."""

    _seen = 0

    def parse_ws_message(self, data: Any) -> list[Candle] | None:
        self._seen += 1
        return super().parse_ws_message(data) if self._seen <= 400 else None
