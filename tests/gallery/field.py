"""Defects that were seen in the field, on the exchanges on which they were seen.

Beside each the public thread. The matrix test holds that each fails its own check and
nothing unrelated.
"""

from __future__ import annotations

from typing import Any

from reference_adapters import CoinbaseAdapter, KuCoinAdapter, OKXAdapter
from reference_adapters.kucoin import Candle as KuCoinCandle
from reference_adapters.okx import Candle as OKXCandle


def swapped(candle: Any, one: str, other: str) -> Any:
    """Return a candle with two columns exchanged."""
    kept = getattr(candle, one)
    object.__setattr__(candle, one, getattr(candle, other))
    object.__setattr__(candle, other, kept)
    return candle


class OKXCandlesOnPublic(OKXAdapter):
    """Candles moved to /business on 2023-06-20: burakoner/OKX.Api#46, sieblyio/okx-api#106."""

    def get_ws_url(self) -> str:
        return "wss://ws.okx.com:8443/ws/v5/public"


class OKXReadsOpenCloseHighLow(OKXAdapter):
    """bmoscon/cryptofeed#881."""

    def parse_ws_message(self, data: Any) -> list[OKXCandle] | None:
        candles = super().parse_ws_message(data)
        return [swapped(c, "high", "close") for c in candles] if candles else candles


class OKXStreamsDaysOfItsZone(OKXAdapter):
    """Days of UTC+8 by stream, of UTC by REST: ccxt/ccxt#15565, veighna-global/vnpy_okx#34."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        for arg in payload["args"]:
            arg["channel"] = arg["channel"].replace("utc", "")
        return payload


class OKXWeeksOfItsZone(OKXAdapter):
    """Weeks of UTC+8 beside days of UTC: no week is the sum of its days."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        for arg in payload["args"]:
            arg["channel"] = arg["channel"].replace("1Wutc", "1W")
        return payload

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 100, network_client: Any = None,
    ) -> list[Any]:  # fmt: skip
        client = network_client or self._network_client

        class Zoned:
            async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
                bar = params["bar"].replace("1Wutc", "1W")
                return await client.get_rest_data(url, params={**params, "bar": bar})

        return await super().fetch_rest_candles(trading_pair, interval, start_time, limit, Zoned())


class OKXPingsByJson(OKXAdapter):
    """The ping of another exchange: here the connection hears a request it cannot read."""

    ws_ping_interval = 40

    def get_ws_ping_payload(self) -> Any:
        return {"op": "ping"}


class OKXPingsTwiceASecond(OKXAdapter):
    """A period in other units."""

    ws_ping_interval = 0.5


class KuCoinPingsByAConstant(KuCoinAdapter):
    """The period of the day on which it was written: ccxt/ccxt#14557."""

    async def get_ws_url(self) -> str:
        url = await super().get_ws_url()
        self.ws_ping_interval = 18.0
        return url


class KuCoinReadsOpenHighLowClose(KuCoinAdapter):
    """KuCoin's order is open, close, high, low: ccxt/ccxt#22472, sammchardy/python-kucoin#123."""

    def parse_ws_message(self, data: dict[str, Any]) -> list[KuCoinCandle] | None:
        candles = super().parse_ws_message(data)
        return [swapped(c, "high", "close") for c in candles] if candles else candles


class KuCoinRestReadsOpenHighLowClose(KuCoinAdapter):
    """The same by REST."""

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[KuCoinCandle]:
        candles = await super().fetch_rest_candles(*args, **kwargs)
        return [swapped(c, "high", "close") for c in candles]


class KuCoinKeepsItsToken(KuCoinAdapter):
    """knowm/XChange#4740, bmoscon/cryptofeed#1023, hummingbot/hummingbot#8452."""

    _url = ""

    async def get_ws_url(self) -> str:
        self._url = self._url or await super().get_ws_url()
        return self._url


class KuCoinSaysOneMinuteAsOthersDo(KuCoinAdapter):
    """``1m`` where KuCoin says ``1min``: refused in an error frame."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "topic": f"/market/candles:{trading_pair}_{interval}"}


class CoinbaseClaimsOneMinute(CoinbaseAdapter):
    """Five minutes come, whatever one asks for."""

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m", "5m"]


class CoinbaseAsksForTooMany(CoinbaseAdapter):
    """Coinbase's cap on a page: ccxt/ccxt#25171."""

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 300, network_client: Any = None,
    ) -> list[Any]:  # fmt: skip
        return await super().fetch_rest_candles(
            trading_pair, interval, start_time, min(limit, 300), network_client
        )


class CoinbaseTakesUsdForUsdt(CoinbaseAdapter):
    """Another listed market: everything works, and every number is wrong."""

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        return trading_pair.replace("-USDT", "-USD")


class CoinbaseReadsOnlyTheFirstCandle(CoinbaseAdapter):
    """A snapshot is a list."""

    def parse_ws_message(self, data: dict[str, Any]) -> list[Any] | None:
        candles = super().parse_ws_message(data)
        return candles[:1] if candles else candles


# adapter -> what it proves, and on which exchange
PROVE = {
    "OKXCandlesOnPublic": ("URL-02", "okx"),
    "OKXReadsOpenCloseHighLow": ("PARSE-01", "okx"),
    "OKXStreamsDaysOfItsZone": ("ALIGN-02", "okx"),
    "OKXWeeksOfItsZone": ("ALIGN-04", "okx"),
    "OKXPingsByJson": ("HB-02", "okx"),
    "OKXPingsTwiceASecond": ("HB-07", "okx"),
    "KuCoinPingsByAConstant": ("HB-06", "kucoin"),
    "KuCoinReadsOpenHighLowClose": ("PARSE-01", "kucoin"),
    "KuCoinRestReadsOpenHighLowClose": ("REST-03", "kucoin"),
    "KuCoinKeepsItsToken": ("TOKEN-01", "kucoin"),
    "KuCoinSaysOneMinuteAsOthersDo": ("PAY-01", "kucoin"),
    "CoinbaseClaimsOneMinute": ("INTV-01", "coinbase"),
    "CoinbaseAsksForTooMany": ("REST-04", "coinbase"),
    "CoinbaseTakesUsdForUsdt": ("PAIR-01", "coinbase"),
    "CoinbaseReadsOnlyTheFirstCandle": ("PARSE-02", "coinbase"),
}
