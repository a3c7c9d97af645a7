"""What to paste so that a client talks to the mock instead of the exchange."""

from __future__ import annotations

from collections.abc import Callable

_CCXT = """\
  ccxt            ccxt.pro.binance({{
                      "urls": {{"api": {{"public": "{rest}/api/v3",
                                       "ws": {{"spot": "{ws}/ws"}}}}}},
                      "options": {{"fetchMarkets": {{"types": ["spot"]}}}},{cafile}
                  }})
"""
_PYTHON_BINANCE = """\
  python-binance  class Client(binance.AsyncClient):
                      API_URL = "{rest}/api"
                  class Sockets(binance.BinanceSocketManager):
                      STREAM_URL = "{ws}/"
"""


def _binance(rest: str, ws: str, ca: str | None) -> str:
    cafile = f'\n                      "cafile": "{ca}",' if ca else ""
    text = _CCXT.format(rest=rest, ws=ws, cafile=cafile) + _PYTHON_BINANCE.format(rest=rest, ws=ws)
    if ca:
        text += f"  with python-binance, set SSL_CERT_FILE={ca} before it is imported\n"
    return text


_SNIPPETS: dict[str, Callable[[str, str, str | None], str]] = {"binance": _binance}


def paste(exchange: str, rest: str, ws: str, ca: str | None) -> str:
    """Return lines to paste into clients of an exchange, or nothing where none are known."""
    make = _SNIPPETS.get(exchange.partition("@")[0])
    return make(rest, ws, ca) if make else ""
