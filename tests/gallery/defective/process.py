"""Wrong to the process around them."""

from __future__ import annotations

import decimal
import signal
import socket
from typing import Any

import requests

from reference_adapters import BinanceAdapter
from reference_adapters.binance import Candle


class SetsTheTimeoutOfAllSockets(BinanceAdapter):
    """Meant for its own requests; every socket of the program has it from now on."""

    def __init__(self) -> None:
        super().__init__()
        socket.setdefaulttimeout(10.0)


class TakesTheInterrupt(BinanceAdapter):
    """Ctrl-C is its business now, and no longer the program's."""

    def __init__(self) -> None:
        super().__init__()
        signal.signal(signal.SIGINT, lambda *_: None)


class CountsInSevenDigits(BinanceAdapter):
    """The context of the whole thread, for one sum of its own."""

    def parse_ws_message(self, data: Any) -> list[Candle] | None:
        decimal.getcontext().prec = 7
        return super().parse_ws_message(data)


class BlocksForItsUrl(BinanceAdapter):
    """Looks whether the exchange is there first, with a blocking library."""

    async def get_ws_url(self) -> str:  # type: ignore[override]
        requests.get("https://api.binance.com/api/v3/ping", timeout=10)  # noqa: ASYNC210 - the defect
        return super().get_ws_url()
