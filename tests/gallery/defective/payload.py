"""Wrong in the name of a pair, or in a request for candles."""

from __future__ import annotations

from typing import Any

from reference_adapters import BinanceAdapter


class PairCutAtSixLetters(BinanceAdapter):
    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        base, quote = trading_pair.split("-")
        return base[:3] + quote[:4]


class PairOfTheOtherDollar(BinanceAdapter):
    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        return trading_pair.replace("-", "").replace("USDT", "USDC")


class PayloadMethodInLowerCase(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "method": "subscribe"}


class PayloadWithoutId(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        del payload["id"]
        return payload


class PayloadThatIsNoJson(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "params": set(payload["params"])}


class PayloadAlwaysForOneMinute(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        return super().get_ws_subscription_payload(trading_pair, "1m")


class PayloadWithUpperCaseSymbol(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        symbol = self.get_trading_pair_format(trading_pair)
        return {**payload, "params": [f"{symbol}@kline_{interval}"]}


class PayloadOnlyOnce(BinanceAdapter):
    """One shared dict: asking for the second pair changes what was given for the first."""

    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._payload: dict[str, Any] = {}

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        self._payload.update(super().get_ws_subscription_payload(trading_pair, interval))
        return self._payload


class PayloadWithAnIdThatGrows(BinanceAdapter):
    """An id for people, which is longer for a long name than Binance allows."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "id": f"candles-of-{trading_pair}-every-{interval}-once"}
