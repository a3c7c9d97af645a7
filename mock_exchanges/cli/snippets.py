"""What to paste so that a client talks to the mock instead of the exchange."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from string import Template
from urllib.parse import urlsplit

_CODE_AT = 18
_LABEL_FITS = _CODE_AT - len("  ") - len("  ")


@dataclass(frozen=True, slots=True)
class Snippet:
    """What points one client at one exchange; the recipes in tests/clients hold these.

    In the texts ``$rest`` and ``$ws`` are the addresses, ``$host`` that of REST without its
    scheme, ``$ca`` the file of the CA, and ``$cafile`` ccxt's line for it, if there is one.
    ``plain`` is pasted, or said, without TLS, ``tls`` with it where it differs, ``trust``
    after that.
    """

    client: str
    plain: str
    tls: str = ""
    trust: str = ""


def _ccxt(config: str, exchange: str) -> Snippet:
    return Snippet("ccxt", f"ccxt.pro.{exchange}({{\n{textwrap.indent(config, '    ')}$cafile\n}})")


_NO_TLS = "# serve with --tls: it speaks nothing else"
_SPOT = '"options": {"fetchMarkets": {"types": ["spot"]}},'

SNIPPETS: dict[str, tuple[Snippet, ...]] = {
    "binance": (
        _ccxt(
            '"urls": {"api": {"public": "$rest/api/v3",\n'
            '                 "ws": {"spot": "$ws/ws"}}},\n' + _SPOT,
            "binance",
        ),
        Snippet(
            "python-binance",
            "class Client(binance.AsyncClient):\n"
            '    API_URL = "$rest/api"\n'
            "class Sockets(binance.BinanceSocketManager):\n"
            '    STREAM_URL = "$ws/"',
            trust="SSL_CERT_FILE=$ca",
        ),
    ),
    "coinbase": (
        # it has no stream of candles there
        _ccxt('"urls": {"api": {"rest": "$rest"}},', "coinbase"),
        Snippet(
            "coinbase-advanced-py",
            'coinbase.websocket.WSClient(base_url="$ws", on_message=print)\n'
            "# for its RESTClient serve with --tls: its scheme is always https",
            tls='coinbase.websocket.WSClient(base_url="$ws", on_message=print)\n'
            'coinbase.rest.RESTClient(base_url="$host")',
            trust="REQUESTS_CA_BUNDLE=$ca",
        ),
    ),
    # any library will do, at the addresses above
    "demo": (),
    "kucoin": (
        # the socket's address comes with the token, by REST
        _ccxt(
            '"urls": {"api": {"public": "$rest",\n'
            '                 "private": "$rest",\n'
            '                 "futuresPublic": "$rest",\n'
            '                 "futuresPrivate": "$rest"}},',
            "kucoin",
        ),
        Snippet(
            "kucoin-universal-sdk",
            'ClientOptionBuilder().set_spot_endpoint("$rest")',
            # it sends past what would let requests read a CA from the environment
            tls="# serve without --tls: it cannot be told of a CA",
        ),
        Snippet(
            "python-kucoin",
            _NO_TLS,
            tls='class Client(kucoin.client.Client):\n    REST_API_URL = "$rest"',
            trust="REQUESTS_CA_BUNDLE=$ca SSL_CERT_FILE=$ca",
        ),
    ),
    "okx": (
        _ccxt(
            '"urls": {"api": {"rest": "$rest",\n                 "ws": "$ws/ws/v5"}},\n' + _SPOT,
            "okx",
        ),
        Snippet(
            "python-okx",
            'okx.MarketData.MarketAPI(domain="$rest")\n'
            "# for its WsPublicAsync serve with --tls: it speaks nothing else",
            tls='okx.MarketData.MarketAPI(domain="$rest")\n'
            'okx.websocket.WsPublicAsync.WsPublicAsync("$ws/ws/v5/business")',
            trust="SSL_CERT_FILE=$ca",
        ),
    ),
}


def paste(exchange: str, rest: str, ws: str, ca: str | None) -> str:
    """Return lines to paste into clients of an exchange, or nothing where none are known."""
    values = {
        "rest": rest,
        "ws": ws,
        "host": urlsplit(rest).netloc,
        "ca": ca or "",
        "cafile": f'\n    "cafile": "{ca}",' if ca else "",
    }
    return "".join(
        _written(each, values, bool(ca)) for each in SNIPPETS.get(exchange.partition("@")[0], ())
    )


def _written(snippet: Snippet, values: dict[str, str], secure: bool) -> str:
    code = Template(snippet.tls if secure and snippet.tls else snippet.plain).substitute(values)
    lines = textwrap.indent(code, " " * _CODE_AT)
    label = f"  {snippet.client}"
    if len(snippet.client) <= _LABEL_FITS:
        text = label + lines[len(label) :] + "\n"
    else:
        text = f"{label}\n{lines}\n"
    if secure and snippet.trust:
        trust = Template(snippet.trust).substitute(values)
        text += f"  with {snippet.client}, set {trust} before it is imported\n"
    return text
