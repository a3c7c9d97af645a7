"""What an address may spend: request weight, handshakes, connections at once.

2000 of weight in 30 seconds, counted from the first request of the window.
https://www.kucoin.com/docs-new/rate-limit
"""

from __future__ import annotations

from collections.abc import Callable

from mock_exchanges.core.limits import SlidingWindow
from mock_exchanges.kucoin.profile import Profile

# Addresses remembered at once; the mock's clients have a handful.
_ADDRESSES = 1_000


class _Address:
    __slots__ = ("connections", "ends_ms", "handshakes", "used")

    def __init__(self, profile: Profile) -> None:
        self.used = 0
        self.ends_ms = 0
        self.handshakes = SlidingWindow(profile.handshakes, profile.handshake_window_ms)
        self.connections = 0


class Budget:
    """All addresses' budgets. ``limited`` False counts and never refuses."""

    def __init__(self, profile: Profile) -> None:
        self.limited = True
        self._profile = profile
        self._addresses: dict[str, _Address] = {}

    def spend(self, client: str, weight: int, now_ms: int) -> bool:
        """Spend ``weight``; return whether the budget holds. Refused requests cost nothing."""
        address = self._address(client)
        # A window that ends later than any can was begun before the clock was set back.
        if not address.ends_ms - self._profile.weight_window_ms <= now_ms < address.ends_ms:
            address.used = 0
            address.ends_ms = now_ms + self._profile.weight_window_ms
        if address.used + weight > self._profile.weight_limit:
            return not self.limited
        address.used += weight
        return True

    def headers(self, client: str, now_ms: int) -> dict[str, str]:
        """Return what every answer says of the budget; the reset is in milliseconds."""
        address, limit = self._address(client), self._profile.weight_limit
        return {
            "gw-ratelimit-limit": str(limit),
            "gw-ratelimit-remaining": str(limit - address.used),
            "gw-ratelimit-reset": str(max(0, address.ends_ms - now_ms)),
        }

    def handshake(self, client: str, now_ms: int) -> bool:
        """Count a handshake; return whether it is within the rate."""
        return self._address(client).handshakes.hit(now_ms) or not self.limited

    def connect(self, client: str) -> bool:
        """Return whether the address may have one more connection."""
        return not self.limited or self._address(client).connections < self._profile.connections

    def connected(self, client: str) -> Callable[[], None]:
        """Count a connection; return what to call when it is gone."""
        address = self._address(client)
        address.connections += 1

        def gone() -> None:
            address.connections -= 1

        return gone

    def _address(self, client: str) -> _Address:
        address = self._addresses.get(client)
        if address is None:
            if len(self._addresses) >= _ADDRESSES:
                del self._addresses[next(iter(self._addresses))]
            address = self._addresses[client] = _Address(self._profile)
        return address
