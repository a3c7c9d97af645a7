"""What the demo exchange does, each fact with the page that says so.

The exchange is made up. What adapter guides print about their generic exchange holds here
word for word; the rest is decided in docs/exchanges/demo.md, so nothing is a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mock_exchanges.core.calendar import DAY_MS, HOUR_MS, MINUTE_MS, Grid, every, weekly
from mock_exchanges.core.facts import chosen, fact

_DAY = "2026-11-22"
_GUIDE = "Adapter guide, WebSocket Integration"
_OWN = "docs/exchanges/demo.md"

INTERVALS: Mapping[str, Grid] = {
    "1m": every(MINUTE_MS),
    "5m": every(5 * MINUTE_MS),
    "15m": every(15 * MINUTE_MS),
    "1h": every(HOUR_MS),
    "4h": every(4 * HOUR_MS),
    "1d": every(DAY_MS),
    "1w": weekly(),
}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Facts of one way to connect. Times are milliseconds unless the name says otherwise."""

    date: str = _DAY

    # Where it lives. The domain is reserved for examples: it can never exist.
    ws_hosts: tuple[str, ...] = fact(
        ("ws.demo-exchange.example",), f"{_OWN}, Connecting", checked=_DAY
    )
    rest_hosts: tuple[str, ...] = fact(
        ("api.demo-exchange.example",), f"{_OWN}, Connecting", checked=_DAY
    )
    test_hosts: tuple[str, ...] = fact(
        ("ws.sandbox.demo-exchange.example",), f"{_OWN}, Connecting", checked=_DAY
    )
    ws_path: str = fact("/ws", f"{_GUIDE}, Implementing get_ws_url()", checked=_DAY)
    intervals: Mapping[str, Grid] = fact(INTERVALS, f"{_OWN}, Intervals", checked=_DAY)
    streamed: tuple[str, ...] = fact(
        ("1m", "5m", "15m", "1h"),
        f"{_GUIDE}, Fallback to REST: some intervals are streamed, not all; which: {_OWN}",
        checked=_DAY,
    )

    # Who may connect.
    handshake: Literal["simple", "login", "token"] = fact(
        "simple", f"{_GUIDE}, Connection Establishment: simple", checked=_DAY
    )
    login_within_ms: int = fact(10_000, f"{_OWN}, Login", checked=_DAY)
    login_skew_ms: int = fact(30_000, f"{_OWN}, Login", checked=_DAY)
    key: str = fact("demo-key", f"{_OWN}, Login", checked=_DAY)
    secret: str = fact("demo-secret", f"{_OWN}, Login", checked=_DAY)
    token_path: str = fact("/api/v1/token", f"{_OWN}, Token", checked=_DAY)
    token_life_ms: int = fact(MINUTE_MS, f"{_OWN}, Token", checked=_DAY)

    # Heartbeat.
    ping_every_ms: int = fact(
        15_000, f"{_GUIDE}, Ping/Pong Messages; the time: {_OWN}, Heartbeat", checked=_DAY
    )
    pong_within_ms: int = fact(
        10_000, f"{_GUIDE}, Ping/Pong Messages; the time: {_OWN}, Heartbeat", checked=_DAY
    )

    # Life and limits of a connection.
    connection_age_ms: int = fact(DAY_MS, f"{_OWN}, Limits", checked=_DAY)
    notice_before_ms: int = fact(MINUTE_MS, f"{_OWN}, Limits", checked=_DAY)
    messages_per_second: int = fact(10, f"{_OWN}, Limits", checked=_DAY)
    message_burst: int = fact(20, f"{_OWN}, Limits", checked=_DAY)
    message_bytes: int = fact(16_384, f"{_OWN}, Limits", checked=_DAY)
    channels_per_connection: int = fact(100, f"{_OWN}, Limits", checked=_DAY)
    handshakes: int = fact(60, f"{_OWN}, Limits", checked=_DAY)
    handshake_window_ms: int = fact(MINUTE_MS, f"{_OWN}, Limits", checked=_DAY)

    # When candles are published.
    update_every_ms: int = fact(1_000, f"{_OWN}, Candles on the stream", checked=_DAY)
    close_late_ms: int = fact(20, f"{_OWN}, Candles on the stream", checked=_DAY)
    snapshot_candles: int = fact(3, f"{_OWN}, Candles on the stream", checked=_DAY)

    # REST.
    limit_default: int = fact(100, f"{_OWN}, REST", checked=_DAY)
    limit_max: int = fact(500, f"{_OWN}, REST", checked=_DAY)
    requests: int = fact(100, f"{_OWN}, REST", checked=_DAY)
    request_window_ms: int = fact(10_000, f"{_OWN}, REST", checked=_DAY)


@dataclass(frozen=True, kw_only=True)
class _Login(Profile):
    date: str = "login"
    handshake: Literal["simple", "login", "token"] = fact(
        "login", f"{_GUIDE}, Connection Establishment: authentication required", checked=_DAY
    )


@dataclass(frozen=True, kw_only=True)
class _Token(Profile):
    date: str = "token"
    handshake: Literal["simple", "login", "token"] = fact(
        "token", f"{_GUIDE}, Connection Establishment: token required", checked=_DAY
    )


PROFILES: Mapping[str, Profile] = {made.date: made for made in (Profile(), _Login(), _Token())}


def profile(date: str | None = None) -> Profile:
    """Return the facts of a profile, or of the simple handshake.

    Raises ValueError for a name that has no profile, naming those that have.
    """
    return chosen("demo", PROFILES, date or _DAY)
