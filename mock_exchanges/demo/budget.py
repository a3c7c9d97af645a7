"""What one address may ask in some seconds: REST requests and handshakes."""

from __future__ import annotations

from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.limits import ClockWindow, SlidingWindow
from mock_exchanges.demo import errors
from mock_exchanges.demo.profile import Profile

# Addresses remembered at once; the mock's clients have a handful.
_ADDRESSES = 1_000


class Budget:
    """All addresses' budgets. ``limited`` False counts and never refuses."""

    def __init__(self, profile: Profile) -> None:
        self.limited = True
        self._profile = profile
        self._addresses: dict[str, tuple[ClockWindow, SlidingWindow]] = {}

    def request(self, client: str, now_ms: int) -> None:
        """Count a request; raise DemoError over the limit."""
        window, _ = self._address(client)
        if not window.spend(1, now_ms) and self.limited:
            raise errors.too_many("requests", -(-(window.resets_at(now_ms) - now_ms) // SECOND_MS))

    def handshake(self, client: str, now_ms: int) -> None:
        """Count a handshake; raise DemoError over the limit."""
        _, window = self._address(client)
        if not window.hit(now_ms) and self.limited:
            raise errors.too_many("connections", self._profile.handshake_window_ms // SECOND_MS)

    def _address(self, client: str) -> tuple[ClockWindow, SlidingWindow]:
        address = self._addresses.get(client)
        if address is None:
            if len(self._addresses) >= _ADDRESSES:
                del self._addresses[next(iter(self._addresses))]
            profile = self._profile
            address = self._addresses[client] = (
                ClockWindow(profile.requests, profile.request_window_ms),
                SlidingWindow(profile.handshakes, profile.handshake_window_ms),
            )
        return address
