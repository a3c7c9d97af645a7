"""Adapters that are wrong in one way each, a few lines over the reference adapter.

A card names the one that proves its check; the matrix test holds that each fails its
own check and nothing unrelated.
"""

from __future__ import annotations

import asyncio
import decimal
import signal
import socket
import time
from typing import Any

from reference_adapters import BinanceAdapter
from reference_adapters.binance import INTERVALS, WS_URL, Candle

# -- loading and URLs


class NoSupportedIntervals(BinanceAdapter):
    get_supported_intervals = None  # type: ignore[assignment]


class UrlOfUnawaitedToken(BinanceAdapter):
    """The guide's own slip: a token that was never awaited."""

    async def _token(self) -> str:
        return "abc"

    def get_ws_url(self) -> str:
        token = self._token()
        url = f"{WS_URL}?token={token}"
        token.close()  # keeps Python from warning about what is the point here
        return url


class UrlWithoutEncryption(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "ws://stream.binance.com:9443/ws"


class UrlOfTheTestSystem(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "wss://stream.testnet.binance.vision/ws"


class UrlWithRetiredPath(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "wss://stream.binance.com:9443/websocket/v1"


class UrlGrowsWithEveryCall(BinanceAdapter):
    _url = WS_URL

    def get_ws_url(self) -> str:
        url, self._url = self._url, f"{self._url}x"
        return url


# -- pairs and payloads


class PairCutAtSixLetters(BinanceAdapter):
    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        base, quote = trading_pair.split("-")
        return base[:3] + quote[:4]


class PairOfTheOtherDollar(BinanceAdapter):
    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        return trading_pair.replace("-", "").replace("USDT", "USDC")


class PayloadMethodInLowerCase(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "method": "subscribe"}


class PayloadWithoutId(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        del payload["id"]
        return payload


class PayloadThatIsNoJson(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "params": set(payload["params"])}


class PayloadAlwaysForOneMinute(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        return super().get_ws_subscription_payload(trading_pair, "1m")


class PayloadWithUpperCaseSymbol(BinanceAdapter):
    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        symbol = self.get_trading_pair_format(trading_pair)
        return {**payload, "params": [f"{symbol}@kline_{interval}"]}


class PayloadOnlyOnce(BinanceAdapter):
    """One shared dict: asking for the second pair changes what was given for the first."""

    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._payload: dict[str, Any] = {}

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        self._payload.update(super().get_ws_subscription_payload(trading_pair, interval))
        return self._payload


# -- intervals


class ClaimsAnIntervalThatIsNotStreamed(BinanceAdapter):
    def get_supported_intervals(self) -> dict[str, int]:
        return {**INTERVALS, "1m": 60}

    def get_ws_supported_intervals(self) -> list[str]:
        return [*INTERVALS, "10m"]


class MinutesForSeconds(BinanceAdapter):
    def get_supported_intervals(self) -> dict[str, int]:
        return {**INTERVALS, "5m": 5}


class ClaimsTwoIntervalsOnly(BinanceAdapter):
    """Not wrong: the observation is what the check is for."""

    def get_ws_supported_intervals(self) -> list[str]:
        return ["1m", "1h"]


class HandsOutItsOwnList(BinanceAdapter):
    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._streamed = list(INTERVALS)

    def get_ws_supported_intervals(self) -> list[str]:
        return self._streamed


# -- parsing


def changed(candles: list[Candle] | None, **columns: str) -> list[Candle] | None:
    """Return candles with columns taken from other columns."""
    if candles is None:
        return None
    made = []
    for candle in candles:
        values = {name: getattr(candle, name) for name in Candle.__dataclass_fields__}
        values.update({name: getattr(candle, other) for name, other in columns.items()})
        made.append(Candle(**values))
    return made


class ParseSwapsHighAndClose(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        return changed(super().parse_ws_message(data), high="close", close="high")


class ParseTakesTheQuoteVolume(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        return changed(super().parse_ws_message(data), volume="quote_asset_volume")


class ParseGivesMilliseconds(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            object.__setattr__(candles[0], "timestamp", candles[0].timestamp * 1000)
        return candles


class ParseRoundsToSixDigits(BinanceAdapter):
    """Well on most pairs, and wrong on a tiny price."""

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        for candle in candles or []:
            for column in ("open", "high", "low", "close"):
                object.__setattr__(candle, column, round(getattr(candle, column), 6))
        return candles


class ParseExpectsOnlyCandles(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        if "error" in data:
            return None
        return super().parse_ws_message({"e": data["e"], **data})


class ParseTakesTheEventTime(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            object.__setattr__(candles[0], "timestamp", data["E"] / 1000)
        return candles


class ParseTakesTheCloseTime(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            object.__setattr__(candles[0], "timestamp", data["k"]["T"] // 1000)
        return candles


class ParseNeedsTheUnusedField(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles and data["k"]["B"] != "0":
            return None
        return candles


class ParsePopsFromItsInput(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if candles:
            data.pop("e")
        return candles


class ParseMergesPairs(BinanceAdapter):
    """Keeps the highest price seen, whichever pair it was of."""

    _highest: tuple[int, float] = (0, 0.0)

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        for candle in candles or []:
            if candle.timestamp == self._highest[0]:
                object.__setattr__(candle, "high", max(candle.high, self._highest[1]))
            self._highest = candle.timestamp, candle.high
        return candles


class ParseDefaultsToZero(BinanceAdapter):
    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        k = data.get("k")
        if data.get("e") == "kline" and isinstance(k, dict):
            data = {**data, "k": {**dict.fromkeys("ohlcv", 0), **k}}
        return super().parse_ws_message(data)


# -- REST


class RestIgnoresStartTime(BinanceAdapter):
    async def fetch_rest_candles(  # type: ignore[override]
        self, trading_pair: str, interval: str, start_time: int | None = None, **rest: Any
    ) -> list[Candle]:
        return await super().fetch_rest_candles(trading_pair, interval, None, **rest)


class RestTakesMilliseconds(BinanceAdapter):
    """Sends seconds where the exchange wants milliseconds."""

    async def fetch_rest_candles(  # type: ignore[override]
        self, trading_pair: str, interval: str, start_time: int | None = None, **rest: Any
    ) -> list[Candle]:
        start = None if start_time is None else start_time // 1000
        return await super().fetch_rest_candles(trading_pair, interval, start, **rest)


class RestLosesTheLastRow(BinanceAdapter):
    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        return (await super().fetch_rest_candles(*args, **kwargs))[:-1]


class RestStartsAYearAgo(BinanceAdapter):
    async def fetch_rest_candles(  # type: ignore[override]
        self, trading_pair: str, interval: str, start_time: int | None = None, **rest: Any
    ) -> list[Candle]:
        start = start_time or int(time.time()) - 365 * 86_400
        return await super().fetch_rest_candles(trading_pair, interval, start, **rest)


class RestTakesTheQuoteVolume(BinanceAdapter):
    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        candles = await super().fetch_rest_candles(*args, **kwargs)
        return changed(candles, volume="quote_asset_volume") or []


class RestGivesMilliseconds(BinanceAdapter):
    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        candles = await super().fetch_rest_candles(*args, **kwargs)
        for candle in candles:
            object.__setattr__(candle, "timestamp", candle.timestamp * 1000)
        return candles


class RestIsCutAtTheMaximum(BinanceAdapter):
    async def fetch_rest_candles(
        self,
        trading_pair: str,
        interval: str,
        start_time: int | None = None,
        limit: int = 500,
        network_client: Any = None,
    ) -> list[Candle]:
        return await super().fetch_rest_candles(
            trading_pair, interval, start_time, min(limit, 1000), network_client
        )


class RestSwallowsErrors(BinanceAdapter):
    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        try:
            return await super().fetch_rest_candles(*args, **kwargs)
        except ValueError as error:
            if "limit" in str(error):
                raise
            return []
        except Exception:
            return []


class RestTurnsTheNewestRound(BinanceAdapter):
    async def fetch_rest_candles(  # type: ignore[override]
        self, trading_pair: str, interval: str, start_time: int | None = None, **rest: Any
    ) -> list[Candle]:
        candles = await super().fetch_rest_candles(trading_pair, interval, start_time, **rest)
        return candles[::-1] if start_time is None else candles


class RestLeavesIdleIntervalsOut(BinanceAdapter):
    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, *args: Any, **kwargs: Any
    ) -> list[Candle]:
        candles = await super().fetch_rest_candles(trading_pair, interval, *args, **kwargs)
        # seconds are idle even in a busy market
        return [candle for candle in candles if candle.n_trades or interval == "1s"]


class RestGoesBackTwoThousandAtMost(BinanceAdapter):
    """Begins at the later of the start and some way back: ccxt/ccxt#26252."""

    async def fetch_rest_candles(  # type: ignore[override]
        self, trading_pair: str, interval: str, start_time: int | None = None, **rest: Any
    ) -> list[Candle]:
        if start_time is not None:
            start_time = max(start_time, int(time.time()) - 2000 * INTERVALS[interval])
        return await super().fetch_rest_candles(trading_pair, interval, start_time, **rest)


class Until:
    """A client that asks for candles up to a time, epoch seconds."""

    def __init__(self, client: Any, end: int) -> None:
        self._client = client
        self._end = end

    async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
        """Ask with an end."""
        until = {**params, "endTime": self._end * 1000 - 1}
        return await self._client.get_rest_data(url, params=until)


class RestFailsOnAnEmptyPage(BinanceAdapter):
    """Asks for a window, and looks at its first row whether there is one or not."""

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 500, network_client: Any = None,
    ) -> list[Candle]:  # fmt: skip
        client = network_client
        if start_time is not None and interval != "1M":
            client = Until(network_client, start_time + limit * INTERVALS[interval])
        candles = await super().fetch_rest_candles(
            trading_pair, interval, start_time, limit, client
        )
        return [candles[0], *candles[1:]]


class RestPagesUntilCandlesCome(BinanceAdapter):
    """From the start on, page after page, as often as it takes: ccxt/ccxt#8400."""

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 500, network_client: Any = None,
    ) -> list[Candle]:  # fmt: skip
        if start_time is None:
            return await super().fetch_rest_candles(
                trading_pair, interval, None, limit, network_client
            )
        found: list[Candle] = []
        while len(found) < limit and start_time < time.time():
            end = start_time + 1000 * INTERVALS[interval]
            found += await super().fetch_rest_candles(
                trading_pair, interval, start_time, limit, Until(network_client, end)
            )
            start_time = end
        return found[:limit]


class RestWithoutLimitTakesTheNewest(BinanceAdapter):
    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int | None = None, network_client: Any = None,
    ) -> list[Candle]:  # fmt: skip
        return await super().fetch_rest_candles(
            trading_pair, interval, None if limit is None else start_time, limit or 500,
            network_client,
        )  # fmt: skip


# -- over time


class PingsWithPlainText(BinanceAdapter):
    """Right for another exchange; here a text that is no JSON ends the connection."""

    ws_ping_interval = 18

    def get_ws_ping_payload(self) -> str:
        return "ping"


class NoUrlAfterTheFirstConnection(BinanceAdapter):
    """Thinks it is connected still, once it has seen three candles."""

    _candles = 0

    def get_ws_url(self) -> str:
        if self._candles > 2:
            raise RuntimeError("already connected")
        return super().get_ws_url()

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        candles = super().parse_ws_message(data)
        if data.get("e") == "kline" and data["s"] == "BTCUSDT" and data["k"]["i"] == "1m":
            self._candles += 1
        return candles


class SubscribesOnlyUntilConfirmed(BinanceAdapter):
    """Has seen the confirmation, and lists its subscriptions from then on."""

    _confirmed = False

    def parse_ws_message(self, data: dict[str, Any]) -> list[Candle] | None:
        self._confirmed = self._confirmed or "result" in data
        return super().parse_ws_message(data)

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        if self._confirmed:
            return {"method": "LIST_SUBSCRIPTIONS", "id": payload["id"]}
        return payload


class RestAnswersFromACacheOfTheGap(BinanceAdapter):
    """Once a request has failed, it takes all but the newest candle to be known."""

    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._failed = False

    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        try:
            candles = await super().fetch_rest_candles(*args, **kwargs)
        except ValueError:
            raise
        except Exception:
            self._failed = True
            raise
        return candles[-1:] if self._failed else candles


class RestNeverRefreshes(BinanceAdapter):
    """Keeps what it fetched for a pair and interval for an hour, if it reaches up to now."""

    def __init__(self, network_client: Any = None) -> None:
        super().__init__(network_client)
        self._kept: dict[tuple[str, str], tuple[float, list[Candle]]] = {}

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 500, network_client: Any = None,
    ) -> list[Candle]:  # fmt: skip
        kept_at, kept = self._kept.get((trading_pair, interval), (0.0, []))
        if not kept or time.time() - kept_at > 3600 or (start_time or 0) < kept[0].timestamp:
            kept = await super().fetch_rest_candles(
                trading_pair, interval, start_time, limit, network_client
            )
            self._kept[trading_pair, interval] = time.time(), kept
        return [candle for candle in kept if candle.timestamp >= (start_time or 0)][:limit]


class TakesTheUnknownForMinutes(BinanceAdapter):
    """A default for an interval that it does not know."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        known = interval if interval in INTERVALS else "1m"
        return super().get_ws_subscription_payload(trading_pair, known)

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, *args: Any, **kwargs: Any
    ) -> list[Candle]:
        known = interval if interval in INTERVALS else "1m"
        return await super().fetch_rest_candles(trading_pair, known, *args, **kwargs)


# -- what must not break the suite


class BlocksTheLoop(BinanceAdapter):
    """Calls a blocking library inside async code: told, and judged in a thread."""

    async def fetch_rest_candles(
        self, trading_pair: str, interval: str, start_time: int | None = None,
        limit: int = 500, network_client: Any = None,
    ) -> list[Candle]:  # fmt: skip
        import requests

        class Blocking:
            async def get_rest_data(self, url: str, params: dict[str, Any]) -> Any:
                answer = requests.get(  # noqa: ASYNC210 - the defect
                    url, params={k: v for k, v in params.items() if v is not None}, timeout=10
                )
                answer.raise_for_status()
                return answer.json()

        return await super().fetch_rest_candles(
            trading_pair, interval, start_time, limit, Blocking()
        )


class NeverAnswers(BinanceAdapter):
    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        await asyncio.Event().wait()
        raise AssertionError


class PayloadWithAnIdThatGrows(BinanceAdapter):
    """An id for people, which is longer for a long name than Binance allows."""

    def get_ws_subscription_payload(self, trading_pair: str, interval: str) -> dict[str, Any]:
        payload = super().get_ws_subscription_payload(trading_pair, interval)
        return {**payload, "id": f"candles-of-{trading_pair}-every-{interval}-once"}


class StopsAtItsLimit(BinanceAdapter):
    """A cache that was to hold so many, and holds everything up: ccxt/ccxt#6631."""

    _seen = 0

    def parse_ws_message(self, data: Any) -> list[Candle] | None:
        self._seen += 1
        return super().parse_ws_message(data) if self._seen <= 400 else None


# -- the process around them


class SetsTheTimeoutOfAllSockets(BinanceAdapter):
    """Meant for its own requests; every socket of the program has it from now on."""

    def __init__(self) -> None:
        super().__init__()
        socket.setdefaulttimeout(10.0)


class TakesTheInterrupt(BinanceAdapter):
    """Ctrl-C is its business now, and no longer the program's."""

    def __init__(self) -> None:
        super().__init__()
        signal.signal(signal.SIGINT, lambda *_: None)


class CountsInSevenDigits(BinanceAdapter):
    """The context of the whole thread, for one sum of its own."""

    def parse_ws_message(self, data: Any) -> list[Candle] | None:
        decimal.getcontext().prec = 7
        return super().parse_ws_message(data)


# what the adapters above prove, besides those that a card names
ALSO_PROVE = {
    "UrlWithoutEncryption": "URL-01",
    "UrlOfTheTestSystem": "URL-01",
    "PairOfTheOtherDollar": "PAIR-01",
    "PayloadWithoutId": "PAY-01",
    "PayloadThatIsNoJson": "PAY-01",
    "PayloadAlwaysForOneMinute": "PAY-01",
    "ParseTakesTheQuoteVolume": "PARSE-01",
    "ParseGivesMilliseconds": "PARSE-01",
    "ParseRoundsToSixDigits": "PARSE-01",
    "ParseTakesTheCloseTime": "PARSE-05",
    "ParseMergesPairs": "PARSE-07",
    "RestTakesMilliseconds": "REST-01",
    "RestLosesTheLastRow": "REST-01",
    "RestGivesMilliseconds": "REST-03",
    "NeverAnswers": "REST-01",
    "TakesTheInterrupt": "LIFE-05",
}
