"""Wrong in asking REST, or in reading its answers."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from reference_adapters import BinanceAdapter
from reference_adapters.binance import INTERVALS, Candle
from tests.gallery import fair
from tests.gallery.defective.changing import changed


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


class BlocksInAPlainMethod(BinanceAdapter):
    """The same in no async code: right but for its name, which promises not to block."""

    fetch_rest_candles = fair.SynchronousOnly.fetch_rest_candles_synchronous  # type: ignore[assignment]


class NeverAnswers(BinanceAdapter):
    async def fetch_rest_candles(self, *args: Any, **kwargs: Any) -> list[Candle]:
        await asyncio.Event().wait()
        raise AssertionError
