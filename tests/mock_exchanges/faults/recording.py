"""What a client hears of an exchange with a fault and without: the same seed, the same bytes."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass

import aiohttp

from mock_exchanges.faults import Fault
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, client, play, with_fault

EXCHANGES = ("demo", "binance", "coinbase", "okx", "kucoin")
# of the connection, not of the stream
_NUMBER = re.compile(r'"sequence_num":\d+')


@dataclass(frozen=True, slots=True)
class Heard:
    """A message and when it came, milliseconds after the start."""

    at_ms: int
    kind: aiohttp.WSMsgType
    text: str

    @property
    def bare(self) -> str:
        """The text without its connection's number."""
        return _NUMBER.sub("", self.text)


async def record(one: Client, seconds: float) -> list[Heard]:
    """Return all that a new connection hears within so many seconds."""
    heard: list[Heard] = []
    ws = await one.subscribed(compress=15)
    try:
        async with asyncio.timeout(seconds):
            while True:
                message = await ws.receive()
                if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                    break
                data = message.data
                text = data if isinstance(data, str) else data.decode()
                heard.append(Heard(one.mock.now_ms() - EPOCH_MS, message.type, text))
                if '"op":"ping"' in text:
                    await ws.send_str(text.replace("ping", "pong"))
    except TimeoutError:
        pass
    await ws.close()
    return heard


def heard_with(fault: Fault, exchange: str = "demo", seconds: float = 20) -> list[Heard]:
    """Return what is heard with a fault, which must strike and leave nothing behind."""
    return with_fault(fault, lambda one: record(one, seconds), exchange)


def heard_without(exchange: str = "demo", seconds: float = 20) -> list[Heard]:
    """Return what is heard when nothing is wrong."""

    async def main() -> list[Heard]:
        async with client(exchange) as one:
            return await record(one, seconds)

    return play(main)


def rows(text: str) -> list[tuple[int, list[str]]]:
    """Return (open time in milliseconds, the rest of it) of each candle of a message."""
    data = json.loads(text)
    if data.get("e") == "kline":
        return [(data["k"]["t"], [str(value) for value in data["k"].values()])]
    if data.get("channel") == "candles":
        return [
            (int(each["start"]) * 1000, list(each.values()))
            for event in data["events"]
            for each in event["candles"]
        ]
    if "arg" in data and "data" in data:
        return [(int(row[0]), row) for row in data["data"]]
    if data.get("type") == "message":
        row = data["data"]["candles"]
        return [(int(row[0]) * 1000, row)]
    if data.get("type") in ("candle", "snapshot"):
        found = data["data"] if isinstance(data["data"], list) else [data["data"]]
        return [(each["t"], [str(value) for value in each.values()]) for each in found]
    return []


def live(heard: list[Heard]) -> list[Heard]:
    """Return the messages of one candle or more, without the snapshot at the beginning."""
    found = [each for each in heard if rows(each.text)]
    return [each for each in found if '"snapshot"' not in each.text]


def opens(heard: list[Heard]) -> list[int]:
    """Return the open times told, in order."""
    return [opened for each in heard for opened, _ in rows(each.text)]
