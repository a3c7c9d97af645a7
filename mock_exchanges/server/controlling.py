"""The control API on sockets: hands requests to the desk, and waits where it says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiohttp import web

from mock_exchanges.control.desk import LARGEST_BODY, Desk, Waiting
from mock_exchanges.control.guard import Guard
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Entry
from mock_exchanges.server.waiting import NotInTime

if TYPE_CHECKING:
    from mock_exchanges.server.mock import MockExchange


class Counter:
    """Accepts the n-th entry that fits."""

    def __init__(self, waiting: Waiting) -> None:
        self._waiting = waiting
        self._left = waiting.wait.times

    def __call__(self, entry: Entry) -> bool:
        """Count an entry; return whether it is the last that was waited for."""
        self._left -= self._waiting.fits(entry)
        return self._left <= 0


class Controlling:
    """Answers the control API of one mock exchange over aiohttp."""

    def __init__(self, mock: MockExchange, guard: Guard) -> None:
        self._mock = mock
        self._desk = Desk(mock, guard)
        self._waits: set[asyncio.Task[bool]] = set()

    def is_for(self, path: str) -> bool:
        """Return whether a path is the API's, and not the exchange's."""
        return self._desk.is_for(path)

    async def handle(self, http: web.BaseRequest) -> web.StreamResponse:
        """Answer one HTTP request."""
        request = _request(http, b"")
        answer: Response | Waiting | None = self._desk.refusal(request)
        if answer is None:
            body = await _body(http)
            if body is None:
                # the rest is not read, so nothing can follow on this connection
                return _sent(self._desk.too_large(), close=True)
            answer = self._desk.answer(_request(http, body))
        if isinstance(answer, Waiting):
            arrived = await self._arrived(answer)
            answer = self._desk.waited(answer, arrived)
        return _sent(answer, close=answer.status in (401, 403))

    def stop(self) -> None:
        """Let whoever waits know that nothing will come."""
        for wait in self._waits:
            wait.cancel()

    async def _arrived(self, waiting: Waiting) -> bool:
        wait = asyncio.ensure_future(self._until(waiting))
        self._waits.add(wait)
        try:
            return await wait
        except asyncio.CancelledError:
            if wait.cancelled() and not _cancelled():
                return False
            wait.cancel()
            raise
        finally:
            self._waits.discard(wait)

    async def _until(self, waiting: Waiting) -> bool:
        try:
            await self._mock.until(
                Counter(waiting), within_s=waiting.wait.within_s, after=waiting.wait.after
            )
        except NotInTime:
            return False
        return True


def _cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _body(http: web.BaseRequest) -> bytes | None:
    """Return the body, or None for one that is too large."""
    if not http.body_exists:
        return b""
    if (http.content_length or 0) > LARGEST_BODY:
        return None
    body = bytearray()
    async for chunk in http.content.iter_any():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _request(http: web.BaseRequest, body: bytes) -> Request:
    path, _, query = http.raw_path.partition("?")
    headers = {name.lower(): value for name, value in http.headers.items()}
    return Request(http.method, path, query, headers, body, http.remote or "", http.secure)


def _sent(answer: Response, *, close: bool = False) -> web.Response:
    made = web.Response(status=answer.status, body=answer.body, headers=answer.headers)
    if close:
        made.force_close()
    return made
