"""What is known of KuCoin Spot, each fact with its source and the date it was last known true.

Two dated profiles: ``2026-09-22`` is the present one and the default; ``2022-02-01`` is
the time when a stale token was refused with HTTP 401 on the handshake. A rule that only
clients or measurements showed is `reported`, a rule nobody wrote down is a `guess`.
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
    WEEK_MS,
    Grid,
    every,
    monthly,
)
from mock_exchanges.core.facts import chosen, fact

_SITE = "https://www.kucoin.com/docs-new"
_INTRO = f"WebSocket introduction, {_SITE}/websocket-api/base-info/introduction"
_WS_ERRORS = f"WebSocket error codes, {_SITE}/error-code/websocket"
_RATE = f"Rate limit, {_SITE}/rate-limit"
_SPEC = "spec/rest/api/openapi-spot-market.json, https://github.com/Kucoin/kucoin-universal-sdk"
_OLD = "source/localizable/index.html.md, https://github.com/Kucoin/kucoin-api-docs"
_RECORDING = "sample_data/KUCOIN.ws.1.0, github.com/bmoscon/cryptofeed"
_DAY = "2026-09-22"
_RECORDED = "2021-04-25"

INTERVALS: Mapping[str, Grid] = {
    "1min": every(MINUTE_MS),
    "3min": every(3 * MINUTE_MS),
    "5min": every(5 * MINUTE_MS),
    "15min": every(15 * MINUTE_MS),
    "30min": every(30 * MINUTE_MS),
    "1hour": every(HOUR_MS),
    "2hour": every(2 * HOUR_MS),
    "4hour": every(4 * HOUR_MS),
    "6hour": every(6 * HOUR_MS),
    "8hour": every(8 * HOUR_MS),
    "12hour": every(12 * HOUR_MS),
    "1day": every(DAY_MS),
    # Weeks are counted from the epoch, which was a Thursday.
    "1week": every(WEEK_MS),
    "1month": monthly(),
}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Facts of one date. Times are milliseconds unless the name says otherwise."""

    date: str = _DAY

    # Where it lives.
    rest_hosts: tuple[str, ...] = fact(("api.kucoin.com",), _OLD, checked="2023-06-01")
    ws_hosts: tuple[str, ...] = fact(
        ("ws-api-spot.kucoin.com",), f"{_SPEC}, bullet-public", checked=_DAY
    )
    ws_path: str = fact("/", f"{_SPEC}, bullet-public", checked=_DAY)
    ws_paths: tuple[str, ...] = fact(
        ("/", "/endpoint"),
        "the endpoints of today and of 2022; what another path gets is not known",
        checked=_DAY,
        trust="guess",
    )
    test_hosts: tuple[str, ...] = fact(
        ("openapi-sandbox.kucoin.com", "push-websocket-sandbox.kucoin.com"),
        f"{_OLD}; switched off since",
        checked="2023-06-01",
    )
    intervals: Mapping[str, Grid] = fact(INTERVALS, f"{_SPEC}, klines", checked=_DAY)
    weeks_from_thursday: bool = fact(
        True,
        "candles/kucoin/api_klines.go, github.com/marianogappa/crypto-candles; not seen since",
        checked="2022-01-01",
        trust="guess",
    )
    month_streamed: bool = fact(
        True,
        "the list of streamed intervals lacks 1month, as it lacks 5min, which is streamed",
        checked=_DAY,
        trust="guess",
    )

    # Tokens.
    token_valid_ms: int = fact(DAY_MS, _INTRO, checked=_DAY)
    token_reusable: bool = fact(
        True,
        "clients reconnect with one token all day, github.com/knowm/XChange issue 4740",
        checked="2024-01-01",
        trust="reported",
    )
    token_refusal: Literal["frame", "http"] = fact(
        "frame",
        "error frame after the upgrade, then a drop; github.com/bmoscon/cryptofeed issue 1023",
        checked="2024-01-01",
        trust="reported",
    )
    missing_token_is_invalid: bool = fact(
        True, "no record of a handshake without a token", checked=_DAY, trust="guess"
    )
    welcome_id: Literal["hex", "short"] = fact(
        "hex",
        "where the client gives no connectId; taken to look like the ids of errors",
        checked=_DAY,
        trust="guess",
    )

    # Heartbeat and life of a connection.
    ping_interval_ms: int = fact(18_000, f"{_SPEC}, bullet-public", checked=_DAY)
    ping_timeout_ms: int = fact(10_000, f"{_SPEC}, bullet-public", checked=_DAY)
    idle_ms: int = fact(
        MINUTE_MS,
        "measured on the futures host; counts from the client's last message, whatever it gets",
        checked=_DAY,
        trust="reported",
    )
    idle_close_after_ms: int = fact(
        500,
        "measured on the futures host: error at 60.0 s, close at 60.5 s",
        checked=_DAY,
        trust="reported",
    )
    control_pings_count: bool = fact(
        False,
        "no: github.com/Kucoin/kucoin-python-sdk issue 89; cryptofeed lives on them alone",
        checked="2022-01-01",
        trust="guess",
    )
    pong_timestamp: bool = fact(
        True, "microseconds, measured on the futures host", checked=_DAY, trust="reported"
    )
    idless_pong: bool = fact(
        True,
        "a ping without an id gets a pong without one; hummingbot and gocryptotrader send such",
        checked=_DAY,
        trust="guess",
    )
    connection_age_ms: int = fact(DAY_MS, _INTRO, checked=_DAY)
    close_code: int = fact(1000, "measured on the futures host", checked=_DAY, trust="reported")
    close_reason: str = fact("Bye", "measured on the futures host", checked=_DAY, trust="reported")

    # Requests and limits of a connection.
    unknown_symbol: Literal["error", "silence"] = fact(
        "error",
        "spot was last seen to answer in 2022-12; the futures host acknowledges and is silent",
        checked="2022-12-01",
        trust="guess",
    )
    errors_keep_open: bool = fact(
        True,
        "seen for code 404; taken for 400, 403, 406 and 415 as well",
        checked=_DAY,
        trust="guess",
    )
    one_bad_item_fails_all: bool = fact(
        True, "no record of a list with one unknown topic", checked=_DAY, trust="guess"
    )
    unsubscribing_unknown_is_acked: bool = fact(
        True, "no record of it", checked=_DAY, trust="guess"
    )
    unknown_type: str = fact("command type is invalid", _WS_ERRORS, checked=_DAY)
    topics_per_request: int = fact(
        100, "github.com/bmoscon/cryptofeed issue 621", checked=_DAY, trust="reported"
    )
    topics_per_connection: int = fact(
        400,
        "kucoin_websocket_test.go, github.com/thrasher-corp/gocryptotrader; documents say 300",
        checked="2024-01-01",
        trust="reported",
    )
    tunnels: int = fact(5, f"{_OLD}, multiplex", checked="2023-06-01")
    messages: int = fact(100, f"{_OLD}, 100 per 10 seconds", checked="2023-06-01")
    message_window_ms: int = fact(
        10 * SECOND_MS, f"{_OLD}, 100 per 10 seconds", checked="2023-06-01"
    )
    flood_error: str = fact("exceed max permits per second", _WS_ERRORS, checked=_DAY)
    flood_ends: Literal["close", "drop"] = fact(
        "close", "log of a client on the spot host", checked="2026-01-06", trust="reported"
    )
    handshakes: int = fact(30, f"{_OLD}, 30 per minute", checked="2023-06-01")
    handshake_window_ms: int = fact(MINUTE_MS, f"{_OLD}, 30 per minute", checked="2023-06-01")
    handshake_refusal: int = fact(
        429, "no record of what the 31st connection gets", checked=_DAY, trust="guess"
    )
    connections: int = fact(
        800,
        "the rate limits of 2026-08 say 800; the error's documented text still says 50",
        checked="2026-08-01",
        trust="guess",
    )

    # When candles are published.
    tick_ms: int = fact(SECOND_MS, _RECORDING, checked=_RECORDED, trust="recorded")
    tick_phases_ms: tuple[int, ...] = fact(
        (806, 979),
        f"{_RECORDING}: the fraction of a second is one of these, by symbol",
        checked=_RECORDED,
        trust="recorded",
    )
    first_is_add: bool = fact(
        True,
        f"{_RECORDING}: subject trade.candles.add; not known whether it is still sent",
        checked=_RECORDED,
        trust="guess",
    )
    filler: bool = fact(
        True,
        f"{_RECORDING}: an add of the empty interval before; one, however long the pause",
        checked=_RECORDED,
        trust="guess",
    )
    data_first: bool = fact(
        False, "keys are topic, type, subject, data", checked="2026-01-06", trust="reported"
    )

    # REST.
    limit_max: int = fact(1500, f"{_SPEC}, klines", checked=_DAY)
    limit_default: int = fact(
        100,
        "without bounds; github.com/JKorf/Kucoin.Net issue 138, others saw 0 and 1500",
        checked="2022-06-01",
        trust="guess",
    )
    end_is_exclusive: bool = fact(
        True, "what three clients rely on", checked="2024-01-01", trust="guess"
    )
    keeps_newest: bool = fact(
        True, "of a range with more than 1500 candles", checked=_DAY, trust="guess"
    )
    running_included: bool = fact(
        True, "no record says that the unfinished candle is left out", checked=_DAY, trust="guess"
    )
    weight_limit: int = fact(2000, _RATE, checked=_DAY)
    weight_window_ms: int = fact(30 * SECOND_MS, _RATE, checked=_DAY)
    weights: Mapping[str, int] = fact(
        {
            "/api/v1/market/candles": 3,
            "/api/v1/timestamp": 3,
            "/api/v1/status": 3,
            "/api/v1/symbols": 4,
            "/api/v2/symbols": 4,
            "/api/v3/currencies": 3,
            "/api/v1/market/allTickers": 15,
            "/api/v1/contracts/active": 3,
            "/api/v1/bullet-public": 10,
            "/api/v1/bullet-private": 10,
        },
        _SPEC,
        checked=_DAY,
    )
    too_many: str = fact(
        "Too Many Requests", "github.com/freqtrade/freqtrade issue 5700", checked="2022-01-01",
        trust="reported",
    )  # fmt: skip
    missing_parameter_status: int = fact(
        400, "status and text are not known, the code 400100 is", checked=_DAY, trust="guess"
    )


