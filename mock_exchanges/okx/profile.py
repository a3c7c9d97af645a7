"""What is known of OKX V5, each fact with its source and the date it was last known true.

Three profiles: ``2026-07-20`` is how the exchange was documented at that date and the one
used by default; ``2023-06-19`` is the last day on which candles came on ``/public``;
``guide`` sends the seven columns that the adapter guide prints, as OKX did until 2022.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Grid
from mock_exchanges.core.facts import chosen, fact
from mock_exchanges.okx.intervals import INTERVALS, ZONE_MS

_DOCS = "https://www.okx.com/docs-v5/en"
_WS = f"WebSocket, {_DOCS}/#overview-websocket"
_CHANNEL = f"Candlesticks channel, {_DOCS}/#order-book-trading-market-data-ws-candlesticks-channel"
_CANDLES = f"Get candlesticks, {_DOCS}/#order-book-trading-market-data-get-candlesticks"
_HISTORY = (
    f"Get candlesticks history, {_DOCS}/#order-book-trading-market-data-get-candlesticks-history"
)
_WS_ERRORS = f"Error codes, WebSocket, {_DOCS}/#error-code-websocket"
_REST_ERRORS = f"Error codes, REST, {_DOCS}/#error-code-rest-api"
_HOSTS = f"Production and demo services, {_DOCS}/#overview"
_INSTRUMENTS = f"Get instruments, {_DOCS}/#public-data-rest-api-get-instruments"
_TIME = f"Get system time, {_DOCS}/#public-data-rest-api-get-system-time"
_MOVED = "https://www.okx.com/help/changes-to-v5-api-websocket-subscription-parameter-and-url"
_OKCOIN = "sample data of bmoscon/cryptofeed, OKCoin V5 (the same server software)"
_DAY = "2026-07-20"
_PROBE_DAY = "2026-09-23"

PUBLIC, PRIVATE, BUSINESS = "/ws/v5/public", "/ws/v5/private", "/ws/v5/business"

_WRONG_URL = (
    "rong URL or {0} doesn't exist. "
    "Please use the correct URL, channel and parameters referring to API document."
)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Facts of one date. Times are milliseconds unless the name says otherwise."""

    date: str = _DAY

    # Where it lives.
    ws_hosts: tuple[str, ...] = fact(
        ("ws.okx.com", "wseea.okx.com", "wsus.okx.com", "wsaws.okx.com",
         "wspap.okx.com", "wseeapap.okx.com", "wsuspap.okx.com"),
        f"{_HOSTS}; wsaws from clients in use", checked=_DAY,
    )  # fmt: skip
    ws_ports: tuple[int, ...] = fact(
        (8443, 443), f"{_HOSTS} (8443); ccxt 4.5.90 connects to 443", checked=_DAY
    )
    test_hosts: tuple[str, ...] = fact(
        ("wspap.okx.com", "wseeapap.okx.com", "wsuspap.okx.com"),
        f"Demo trading services, {_DOCS}/#overview-demo-trading-services", checked=_DAY,
    )  # fmt: skip
    rest_hosts: tuple[str, ...] = fact(
        ("www.okx.com", "openapi.okx.com", "eea.okx.com", "my.okx.com", "us.okx.com",
         "aws.okx.com"),
        f"{_HOSTS}; my and aws from clients in use", checked=_DAY,
    )  # fmt: skip
    candle_paths: tuple[str, ...] = fact((BUSINESS,), _CHANNEL, checked=_DAY)
    intervals: Mapping[str, Grid] = fact(INTERVALS, f"{_CHANNEL}; {_CANDLES}", checked=_DAY)
    streamed_only: tuple[str, ...] = fact(
        ("5D", "5Dutc"), f"{_CHANNEL}; not listed in {_CANDLES}", checked=_DAY
    )
    history_only: tuple[str, ...] = fact(
        ("1s",), f"{_HISTORY}; github.com/ValueCell-ai/valuecell issue 543: refused by candles",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    zone_offset_ms: int = fact(ZONE_MS, _CHANNEL, checked=_DAY)
    week_begins_on_monday: bool = fact(
        True, "no source says on which day a week begins", checked=_DAY, trust="guess"
    )
    days_from_epoch: bool = fact(
        True, "no source says where 2D, 3D and 5D candles begin", checked=_DAY, trust="guess"
    )

    # A connection.
    idle_ms: int = fact(30_000, f"{_WS}, Connect; measured to the millisecond", checked=_PROBE_DAY)
    idle_close: tuple[int, str] = fact(
        (4004, "No data received in 30s."),
        "github.com/QuantDinger/QuantDinger issue 236: the wire has the full stop",
        checked="2026-09-08", trust="recorded",
    )  # fmt: skip
    pings_count_as_data: bool = fact(
        False, "whether ping control frames keep a connection open was not measured",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    connects: int = fact(3, f"{_WS}, Connect: 3 a second for an address", checked=_DAY)
    connects_window_ms: int = fact(SECOND_MS, f"{_WS}, Connect", checked=_DAY)
    connects_refusal: int = fact(
        429, "no record of what breaking it gives", checked=_DAY, trust="guess"
    )
    requests: int = fact(
        480, f"{_WS}, Connect: subscribe, unsubscribe and login of a connection", checked=_DAY
    )
    requests_window_ms: int = fact(HOUR_MS, f"{_WS}, Connect", checked=_DAY)
    requests_not_args_count: bool = fact(
        True, "whether requests or their args are counted, and that it stays open, is not written",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    request_bytes: int = fact(64 * 1024, f"{_WS}, Subscribe", checked=_DAY)
    oversized_close: tuple[int, str] = fact(
        (1009, "Request message exceeds the maximum frame length"), _WS_ERRORS, checked=_DAY
    )
    id_characters: int = fact(32, _CHANNEL, checked=_DAY)
    conn_id: bool = fact(True, f"{_CHANNEL}; seen in production", checked=_PROBE_DAY)
    wrong_url: str = fact(
        f"Subscribe failed, w{_WRONG_URL}",
        "captured on production; the words, not the code, differ by region",
        checked="2026-09-15", trust="recorded",
    )  # fmt: skip
    wrong_args: tuple[str, str] = fact(
        ("60013", "Invalid args"), "when this code comes is not written; taken for empty args",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    notice_paths: tuple[str, ...] = fact(
        (PUBLIC, PRIVATE), f"{_WS}, Notification: 64008, on these for now", checked=_DAY
    )
    notice_ahead_ms: int = fact(MINUTE_MS, f"{_WS}, Notification", checked=_DAY)
    login_valid_ms: int = fact(30_000, f"{_WS}, Login", checked=_DAY)
    counted_channels: tuple[str, ...] = fact(
        ("orders", "account", "positions", "balance_and_position", "position-risk-warning",
         "account-greeks"),
        f"{_WS}, Connection count limit", checked=_DAY,
    )  # fmt: skip
    connections_per_channel: int = fact(30, f"{_WS}, Connection count limit", checked=_DAY)
    channels_per_connection: int = fact(
        0, "the number behind close 4009 is not published; 0 is no limit", checked=_DAY,
        trust="guess",
    )  # fmt: skip

    # When candles are published.
    columns: int = fact(9, f"{_CHANNEL}; {_OKCOIN}", checked=_DAY)
    update_every_ms: int = fact(1_000, f"{_CHANNEL}: at most once a second", checked=_DAY)
    update_on_trade_only: bool = fact(
        True, f"{_OKCOIN}: no frame for 17 seconds without trades", checked="2023-05-27",
        trust="recorded",
    )  # fmt: skip
    first_push: bool = fact(
        True, f"{_OKCOIN}: the running candle, once, right after the confirmations",
        checked="2023-05-27", trust="recorded",
    )  # fmt: skip
    roll_over_ms: tuple[int, int] = fact(
        (400, 600), "how late a candle of a busy pair is closed was not recorded", checked=_DAY,
        trust="guess",
    )  # fmt: skip
    roll_over_untraded_ms: tuple[int, int] = fact(
        (3_400, 3_600), f"{_OKCOIN}: 3.4 to 4.0 s after the minute, without trades",
        checked="2023-05-27", trust="recorded",
    )  # fmt: skip

    # REST.
    limit_default: int = fact(100, f"{_CANDLES}; {_HISTORY}", checked=_DAY)
    limit_max: int = fact(300, _CANDLES, checked=_DAY)
    history_limit_max: int = fact(300, _HISTORY, checked=_DAY)
    recent_rows: int = fact(1_440, _CANDLES, checked=_DAY)
    seconds_kept_ms: int = fact(90 * DAY_MS, f"{_HISTORY}: 1s for three months", checked=_DAY)
    history_is_closed: bool = fact(
        True, "whether history has the running candle, and lags, is not written", checked=_DAY,
        trust="guess",
    )  # fmt: skip
    bad_parameter_status: int = fact(
        400, f"{_REST_ERRORS}: 50014 and 51000; one report says 200", checked=_DAY
    )
    rate_window_ms: int = fact(2_000, f"{_CANDLES}: for an address", checked=_DAY)
    rate_candles: int = fact(40, _CANDLES, checked=_DAY)
    rate_history: int = fact(20, _HISTORY, checked=_DAY)
    rate_instruments: int = fact(20, _INSTRUMENTS, checked=_DAY)
    rate_time: int = fact(10, _TIME, checked=_DAY)


@dataclass(frozen=True, kw_only=True)
class _CandlesOnPublic(Profile):
    """The last day before candles moved to ``/business``."""

    date: str = "2023-06-19"
    candle_paths: tuple[str, ...] = fact(
        (PUBLIC, BUSINESS), f"{_MOVED}: both until 2023-06-20", checked="2023-06-19"
    )
    conn_id: bool = fact(False, _OKCOIN, checked="2023-05-27", trust="recorded")
    wrong_url: str = fact(
        f"W{_WRONG_URL}", "the wording of older captures", checked="2025-11-01", trust="reported"
    )
    notice_paths: tuple[str, ...] = fact(
        (), "no notice is known of that time", checked="2023-06-19", trust="guess"
    )
    counted_channels: tuple[str, ...] = fact(
        (), "no count is known of that time", checked="2023-06-19", trust="guess"
    )
    history_limit_max: int = fact(
        100, "github.com/ccxt/ccxt issue 20802: 100 until 2025", checked="2024-01-01",
        trust="reported",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Guide(Profile):
    """Rows as the adapter guide prints them."""

    date: str = "guide"
    columns: int = fact(
        7, "the adapter guide; a live row of 2022-06-02 has seven columns too",
        checked="2022-06-02", trust="reported",
    )  # fmt: skip


PROFILES: Mapping[str, Profile] = {
    made.date: made for made in (Profile(), _CandlesOnPublic(), _Guide())
}


def profile(date: str | None = None) -> Profile:
    """Return the facts of a date (ISO) or of ``guide``; the newest date's if None.

    Raises ValueError for a date that has no profile, naming those that have.
    """
    return chosen("okx", PROFILES, date or _DAY)
