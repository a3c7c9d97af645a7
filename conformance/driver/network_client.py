"""The network client that a host program hands to its adapters.

It takes production URLs and goes to the mock without TLS, which adapters that use
their own HTTP library do not.
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    import aiohttp

Address = tuple[str, int]

# what two clocks may differ by without anybody setting one right
_USUAL_SKEW_MS = 2_000


class HttpError(Exception):
    """A REST answer with status 400 or above."""

    def __init__(self, status: int, url: str, body: str, headers: Mapping[str, str]) -> None:
        super().__init__(f"HTTP {status} from {url}: {body[:300]}")
        self.status = status
        self.body = body
        self.headers = dict(headers)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer that says to keep away: its HTTP status, and for how many seconds."""

    status: int
    wait_s: float


def told_to_wait(error: BaseException | None) -> Told | None:
    """Return what an answer behind an error, of any HTTP library, says about waiting.

    That is ``Retry-After`` in seconds, or a gateway's ``gw-ratelimit-reset`` in milliseconds.
    """
    for _ in range(10):  # an error may have causes, and they others
        if error is None:
            break
        answer = getattr(error, "response", error)  # as requests, httpx and websockets have it
        headers = getattr(answer, "headers", None)
        status = getattr(answer, "status", None) or getattr(answer, "status_code", None)
        if isinstance(headers, Mapping) and isinstance(status, int) and status >= 400:
            found = {str(name).lower(): str(value) for name, value in headers.items()}
            for name, unit in (("retry-after", 1.0), ("gw-ratelimit-reset", 0.001)):
                with suppress(KeyError, ValueError):
                    return Told(status, float(found[name]) * unit)
        error = getattr(error, "error", None) or error.__cause__ or error.__context__
    return None


class WebSocket:
    """An open connection: `send`, `iter_messages`, `disconnect`."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    @property
    def close_code(self) -> int | None:
        """The code the connection ended with; 1006 without a close frame."""
        return self._socket.close_code

    @property
    def closed(self) -> bool:
        """Whether the connection has ended."""
        return self._socket.closed

    async def send(self, payload: Any) -> None:
        """Send a payload: text as it is, anything else as JSON; ``.payload`` is unwrapped."""
        payload = getattr(payload, "payload", payload)
        text = payload if isinstance(payload, str) else json.dumps(payload)
        await self._socket.send_str(text)

    async def receive(self) -> str | None:
        """Return the next text, or None when the connection has ended."""
        while True:
            message = await self._socket.receive()
            kind = message.type.name
            if kind == "TEXT":
                return str(message.data)
            if kind == "BINARY":
                return bytes(message.data).decode("utf-8", "replace")
            if kind in ("CLOSE", "CLOSING", "CLOSED", "ERROR"):
                return None

    async def iter_messages(self) -> AsyncIterator[Any]:
        """Yield messages, decoded from JSON where they are JSON, until the connection ends."""
        while (text := await self.receive()) is not None:
            yield decode(text)

    async def disconnect(self) -> None:
        """Close the connection."""
        await self._socket.close()


def decode(text: str) -> Any:
    """Return a message decoded from JSON, or the text itself (``pong``) if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def is_plain(text: str) -> bool:
    """Return whether a message is plain text at first sight: it does not even begin as JSON."""
    return text[:1] not in ("{", "[") and isinstance(decode(text), str)


class NetworkClient:
    """REST and WebSocket for adapters; ``resolve`` gives a host's plain address, if routed."""

    def __init__(self, resolve: Callable[[str], Address | None]) -> None:
        # by how much the exchange's clock is ahead of ours, as its answers tell
        self.ahead_ms = 0
        self._resolve = resolve
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            # dear to load, and an adapter is asked for its exchange without going anywhere
            import aiohttp

            self._session = aiohttp.ClientSession()
        return self._session

    def heard_of(self, there_ms: int) -> None:
        """Learn that a time (epoch milliseconds) is not in the exchange's future."""
        ahead_ms = there_ms - round(time.time() * 1000)
        if ahead_ms > (self.ahead_ms or _USUAL_SKEW_MS):
            self.ahead_ms = ahead_ms

    def _set_clock(self, headers: Mapping[str, str], asked_s: float) -> None:
        """Compare clocks by an answer's Date, which is cut to seconds.

        ``asked_s`` is when it was asked for, epoch seconds: a slow answer has an old Date.
        """
        try:
            there_ms = round(parsedate_to_datetime(headers.get("Date", "")).timestamp() * 1000)
        except ValueError:
            return
        ahead_ms = there_ms - round(time.time() * 1000)
        if ahead_ms < 0:
            ahead_ms = min(0, there_ms - round(asked_s * 1000))
        if abs(ahead_ms) < _USUAL_SKEW_MS:
            self.ahead_ms = 0
        elif abs(ahead_ms - self.ahead_ms) <= _USUAL_SKEW_MS:
            self.ahead_ms = max(self.ahead_ms, ahead_ms)  # the second was cut at another place
        else:
            self.ahead_ms = ahead_ms

    def _direct(self, url: str) -> tuple[str, dict[str, str]]:
        """Return the address to go to for a URL, and the headers that keep its host name."""
        parts = urlsplit(url)
        address = self._resolve(parts.hostname or "")
        if address is None:
            return url, {}
        scheme = {"https": "http", "wss": "ws"}.get(parts.scheme, parts.scheme)
        netloc = f"{address[0]}:{address[1]}"
        return urlunsplit((scheme, netloc, parts.path or "/", parts.query, "")), {
            "Host": parts.netloc
        }

    async def get_rest_data(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> Any:
        """Return the decoded JSON of a REST answer; parameters that are None are left out.

        Raises HttpError for a status of 400 or above, ValueError for a body that is
        no JSON, aiohttp.ClientError if the connection fails.
        """
        target, host = self._direct(url)
        kept = {k: str(v) for k, v in (params or {}).items() if v is not None}
        asked_s = time.time()
        async with self._open().request(
            method, target, params=kept, json=data, headers={**(headers or {}), **host}
        ) as response:
            text = await response.text()
            self._set_clock(response.headers, asked_s)
            if response.status >= 400:
                raise HttpError(response.status, url, text, response.headers)
            return json.loads(text)

    async def establish_ws_connection(self, url: str) -> WebSocket:
        """Open a WebSocket. Raises aiohttp.ClientError if the handshake fails."""
        target, host = self._direct(url)
        asked_s = time.time()
        socket = await self._open().ws_connect(
            target, headers=host, autoping=True, max_msg_size=0, compress=0
        )
        self._set_clock(socket._response.headers, asked_s)
        return WebSocket(socket)

    async def send_ws_message(self, socket: WebSocket, payload: Any) -> None:
        """Send a payload on an open connection."""
        await socket.send(payload)

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()
