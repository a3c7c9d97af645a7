"""Limits of an address: handshakes, messages and REST requests in a second.

https://docs.cdp.coinbase.com/coinbase-app/advanced-trade-apis/websocket/websocket-rate-limits
"""

from __future__ import annotations

from mock_exchanges.coinbase.profile import Profile
from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.limits import SlidingWindow

# Addresses remembered at once; the mock's clients have a handful.
_ADDRESSES = 1_000


class _Address:
    __slots__ = ("connections", "messages", "own_messages", "private", "public")

    def __init__(self, profile: Profile) -> None:
        self.connections = SlidingWindow(profile.connections_per_second, SECOND_MS)
        self.messages = SlidingWindow(profile.messages_per_second, SECOND_MS)
        self.own_messages = SlidingWindow(profile.own_messages_per_second, SECOND_MS)
        self.public = SlidingWindow(profile.public_requests_per_second, SECOND_MS)
        self.private = SlidingWindow(profile.private_requests_per_second, SECOND_MS)


class Budget:
    """All addresses' budgets. ``limited`` False lets everything pass."""

    def __init__(self, profile: Profile) -> None:
        self.limited = True
        self._profile = profile
        self._addresses: dict[str, _Address] = {}

    def connection(self, client: str, now_ms: int) -> bool:
        """Count a handshake; return whether it is within the limit."""
        return not self.limited or self._address(client).connections.hit(now_ms)

    def message(self, client: str, now_ms: int, *, authenticated: bool) -> bool:
        """Count a message on the stream; return whether it is within the limit."""
        address = self._address(client)
        window = address.own_messages if authenticated else address.messages
        return not self.limited or window.hit(now_ms)

    def request(self, client: str, now_ms: int, *, private: bool) -> bool:
        """Count a REST request; return whether it is within the limit."""
        address = self._address(client)
        window = address.private if private else address.public
        return not self.limited or window.hit(now_ms)

    def _address(self, client: str) -> _Address:
        address = self._addresses.get(client)
        if address is None:
            if len(self._addresses) >= _ADDRESSES:
                del self._addresses[next(iter(self._addresses))]
            address = self._addresses[client] = _Address(self._profile)
        return address
