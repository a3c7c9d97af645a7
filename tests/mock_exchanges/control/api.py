"""A client of the control API in the language of no library: aiohttp, on virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from mock_exchanges.control import PREFIX
from tests.mock_exchanges.faults.bench import Client, client


class Api:
    """Sends requests to a mock exchange's control API; answers are (status, JSON)."""

    def __init__(self, one: Client) -> None:
        self.one = one
        self.mock = one.mock
        self.url = one.mock.control_url
        self.kept: list[Any] = []

    async def ask(
        self, method: str, path: str, body: Any = None, **options: Any
    ) -> tuple[int, Any]:
        """Send a request with a JSON body, if any."""
        if body is not None:
            options["json"] = body
        async with self.one.http.request(method, self.url + path, **options) as answer:
            return answer.status, await answer.json()

    async def get(self, path: str) -> Any:
        """Return what a right GET answers."""
        status, found = await self.ask("GET", path)
        assert status == 200, found
        return found

    async def raw(
        self, method: str, path: str, data: Any = None, **headers: str
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Send bytes and headers; return status, JSON, headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = self.url.removesuffix(PREFIX) + path
        async with self.one.http.request(method, url, data=data, headers=named) as answer:
            return answer.status, await answer.json(), answer.headers

    async def state(self) -> dict[str, Any]:
        """Return all that the API can change."""
        return {
            path: await self.get(path)
            for path in ("/health", "/faults", "/scenario", "/clock", "/market", "/connections")
        } | {"journal": [entry[:4] for entry in self.mock.journal]}


@asynccontextmanager
async def api(exchange: str = "demo", **options: Any) -> AsyncIterator[Api]:
    """Run a mock exchange with its control API."""
    async with client(exchange, **options) as one:
        yield Api(one)
