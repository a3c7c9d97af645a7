"""Wrong in being loaded, or in the URL."""

from __future__ import annotations

from reference_adapters import BinanceAdapter
from reference_adapters.binance import WS_URL


class NoSupportedIntervals(BinanceAdapter):
    get_supported_intervals = None  # type: ignore[assignment]


class UrlOfUnawaitedToken(BinanceAdapter):
    """The guide's own slip: a token that was never awaited."""

    async def _token(self) -> str:
        return "abc"

    def get_ws_url(self) -> str:
        token = self._token()
        url = f"{WS_URL}?token={token}"
        token.close()  # keeps Python from warning about what is the point here
        return url


class UrlWithoutEncryption(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "ws://stream.binance.com:9443/ws"


class UrlOfTheTestSystem(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "wss://stream.testnet.binance.vision/ws"


class UrlWithRetiredPath(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "wss://stream.binance.com:9443/websocket/v1"


class UrlGrowsWithEveryCall(BinanceAdapter):
    _url = WS_URL

    def get_ws_url(self) -> str:
        url, self._url = self._url, f"{self._url}x"
        return url