@dataclass(frozen=True, kw_only=True)
class _Early2022(Profile):
    """The time of HTTP 401 for stale tokens and of 50 seconds between pings."""

    date: str = "2022-02-01"
    ws_hosts: tuple[str, ...] = fact(
        ("ws-api.kucoin.com",), "github.com/ccxt/ccxt issue 11649", checked="2022-02-01",
        trust="reported",
    )  # fmt: skip
    ws_path: str = fact(
        "/endpoint", "github.com/ccxt/ccxt issue 11649", checked="2022-02-01", trust="reported"
    )
    token_refusal: Literal["frame", "http"] = fact(
        "http",
        "HTTP 401 on the handshake, github.com/ccxt/ccxt issue 11649",
        checked="2022-02-01",
        trust="reported",
    )
    welcome_id: Literal["hex", "short"] = fact(
        "short", f"{_RECORDING}: ten letters and digits", checked=_RECORDED, trust="recorded"
    )
    ping_interval_ms: int = fact(
        50_000, f"{_OLD}, as it was before 2022-12-29", checked="2022-12-28"
    )
    pong_timestamp: bool = fact(False, f"{_OLD}, ping", checked="2022-02-01")
    unknown_type: str = fact(
        "type is not supported", "ccxt/pro/kucoin.py, github.com/ccxt/ccxt", checked="2022-02-01",
        trust="reported",
    )  # fmt: skip
    topics_per_connection: int = fact(300, _OLD, checked="2022-02-01")
    flood_error: str = fact(
        "exceed max permits per 10 seconds",
        "github.com/bmoscon/cryptofeed issue 838",
        checked="2022-05-01",
        trust="reported",
    )
    flood_ends: Literal["close", "drop"] = fact(
        "drop",
        "github.com/bmoscon/cryptofeed issue 838",
        checked="2022-05-01",
        trust="reported",
    )
    connections: int = fact(50, f"{_OLD}, 50 per user", checked="2022-02-01")
    data_first: bool = fact(
        True,
        f"{_RECORDING}: keys are data, subject, topic, type",
        checked=_RECORDED,
        trust="recorded",
    )


PROFILES: Mapping[str, Profile] = {made.date: made for made in (_Early2022(), Profile())}


def profile(date: str | None = None) -> Profile:
    """Return the facts of a date (ISO), or the newest.

    Raises ValueError for a date that has no profile, naming those that have.
    """
    return chosen("kucoin", PROFILES, date or max(PROFILES))
