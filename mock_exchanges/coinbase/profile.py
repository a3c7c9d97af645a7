"""What is known of Coinbase Advanced Trade, each fact with its source, date and trust.

One dated profile, the default, and ``guide``, which was never a state of the exchange: it
sends the simplified shapes that the candle-feed adapter guide prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS, Grid, every, weekly
from mock_exchanges.core.facts import chosen, fact

_DOCS = "https://docs.cdp.coinbase.com"
_WS = f"{_DOCS}/coinbase-app/advanced-trade-apis/websocket"
_OVERVIEW = f"WebSocket Overview, {_WS}/websocket-overview"
_CHANNELS = f"WebSocket Channels, {_WS}/websocket-channels"
_RATES = f"WebSocket Rate Limits, {_WS}/websocket-rate-limits"
_AUTH = f"WebSocket Authentication, {_WS}/websocket-authentication"
_REST = f"{_DOCS}/api-reference/advanced-trade-api/rest-api/public"
_CANDLES = f"Get Public Product Candles, {_REST}/get-public-product-candles"
_APP_LIMITS = f"Rate limiting, {_DOCS}/coinbase-app/api-architecture/rate-limiting"
_SDK = "github.com/coinbase/coinbase-advanced-py"
_FRAMES = "frames in the unit tests of github.com/JKorf/Coinbase.Net"
_CAPTURE = "a capture of 86 products in github.com/SpartanDigitalDotNet/Livermore"
_PROBE = "live requests written up by a user of the API"
_NOBODY = "no source says it"
_DAY = "2026-09-27"
_FRAMES_DAY = "2024-10-04"
_CAPTURE_DAY = "2026-01-22"

INTERVALS: Mapping[str, Grid] = {
    "ONE_MINUTE": every(MINUTE_MS),
    "FIVE_MINUTE": every(5 * MINUTE_MS),
    "FIFTEEN_MINUTE": every(15 * MINUTE_MS),
    "THIRTY_MINUTE": every(30 * MINUTE_MS),
    "ONE_HOUR": every(HOUR_MS),
    "TWO_HOUR": every(2 * HOUR_MS),
    "FOUR_HOUR": every(4 * HOUR_MS),
    "SIX_HOUR": every(6 * HOUR_MS),
    "ONE_DAY": every(DAY_MS),
}
STREAMED = "FIVE_MINUTE"


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Facts of one date. Times are milliseconds unless the name says otherwise."""

    date: str = _DAY

    # Where it lives.
    ws_hosts: tuple[str, ...] = fact(("advanced-trade-ws.coinbase.com",), _OVERVIEW, checked=_DAY)
    ws_user_hosts: tuple[str, ...] = fact(
        ("advanced-trade-ws-user.coinbase.com",), f"{_OVERVIEW}: no candles there", checked=_DAY
    )
    ws_ports: tuple[int, ...] = fact((443,), f"{_OVERVIEW}: wss without a port", checked=_DAY)
    rest_hosts: tuple[str, ...] = fact(("api.coinbase.com",), _CANDLES, checked=_DAY)
    test_hosts: tuple[str, ...] = fact(
        ("api-sandbox.coinbase.com", "advanced-trade-ws-sandbox.coinbase.com"),
        "github.com/nautechsystems/nautilus_trader, docs/integrations/coinbase.md and consts.rs: "
        "canned answers without market data",
        checked="2026-09-27", trust="reported",
    )  # fmt: skip
    any_ws_path: bool = fact(
        True, f"{_NOBODY}; every client uses the root", checked=_DAY, trust="guess"
    )
    intervals: Mapping[str, Grid] = fact(INTERVALS, _CANDLES, checked=_DAY)
    undocumented_intervals: Mapping[str, Grid] = fact(
        {"ONE_WEEK": weekly()}, f"{_PROBE}: it is answered", checked=_DAY, trust="reported"
    )
    weeks_from_monday: bool = fact(
        True, "no source says where ONE_WEEK candles begin", checked=_DAY, trust="guess"
    )
    streamed: str = fact(STREAMED, f"{_CHANNELS}, five-minute buckets", checked=_DAY)
    channels: tuple[str, ...] = fact(
        ("heartbeats", "candles", "status", "ticker", "ticker_batch", "level2", "market_trades"),
        _CHANNELS,
        checked=_DAY,
    )
    private_channels: tuple[str, ...] = fact(
        ("user", "futures_balance_summary"), _CHANNELS, checked=_DAY
    )
    usdc_books: tuple[str, ...] = fact(
        ("USDT-USDC", "EURC-USDC", "XSGD-USDC", "AUDD-USDC", "TGBP-USDC"),
        f"{_CHANNELS}; the last three: CoinbaseSocketOptions of github.com/JKorf/Coinbase.Net",
        checked=_DAY, trust="reported",
    )  # fmt: skip
    usdc_is_usd: bool = fact(
        True, f"{_CHANNELS}: -USDC products give the data of the -USD ones", checked=_DAY
    )
    ack_names_usd: bool = fact(
        True, f"{_NOBODY}: how an acknowledgement names a -USDC product", checked=_DAY,
        trust="guess",
    )  # fmt: skip

    # Life of a connection.
    subscribe_within_ms: int = fact(5 * SECOND_MS, _OVERVIEW, checked=_DAY)
    subscribe_close_code: int = fact(
        1001, f"{_NOBODY}: only that the connection ends", checked=_DAY, trust="guess"
    )
    idle_close_ms: int = fact(
        75 * SECOND_MS, f"{_CHANNELS}: within 60 to 90 seconds; the middle", checked=_DAY
    )
    idle_ends_connection: bool = fact(
        True,
        "the documents speak of channels, users of closed connections (github.com/ccxt/ccxt "
        "issues 22892)",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    idle_close_code: int = fact(
        1001, f"{_SDK} issues 63: seen after hours, cause unknown", checked="2024-06-01",
        trust="guess",
    )  # fmt: skip
    server_pings: bool = fact(
        False, f"{_NOBODY}; clients ping, and are answered", checked=_DAY, trust="guess"
    )

    # Limits.
    connections_per_second: int = fact(8, _RATES, checked=_DAY)
    connection_refusal: int = fact(429, f"{_NOBODY}: status beyond", checked=_DAY, trust="guess")
    messages_per_second: int = fact(8, f"{_RATES}, unauthenticated, for an IP", checked=_DAY)
    own_messages_per_second: int = fact(
        750, "github.com/thrasher-corp/gocryptotrader, exchanges/coinbase/ratelimit.go",
        checked=_DAY, trust="reported",
    )  # fmt: skip
    flood_text: str = fact(
        "rate limit exceeded",
        "github.com/hsuehic/iTrade, docs/development/COINBASE_WEBSOCKET_VERIFICATION.md",
        checked="2025-10-24", trust="reported",
    )  # fmt: skip
    flood_keeps_open: bool = fact(
        True, f"{_NOBODY}: whether the connection ends as well", checked=_DAY, trust="guess"
    )
    level2_products: int = fact(
        16, "github.com/JKorf/Coinbase.Net issues 19: 16 work, 32 do not", checked="2026-01-15",
        trust="reported",
    )  # fmt: skip
    public_requests_per_second: int = fact(
        10, "older documents, as in the constants of github.com/hummingbot/hummingbot",
        checked="2025-01-01", trust="reported",
    )  # fmt: skip
    private_requests_per_second: int = fact(
        30, "older documents, as in the constants of github.com/JKorf/Coinbase.Net",
        checked="2025-01-01", trust="reported",
    )  # fmt: skip
    too_many_requests: str = fact(
        '{"errors":[{"id":"rate_limit_exceeded","message":"Too many requests"}]}',
        f"{_APP_LIMITS}; whether v3 answers alike is not said",
        checked=_DAY, trust="guess",
    )  # fmt: skip

    # Answers on the stream.
    refusal: str = fact(
        "authentication failure",
        f"{_SDK} issues 64 and 92: unknown channels too, even with valid keys",
        checked="2025-01-01", trust="recorded",
    )  # fmt: skip
    jwt_checked_on_public: bool = fact(
        True, f"{_SDK} issues 19, when every channel wanted one", checked="2024-02-01",
        trust="guess",
    )  # fmt: skip
    malformed: str = fact(
        "failed to parse message", f"{_NOBODY}: an error frame with some text", checked=_DAY,
        trust="guess",
    )  # fmt: skip
    echoes_unknown: bool = fact(
        True,
        f"{_CAPTURE}: unknown ids do no harm; whether they are acknowledged is not said",
        checked=_CAPTURE_DAY, trust="guess",
    )  # fmt: skip
    repeats_snapshot: bool = fact(
        True, f"{_NOBODY}: a second subscription to the same product", checked=_DAY, trust="guess"
    )
    snapshot_before_ack: bool = fact(
        True, f"{_FRAMES}: the acknowledgement is number 1", checked=_FRAMES_DAY, trust="recorded"
    )

    # Shapes.
    client_id: str | None = fact(
        "",
        f"{_FRAMES}; the AsyncAPI page of 2026 leaves it out ({_DOCS}/api-reference/"
        "advanced-trade-api/advanced-trade-asyncapi.json)",
        checked=_FRAMES_DAY, trust="recorded",
    )  # fmt: skip
    numbered: bool = fact(
        True,
        f"{_FRAMES}: sequence_num counts all channels of a connection; the overview says "
        "per product",
        checked=_FRAMES_DAY, trust="recorded",
    )  # fmt: skip
    simplified: bool = fact(
        False, f"{_CHANNELS}: string seconds, snapshot and update, product_id", checked=_DAY
    )

    # Heartbeats.
    beat_every_ms: int = fact(SECOND_MS, _CHANNELS, checked=_DAY)
    first_beat_ms: int = fact(
        13, f"{_FRAMES}: after the acknowledgement", checked=_FRAMES_DAY, trust="recorded"
    )
    counter_is_uptime: bool = fact(
        True, f"{_FRAMES}: the counter is the seconds of current_time", checked=_FRAMES_DAY,
        trust="recorded",
    )  # fmt: skip

    # Candles on the stream.
    update_every_ms: int = fact(SECOND_MS, f"{_CHANNELS}, every second", checked=_DAY)
    update_on_change: bool = fact(
        True, f"{_NOBODY}: whether a second without a trade is silent", checked=_DAY,
        trust="guess",
    )  # fmt: skip
    update_late_ms: tuple[int, int] = fact(
        (3, 42), f"{_CAPTURE}: updates come in bursts of some tens of milliseconds",
        checked=_CAPTURE_DAY, trust="recorded",
    )  # fmt: skip
    last_state_after_end: bool = fact(
        True, f"{_NOBODY}: whether trades of a bucket's last second are still told",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    snapshot_candles: int = fact(
        100, f"{_CAPTURE}: 73 of them had exactly so many", checked=_CAPTURE_DAY, trust="recorded"
    )
    snapshot_gaps_percent: int = fact(
        38, f"{_CAPTURE}: 100 candles out of 162 buckets", checked=_CAPTURE_DAY, trust="recorded"
    )
    snapshot_newest_first: bool = fact(
        True, f"{_NOBODY}; as REST does", checked=_DAY, trust="guess"
    )

    # REST.
    candles_max: int = fact(350, f"{_CANDLES}; beyond it is refused, never cut", checked=_DAY)
    counts_open_times: bool = fact(
        True, "the rule that fits all reports on where 350 ends", checked=_DAY, trust="guess"
    )
    range_is_inclusive: bool = fact(
        True, "fixtures of github.com/KmiQ/coinbase-advanced-python", checked="2023-02-20",
        trust="recorded",
    )  # fmt: skip
    limit_keeps_newest: bool = fact(
        True, f"{_NOBODY}: which candles a limit below the range leaves", checked=_DAY,
        trust="guess",
    )  # fmt: skip
    large_limit_is_cut: bool = fact(
        True, f"{_NOBODY}: what a limit above 350 does", checked=_DAY, trust="guess"
    )
    bad_times: str = fact(
        "INVALID_ARGUMENT",
        f"{_NOBODY}: the words for start and end that are missing or no numbers",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    unknown_product: str = fact(
        "valid product_id is required",
        "exchanges/coinbase/coinbase_test.go of github.com/thrasher-corp/gocryptotrader, for the "
        "book; candles are assumed to be alike",
        checked=_DAY, trust="guess",
    )  # fmt: skip
    cached_ms: int = fact(
        SECOND_MS, f"{_CANDLES}; bypassed with cache-control: no-cache", checked=_DAY
    )
    cache_header: str = fact("public, max-age=14400", _PROBE, checked=_DAY, trust="reported")

    # Tokens.
    jwt_skew_s: int = fact(
        10, f"{_NOBODY}: how far in the future nbf may lie", checked=_DAY, trust="guess"
    )
    jwt_issuers: tuple[str, ...] = fact(
        ("cdp", "coinbase-cloud"), f"{_AUTH}; the second in older clients", checked=_DAY,
        trust="reported",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Guide(Profile):
    """The shapes that the adapter guide prints; they were never on the wire."""

    date: str = "guide"
    client_id: str | None = fact(
        None, "the candle-feed adapter guide, Coinbase Format", checked=_DAY, trust="reported"
    )
    numbered: bool = fact(
        False, "the candle-feed adapter guide, Coinbase Format", checked=_DAY, trust="reported"
    )
    simplified: bool = fact(
        True,
        "the candle-feed adapter guide, Coinbase Format: type candle, ISO start, no product_id",
        checked=_DAY, trust="reported",
    )  # fmt: skip
    snapshot_candles: int = fact(
        1, "the candle-feed adapter guide, Coinbase Format", checked=_DAY, trust="reported"
    )


PROFILES: Mapping[str, Profile] = {made.date: made for made in (Profile(), _Guide())}


def profile(date: str | None = None) -> Profile:
    """Return the facts of a date (ISO) or of a name, or the newest.

    Raises ValueError for one that has no profile, naming those that have.
    """
    return chosen("coinbase", PROFILES, date or _DAY)
