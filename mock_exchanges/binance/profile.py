"""What is known of Binance Spot, each fact with its source and the date it was last known true.

Two dated profiles: ``2026-07-21`` is how the exchange was documented at that date and the
one used by default; ``2025-01-27`` is the last day of the old heartbeat. A rule that only
some deployment showed is marked `reported`, a rule nobody wrote down is marked `guess`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mock_exchanges.core.calendar import (
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    SECOND_MS,
    Grid,
    every,
    monthly,
    weekly,
)
from mock_exchanges.core.facts import chosen, fact

_DOCS = "https://developers.binance.com/docs/binance-spot-api-docs"
_STREAMS = f"WebSocket Streams, {_DOCS}/web-socket-streams"
_REST = f"REST API, {_DOCS}/rest-api"
_LIMITS = f"REST API, Limits, {_DOCS}/rest-api/limits"
_MARKET = f"REST API, Market data, {_DOCS}/rest-api/market-data-endpoints"
_ERRORS = f"Error codes, {_DOCS}/errors"
_CHANGES = f"Changelog, {_DOCS}"
_DOCS_DAY = "2026-07-21"

INTERVALS: Mapping[str, Grid] = {
    "1s": every(SECOND_MS),
    "1m": every(MINUTE_MS),
    "3m": every(3 * MINUTE_MS),
    "5m": every(5 * MINUTE_MS),
    "15m": every(15 * MINUTE_MS),
    "30m": every(30 * MINUTE_MS),
    "1h": every(HOUR_MS),
    "2h": every(2 * HOUR_MS),
    "4h": every(4 * HOUR_MS),
    "6h": every(6 * HOUR_MS),
    "8h": every(8 * HOUR_MS),
    "12h": every(12 * HOUR_MS),
    "1d": every(DAY_MS),
    "3d": every(3 * DAY_MS),
    "1w": weekly(),
    "1M": monthly(),
}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Facts of one date. Times are milliseconds unless the name says otherwise."""

    date: str = _DOCS_DAY

    # Where it lives.
    ws_hosts: tuple[str, ...] = fact(
        ("stream.binance.com", "data-stream.binance.vision", "stream.testnet.binance.vision"),
        _STREAMS,
        checked=_DOCS_DAY,
    )
    ws_ports: tuple[int, ...] = fact((9443, 443), _STREAMS, checked=_DOCS_DAY)
    rest_hosts: tuple[str, ...] = fact(
        (
            "api.binance.com",
            "api-gcp.binance.com",
            "api1.binance.com",
            "api2.binance.com",
            "api3.binance.com",
            "api4.binance.com",
            "data-api.binance.vision",
            "testnet.binance.vision",
        ),
        _REST,
        checked=_DOCS_DAY,
    )
    ws_paths: tuple[str, ...] = fact(
        ("/ws", "/ws/<stream>", "/stream", "/stream?streams=<stream>/<stream>"),
        _STREAMS,
        checked=_DOCS_DAY,
    )
    intervals: Mapping[str, Grid] = fact(INTERVALS, _MARKET, checked=_DOCS_DAY)
    three_days_from_epoch: bool = fact(
        True, "no source says where 3d candles begin", checked=_DOCS_DAY, trust="guess"
    )
    zone_offset_ms: int = fact(
        8 * HOUR_MS, f"{_STREAMS}, streams named ...@+08:00", checked=_DOCS_DAY
    )

    # Heartbeat.
    ping_every_ms: int = fact(20_000, f"{_CHANGES}, 2025-01-28", checked=_DOCS_DAY)
    pong_deadline_ms: int = fact(60_000, f"{_CHANGES}, 2025-01-28", checked=_DOCS_DAY)
    pong_timeout: str = fact(
        "Pong timeout",
        "close 1008, github.com/ccxt/php-binance-api issue 453",
        checked="2021-01-01",
        trust="reported",
    )
    empty_pong_counts: bool = fact(
        False,
        f"{_STREAMS}: the pong must copy the payload; enforcement was not seen",
        checked=_DOCS_DAY,
        trust="guess",
    )

    # Life of a connection.
    connection_age_ms: int = fact(DAY_MS, _STREAMS, checked=_DOCS_DAY)
    age_close_code: int = fact(
        1001,
        "github.com/sammchardy/python-binance issues 1589 and 1608",
        checked="2025-06-01",
        trust="reported",
    )
    shutdown_event: str = fact("serverShutdown", f"{_STREAMS}, Server Shutdown", checked=_DOCS_DAY)
    error_close_code: int = fact(
        1008, "github.com/ctubio/Krypto-trading-bot issue 1121", checked="2026-08-01",
        trust="reported",
    )  # fmt: skip
    error_close_reason: str = fact(
        "Invalid request", "measured on the futures host", checked="2026-08-01", trust="reported"
    )

    # Limits of a connection.
    messages_per_second: int = fact(5, f"{_STREAMS}, WebSocket Limits", checked=_DOCS_DAY)
    message_burst: int = fact(
        8,
        "half again over the limit, as measured on the futures host (10 written, 15 pass)",
        checked="2026-10-01",
        trust="guess",
    )
    flood_close_after_ms: int = fact(
        6_000,
        "silence of about six seconds before the close, measured on spot",
        checked="2026-08-01",
        trust="reported",
    )
    flood_reason: str = fact(
        "Too many requests",
        "close 1008, github.com/binance/binance-connector-go issue 90",
        checked="2024-01-01",
        trust="reported",
    )
    streams_per_connection: int = fact(1024, f"{_STREAMS}, WebSocket Limits", checked=_DOCS_DAY)
    request_bytes: int = fact(
        4096,
        "with the frame's header; github.com/binance/binance-connector-rust issue 27",
        checked="2024-12-01",
        trust="reported",
    )
    oversized: Literal["silence", "close"] = fact(
        "silence",
        "github.com/binance/binance-connector-rust issue 27; the futures host closes",
        checked="2024-12-01",
        trust="reported",
    )
    handshakes: int = fact(300, f"{_STREAMS}, WebSocket Limits", checked=_DOCS_DAY)
    handshake_window_ms: int = fact(
        5 * MINUTE_MS, f"{_STREAMS}, WebSocket Limits", checked=_DOCS_DAY
    )
    handshake_refusal: int = fact(
        429, "no record of what breaking it gives", checked=_DOCS_DAY, trust="guess"
    )
    request_line_bytes: int = fact(
        16_384, "longer ones get 414, measured on the futures host", checked="2026-08-01",
        trust="reported",
    )  # fmt: skip
    id_characters: int = fact(36, f"{_CHANGES}, 2023-12-04", checked=_DOCS_DAY)

    # When candles are published.
    update_every_ms: int = fact(2_000, f"{_STREAMS}, Kline/Candlestick", checked=_DOCS_DAY)
    second_every_ms: int = fact(1_000, f"{_STREAMS}, Kline/Candlestick", checked=_DOCS_DAY)
    update_on_trade_only: bool = fact(
        True,
        "cryptofeed sample data of 2021: gaps of 2.1, 2.9 and 4.0 s, no fixed grid",
        checked="2021-10-12",
        trust="recorded",
    )
    close_late_ms: tuple[int, int] = fact(
        (1, 6), "cryptofeed sample data, Binance TR", checked="2023-04-10", trust="recorded"
    )
    first_frame_ms: int = fact(
        2_670, "cryptofeed sample data, Binance TR", checked="2023-04-10", trust="recorded"
    )

    # REST.
    limit_default: int = fact(500, f"{_MARKET}, Kline", checked=_DOCS_DAY)
    limit_max: int = fact(1000, f"{_MARKET}, Kline", checked=_DOCS_DAY)
    earliest_ms: int = fact(1_483_228_800_000, f"{_CHANGES}, 2024-12-09", checked=_DOCS_DAY)
    ahead_ms: int = fact(10_000, f"{_CHANGES}, 2024-12-09", checked=_DOCS_DAY)
    end_is_inclusive: bool = fact(
        True, "measured: equal start and end give one candle", checked="2026-08-01",
        trust="reported",
    )  # fmt: skip
    weight_limit: int = fact(6000, f"{_LIMITS}; {_CHANGES}, 2023-08-25", checked=_DOCS_DAY)
    weight_window_ms: int = fact(
        MINUTE_MS, "a minute of the UTC clock, measured on the futures host",
        checked="2026-10-01", trust="reported",
    )  # fmt: skip
    weight_klines: int = fact(2, f"{_MARKET}, Kline", checked=_DOCS_DAY)
    weight_small: int = fact(1, f"{_REST}, Test connectivity, Server time", checked=_DOCS_DAY)
    weight_exchange_info: int = fact(20, f"{_REST}, Exchange information", checked=_DOCS_DAY)
    weight_price: tuple[int, int] = fact(
        (2, 4), f"{_MARKET}, Symbol price ticker: one symbol, several", checked=_DOCS_DAY
    )
    ban_after: int = fact(
        20,
        "how many refused requests in a row lead to a ban is not written down",
        checked=_DOCS_DAY,
        trust="guess",
    )
    ban_ms: tuple[int, int] = fact(
        (2 * MINUTE_MS, 3 * DAY_MS), f"{_LIMITS}: first and longest ban", checked=_DOCS_DAY
    )
    symbol_range: str = fact(
        r"^[\w\-._&&[^a-z]]{1,50}$", "text of a live answer", checked="2025-12-01",
        trust="reported",
    )  # fmt: skip
    raw_requests: int = fact(300_000, f"{_CHANGES}, 2026-03-27", checked=_DOCS_DAY)
    too_much_weight: int = fact(-1003, f"{_ERRORS}, -1003", checked=_DOCS_DAY)


@dataclass(frozen=True, kw_only=True)
class _OldHeartbeat(Profile):
    """The last day before the heartbeat was made faster."""

    date: str = "2025-01-27"
    ping_every_ms: int = fact(
        3 * MINUTE_MS, f"{_CHANGES}, 2025-01-28: before", checked="2025-01-27"
    )
    pong_deadline_ms: int = fact(
        10 * MINUTE_MS, f"{_CHANGES}, 2025-01-28: before", checked="2025-01-27"
    )


PROFILES: Mapping[str, Profile] = {made.date: made for made in (_OldHeartbeat(), Profile())}


def profile(date: str | None = None) -> Profile:
    """Return the facts of a date (ISO), or the newest.

    Raises ValueError for a date that has no profile, naming those that have.
    """
    return chosen("binance", PROFILES, date or max(PROFILES))
