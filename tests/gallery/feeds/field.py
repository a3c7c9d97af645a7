"""Feeds that put numbers in the wrong place, or lose some of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from conformance.contract import Reading
from reference_adapters import OKXAdapter
from reference_adapters.demo import DemoAdapter
from tests.gallery.feeds.good import BinanceFeed, DemoFeed, OKXFeed, Telling
from tests.gallery.feeds.reconnect import for_ever

Source = Literal["stream", "rest"]


def swapped(reading: Reading) -> Reading:
    """Return a candle whose high and close have changed places."""
    return replace(reading, high=reading.close, close=reading.high)


class Changing(Telling):
    """Hands over something else than it has."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        """Return what is handed over."""
        return reading

    def _emit(self, reading: Reading, source: Source) -> None:
        tell = self._tell
        self._tell = lambda candle: tell[0](self.changed(candle, source)), *tell[1:]
        super()._emit(reading, source)
        self._tell = tell


class SwapsColumnsOfREST(Changing, DemoFeed):
    """ccxt/ccxt#4703."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return swapped(reading) if source == "rest" else reading


class SwapsColumnsOfTheStream(Changing, OKXFeed):
    """bmoscon/cryptofeed#881."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return swapped(reading) if source == "stream" else reading


class DividesByAThousandTwice(Changing, DemoFeed):
    """Candles of 1970: hummingbot/hummingbot#7217."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return replace(reading, timestamp=reading.timestamp / 1000)


class GivesMilliseconds(Changing, BinanceFeed):
    """The exchange's own unit, handed on: ccxt/ccxt#4694."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return replace(reading, timestamp=reading.timestamp * 1000)


class TakesTheQuoteVolume(Changing, DemoFeed):
    """ccxt/ccxt#4694."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        return replace(reading, volume=reading.extras.get("quote_asset_volume", 0))


class RoundsToTwoDigits(Changing, DemoFeed):
    """Two decimals are enough for BTC."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        prices: dict[str, Any] = {
            name: round(float(getattr(reading, name)), 2)
            for name in ("open", "high", "low", "close")
        }
        return replace(reading, **prices)


class ExactKeys(DemoAdapter):
    """Reads candles that have the keys it knows, and no others."""

    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        rows = data.get("data")
        for row in rows if isinstance(rows, list) else [rows]:
            if isinstance(row, dict) and set(row) != set("tohlcvqnVQ"):
                return None
        return super().parse_ws_message(data)

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> Any:
        client = kwargs.get("network_client") or self._network_client
        kwargs["network_client"] = Exact(client)
        return await super().fetch_rest_candles(*args, **kwargs)


class Exact:
    """A client that takes an answer with an unknown key for none."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def get_rest_data(self, *args: Any, **kwargs: Any) -> Any:
        answer = await self._client.get_rest_data(*args, **kwargs)
        if any(set(row) != set("tohlcvqnVQ") for row in answer["data"]):
            raise ValueError("unknown key")
        return answer


class TakesExactlyTheKnownKeys(DemoFeed):
    """A strict model of what the exchange sent on the day it was written."""

    adapter = ExactKeys


class LeavesTheHighBehind(DemoFeed):
    """Keeps the high and low that a running candle had first."""

    _first: Reading | None = None

    async def _take(self, reading: Reading) -> None:
        tell = self._tell
        if self._first is None or self._first.timestamp != reading.timestamp:
            self._first = reading
        told = replace(reading, high=self._first.high, low=self._first.low)
        self._tell = tell[0], lambda _: tell[1](told), tell[2]
        await super()._take(reading)
        self._tell = tell


class PricesNothingAtZero(Changing, DemoFeed):
    """What was not traded has no price."""

    def changed(self, reading: Reading, source: Source) -> Reading:
        if reading.volume:
            return reading
        return replace(reading, open=0.0, high=0.0, low=0.0, close=0.0)


def without_nulls(data: Any, instead: Any) -> Any:
    """Return JSON with something in place of null and empty text."""
    if isinstance(data, dict):
        return {name: without_nulls(value, instead) for name, value in data.items()}
    if isinstance(data, list):
        return [without_nulls(each, instead) for each in data]
    return instead if data in (None, "") else data


class NullIsNought(DemoAdapter):
    """float(value or 0), as it is often written."""

    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        if data.get("type") in ("candle", "snapshot"):
            data = without_nulls(data, "0")
        return super().parse_ws_message(data)

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["network_client"] = Nought(kwargs.get("network_client") or self._network_client)
        return await super().fetch_rest_candles(*args, **kwargs)


class Nought:
    """A client in whose answers null is 0."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def get_rest_data(self, *args: Any, **kwargs: Any) -> Any:
        return without_nulls(await self._client.get_rest_data(*args, **kwargs), "0")


class TakesNullForNought(DemoFeed):
    """A candle that has no numbers costs nothing."""

    adapter = NullIsNought


class EndsAtANull(BinanceFeed):
    """Nobody meets what its parser raises, and its reader is gone."""

    _gone = False

    def _met(self, error: Exception) -> None:
        self._gone = "NoneType" in str(error)
        super()._met(error)

    async def _wait(self) -> None:
        if self._gone:
            await for_ever()
        await super()._wait()


class LeavesNullRowsOut(OKXAdapter):
    """Takes the rows that have numbers."""

    def parse_ws_message(self, data: dict[str, Any]) -> Any:
        return super().parse_ws_message(with_numbers(data))

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["network_client"] = WithNumbers(kwargs.get("network_client") or self._network_client)
        return await super().fetch_rest_candles(*args, **kwargs)


class WithNumbers:
    """A client in whose answers rows without numbers are left out."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def get_rest_data(self, *args: Any, **kwargs: Any) -> Any:
        return with_numbers(await self._client.get_rest_data(*args, **kwargs))


def with_numbers(data: Any) -> Any:
    """Return a message or an answer without the rows that lack numbers."""
    if not isinstance(data, dict) or not isinstance(data.get("data"), list):
        return data
    rows = [row for row in data["data"] if not {None, ""} & set(row)]
    return {**data, "data": rows}


class SkipsNullRows(OKXFeed):
    """Right: a row without numbers is no candle; what is missing is asked for."""

    adapter = LeavesNullRowsOut


GOOD = {"SkipsNullRows": "okx"}

PROVE = {
    "SwapsColumnsOfREST": ("FIELD-01", "demo"),
    "SwapsColumnsOfTheStream": ("FIELD-02", "okx"),
    "DividesByAThousandTwice": ("FIELD-03", "demo"),
    "GivesMilliseconds": ("FIELD-03", "binance"),
    "TakesTheQuoteVolume": ("FIELD-04", "demo"),
    "RoundsToTwoDigits": ("FIELD-05", "demo"),
    "TakesExactlyTheKnownKeys": ("FIELD-06", "demo"),
    "LeavesTheHighBehind": ("FIELD-07", "demo"),
    "PricesNothingAtZero": ("FIELD-08", "demo"),
    "TakesNullForNought": ("FIELD-08", "demo"),
    "EndsAtANull": ("FIELD-08", "binance"),
}
