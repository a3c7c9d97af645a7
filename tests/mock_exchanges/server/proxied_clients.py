"""Clients with production addresses and nothing but the environment; prints what each found."""

from __future__ import annotations

import asyncio
import json
import sys
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any

import aiohttp
import httpx
import requests
import websocket
import websockets
from websockets.sync.client import connect

REST = "https://api.binance.com/api/v3/time"
STREAM = "wss://stream.binance.com:9443/ws/btcusdt@kline_1s"
OTHER = "https://api.kraken.com/0/public/Time"
PLAIN = "http://api.binance.com/api/v3/time"


def found(ask: Callable[[], Any]) -> str:
    """Return an answer, or the error."""
    try:
        return str(ask())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def from_websocket_client() -> Any:
    """Return the first message."""
    ws = websocket.create_connection(STREAM, timeout=20)
    text = ws.recv()
    ws.close()
    return text


def from_websockets_sync() -> Any:
    """Return the first message."""
    with connect(STREAM) as ws:
        return ws.recv()


async def from_websockets() -> Any:
    """Return the first message."""
    async with websockets.connect(STREAM) as ws:
        return await ws.recv()


async def from_httpx(url: str) -> str:
    """Return the answer of the async client."""
    async with httpx.AsyncClient() as client:
        return (await client.get(url)).text


async def from_aiohttp(url: str) -> str:
    """Return the answer to a request."""
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(url) as answer:
        return await answer.text()


async def from_aiohttp_stream() -> Any:
    """Return the first message."""
    async with aiohttp.ClientSession(trust_env=True) as session, session.ws_connect(STREAM) as ws:
        return (await ws.receive()).data


def main() -> None:
    """Ask everything of everybody."""
    clients: dict[str, Callable[[str], Any]] = {
        "requests": lambda url: requests.get(url).text,
        "httpx": lambda url: httpx.get(url).text,
        "httpx async": lambda url: asyncio.run(from_httpx(url)),
        "aiohttp": lambda url: asyncio.run(from_aiohttp(url)),
        "urllib": lambda url: urllib.request.urlopen(url).read().decode(),
    }
    answers = {
        name: {url: found(partial(ask, url)) for url in asked} for name, ask in clients.items()
    }
    streams = {
        "websocket-client": found(from_websocket_client),
        "websockets": found(lambda: asyncio.run(from_websockets())),
        "websockets.sync": found(from_websockets_sync),
        "aiohttp": found(lambda: asyncio.run(from_aiohttp_stream())),
    }
    sys.stdout.write(json.dumps({"answers": answers, "streams": streams}))


asked = (REST, OTHER, PLAIN)

if __name__ == "__main__":
    main()
