"""Request weight: a budget per address and minute, and what overspending leads to.

Answers 429 until the minute is over; an address that goes on is banned (418), from two
minutes up to three days for repeat offenders.
https://developers.binance.com/docs/binance-spot-api-docs/rest-api/limits
"""

from __future__ import annotations

from mock_exchanges.binance import errors
from mock_exchanges.binance.profile import Profile
from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.limits import ClockWindow, SlidingWindow

# Addresses remembered at once; the mock's clients have a handful.
_ADDRESSES = 1_000


class _Address:
    """What one address has spent, and whether it is banned."""

    __slots__ = ("banned_until", "bans", "handshakes", "refused", "weight")

    def __init__(self, profile: Profile) -> None:
        self.weight = ClockWindow(profile.weight_limit, profile.weight_window_ms)
        self.handshakes = SlidingWindow(profile.handshakes, profile.handshake_window_ms)
        self.refused = 0
        self.bans = 0
        self.banned_until = 0


class Budget:
    """All addresses' budgets. ``limited`` False counts and never refuses."""

    def __init__(self, profile: Profile) -> None:
        self.limited = True
        self._profile = profile
        self._addresses: dict[str, _Address] = {}

    def spend(self, client: str, weight: int, now_ms: int) -> int:
        """Spend ``weight`` and return what this minute has cost so far."""
        window = self._address(client).weight
        window.spend(weight, now_ms)
        return window.used

    def check(self, client: str, now_ms: int) -> None:
        """Raise ApiError if the address is banned or over its budget."""
        if not self.limited:
            return
        profile, address = self._profile, self._address(client)
        if now_ms < address.banned_until:
            raise self._ban(address, now_ms)
        if address.weight.used <= profile.weight_limit:
            address.refused = 0
            return
        address.refused += 1
        if address.refused > profile.ban_after:
            shortest, longest = profile.ban_ms
            address.banned_until = now_ms + min(shortest << min(address.bans, 32), longest)
            address.bans += 1
            address.refused = 0
            raise self._ban(address, now_ms)
        wait = _seconds(address.weight.resets_at(now_ms) - now_ms)
        raise errors.over_weight(profile.too_much_weight, profile.weight_limit, wait)

    def handshake(self, client: str, now_ms: int) -> int | None:
        """Count a handshake; return the HTTP status that refuses it, if one does."""
        address = self._address(client)
        within = address.handshakes.hit(now_ms)
        if not self.limited:
            return None
        if now_ms < address.banned_until:
            return 418
        return None if within else self._profile.handshake_refusal

    def _ban(self, address: _Address, now_ms: int) -> errors.ApiError:
        wait = _seconds(address.banned_until - now_ms)
        return errors.banned(self._profile.too_much_weight, address.banned_until, wait)

    def _address(self, client: str) -> _Address:
        address = self._addresses.get(client)
        if address is None:
            if len(self._addresses) >= _ADDRESSES:
                del self._addresses[next(iter(self._addresses))]
            address = self._addresses[client] = _Address(self._profile)
        return address


def _seconds(wait_ms: int) -> int:
    return -(-wait_ms // SECOND_MS)
