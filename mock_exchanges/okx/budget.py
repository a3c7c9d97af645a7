"""Rate limits: requests of an address at an endpoint, and its handshakes.

https://www.okx.com/docs-v5/en/#overview-rate-limits
"""

from __future__ import annotations

from mock_exchanges.core.limits import SlidingWindow
from mock_exchanges.okx.profile import Profile

# Windows remembered at once; the mock's clients have a handful.
_WINDOWS = 4_000


class Budget:
    """All addresses' windows. ``limited`` False never refuses."""

    def __init__(self, profile: Profile) -> None:
        self.limited = True
        self._profile = profile
        self._windows: dict[tuple[str, str], SlidingWindow] = {}

    def request(self, client: str, endpoint: str, limit: int, now_ms: int) -> bool:
        """Count a request; return whether the address may make it."""
        return self._hit(client, endpoint, limit, self._profile.rate_window_ms, now_ms)

    def handshake(self, client: str, now_ms: int) -> bool:
        """Count a handshake; return whether the address may make it."""
        profile = self._profile
        return self._hit(client, "connect", profile.connects, profile.connects_window_ms, now_ms)

    def _hit(self, client: str, what: str, limit: int, window_ms: int, now_ms: int) -> bool:
        if not self.limited:
            return True
        window = self._windows.get((client, what))
        if window is None:
            if len(self._windows) >= _WINDOWS:
                del self._windows[next(iter(self._windows))]
            window = self._windows[client, what] = SlidingWindow(limit, window_ms)
        return window.hit(now_ms)
