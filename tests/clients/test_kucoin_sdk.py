"""KuCoin's official SDK, unmodified, on the mock, in real time as it lives in threads.

It takes a new token for each connection, wants a welcome and an ack within five seconds
each, and waits five more after reconnecting before it subscribes again.
"""

from __future__ import annotations

import json
import queue
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.kucoin import wire
from mock_exchanges.server.threaded import RunningMock, running
from tests.clients.recipe import defect, recipe

pytest.importorskip(
    "kucoin_universal_sdk", reason="needs the extra: pip install exchange-conformance[clients]"
)

# It declares its models in a way that pydantic wants changed.
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from kucoin_universal_sdk.api import DefaultClient
    from kucoin_universal_sdk.generate.spot.market import GetKlinesReqBuilder
    from kucoin_universal_sdk.model import (
        ClientOptionBuilder,
        TransportOptionBuilder,
        WebSocketClientOptionBuilder,
    )
    from kucoin_universal_sdk.model.websocket_option import WebSocketEvent

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:kucoin_universal_sdk")

EPOCH_MS = 1_717_243_200_000  # 2024-06-01 12:00 UTC
MINUTE = every(MINUTE_MS)
SOON_S = 20.0


@recipe(
    client="kucoin-universal-sdk",
    exchange="kucoin",
    carries="REST and WebSocket, in threads; the socket's URL comes with the token, by REST",
)
def client(mock: RunningMock, happened: Any = None) -> Any:
    sockets = WebSocketClientOptionBuilder().with_reconnect_interval(0.1)
    if happened is not None:
        sockets = sockets.with_event_callback(lambda event, *_: happened.put(event))
    option = (
        ClientOptionBuilder()
        .set_key("")
        .set_secret("")
        .set_passphrase("")
        .set_spot_endpoint(mock.rest_url)
        .set_transport_option(TransportOptionBuilder().build())
        .set_websocket_client_option(sockets.build())
        .build()
    )
    return DefaultClient(option)


@contextmanager
def connected(mock: RunningMock, happened: Any = None) -> Iterator[Any]:
    socket = client(mock, happened).ws_service().new_spot_public_ws()
    socket.start()
    try:
        yield socket
    finally:
        socket.stop()


def expected(mock: RunningMock, event: Any) -> list[str]:
    """Return what the ledger has for the second that a message told."""
    told_to = event.time // 1_000_000_000 * 1000
    candle = mock.market.at("BTC-USDT", MINUTE, told_to - 1)
    assert candle is not None
    row: list[str] = json.loads(wire.row(candle))
    return row


def test_fetches_pages_of_candles_equal_to_the_ledger() -> None:
    with running("kucoin", epoch_ms=EPOCH_MS) as mock:
        market = client(mock).rest_service().get_spot_service().get_market_api()
        rows: list[list[str]] = []
        first_s = EPOCH_MS // 1000 - 3_500 * 60
        for start_s in range(first_s, EPOCH_MS // 1000, 1500 * 60):
            end_s = min(start_s + 1500 * 60, EPOCH_MS // 1000)
            asked = GetKlinesReqBuilder().set_symbol("POWR-USDT").set_type("1min")
            page = market.get_klines(asked.set_start_at(start_s).set_end_at(end_s).build())
            rows += reversed(page.data)
        candles = mock.market.candles("POWR-USDT", MINUTE, first_s * 1000, EPOCH_MS)
        assert rows == [json.loads(wire.row(candle)) for candle in candles if candle.trades]
        assert len(rows) < 3_500


def test_a_rest_error_is_raised() -> None:
    with running("kucoin", epoch_ms=EPOCH_MS) as mock:
        market = client(mock).rest_service().get_spot_service().get_market_api()
        asked = GetKlinesReqBuilder().set_symbol("NOPE-USDT").set_type("1min").build()
        with pytest.raises(Exception, match="This pair is not provided at present"):
            market.get_klines(asked)


@defect(
    "A refused subscription is raised as `TypeError`, without the exchange's words.",
    client="kucoin-universal-sdk",
    exchange="kucoin",
)
def test_listens_over_a_boundary_and_through_an_error_and_a_drop() -> None:
    """Cause: it raises the frame's text instead of an exception."""
    # In one go, as the SDK takes ten seconds to stop: its socket's reader looks every ten.
    events: queue.Queue[Any] = queue.Queue()
    happened: queue.Queue[Any] = queue.Queue()

    def heard(topic: str, subject: str, event: Any) -> None:
        events.put((topic, subject, event))

    def told() -> tuple[str, Any]:
        """Return subject and message of the next candle, which must be the ledger's."""
        topic, subject, event = events.get(timeout=SOON_S)
        assert topic == "/market/candles:BTC-USDT_1min"
        assert event.candles == expected(mock, event)
        return subject, event

    with (
        running("kucoin", epoch_ms=EPOCH_MS - 3_000) as mock,
        connected(mock, happened) as socket,
    ):
        with pytest.raises(TypeError, match="must derive from BaseException"):
            socket.klines("BTC-USDT", "1m", heard)
        socket.klines("BTC-USDT", "1min", heard)
        subject, event = told()
        assert (subject, event.candles[0]) == ("trade.candles.update", str(EPOCH_MS // 1000 - 60))
        while event.candles[0] != str(EPOCH_MS // 1000):
            subject, event = told()
        assert subject == "trade.candles.add"

        mock.end_connections(Drop("eof"))
        while happened.get(timeout=SOON_S) is not WebSocketEvent.EVENT_RE_SUBSCRIBE_OK:
            pass
        while not events.empty():
            told()
        told()
        assert len({entry.text for entry in mock.journal() if entry.kind == "connect"}) == 2
        asked = [entry for entry in mock.journal() if "bullet-public" in entry.text]
        assert len(asked) == 2
