"""The clock of a server: frozen, stepped, hurried, and everything that follows it."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest

from mock_exchanges.core.actions import Close
from mock_exchanges.server.clock import LoopClock
from mock_exchanges.server.mock import MockExchange
from tests.mock_exchanges.server.test_market_live import EPOCH_MS, EXCHANGES, Feed, virtually

MINUTE_MS = 60_000


async def settled(turns: int = 200) -> None:
    """Let what is under way on the loopback arrive, without time passing."""
    for _ in range(turns):
        await asyncio.sleep(0)


async def begun(mock: MockExchange) -> tuple[Feed, asyncio.Future[None]]:
    feed = Feed(mock, mock.exchange.samples.pairs[0])
    listening = asyncio.ensure_future(feed.listen())
    await mock.until("in", within_s=5)
    await asyncio.sleep(1)
    return feed, listening


async def ended(feed: Feed, listening: asyncio.Future[None]) -> None:
    feed.pinging.cancel()
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_frozen_clock_sends_nothing_and_ends_nobody(exchange: str) -> None:
    async def main(mock: MockExchange) -> tuple[int, int, list[str]]:
        feed, listening = await begun(mock)
        feed.pinging.cancel()
        mock.clock.run(0)
        frozen_ms, total = mock.now_ms(), mock.journal.total
        timers = len(asyncio.get_running_loop()._scheduled)  # type: ignore[attr-defined]
        await asyncio.sleep(7 * 86_400)
        assert len(asyncio.get_running_loop()._scheduled) <= timers  # type: ignore[attr-defined]
        said: list[str] = [entry.kind for entry in mock.journal.since(total)]
        assert mock.now_ms() == frozen_ms
        mock.clock.run(1)
        await mock.until("out", within_s=120, after=mock.journal.total)
        await ended(feed, listening)
        return mock.journal.dropped, frozen_ms, said

    assert virtually(exchange, main)[2] == []


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_step_tells_all_that_is_between_in_order(exchange: str) -> None:
    async def stepped(mock: MockExchange) -> list[str]:
        feed, listening = await begun(mock)
        mock.clock.run(0)
        before = len(feed.heard)
        mock.step(20)
        await settled()
        heard = [text for _, text in feed.heard[before:]]
        await ended(feed, listening)
        return heard

    async def waited(mock: MockExchange) -> list[str]:
        feed, listening = await begun(mock)
        before = len(feed.heard)
        await asyncio.sleep(20)
        await settled()
        heard = [text for _, text in feed.heard[before:]]
        await ended(feed, listening)
        return heard

    told = virtually(exchange, stepped)
    assert told
    assert told == virtually(exchange, waited)


def test_next_close_stops_at_the_close() -> None:
    async def main(mock: MockExchange) -> list[int]:
        mock.clock.run(0)
        dates = [mock.to_next_close() for _ in range(2)]
        dates += [mock.to_next_close("1h"), mock.now_ms()]
        with pytest.raises(ValueError, match=r"interval is '1H', expected one of .*mean '1h'"):
            mock.to_next_close("1H")
        return [date - EPOCH_MS for date in dates]

    # 17:20 UTC: the hour is over in forty minutes
    assert virtually("demo", main) == [60_000, 120_000, 2_400_000, 2_400_000]


@pytest.mark.parametrize("rate", [60, 1_000])
def test_a_hurried_clock_tells_the_same_in_less_time(rate: int) -> None:
    async def main(mock: MockExchange) -> tuple[float, list[str]]:
        feed, listening = await begun(mock)
        before = len(feed.heard)
        mock.clock.run(rate)
        began = asyncio.get_running_loop().time()
        await asyncio.sleep(599 / rate)
        took_s = asyncio.get_running_loop().time() - began
        mock.clock.run(1)
        await settled()
        told = [text for _, text in feed.heard[before:]]
        now_ms = mock.now_ms()
        await asyncio.sleep(10)
        assert mock.now_ms() == now_ms + 10_000
        await ended(feed, listening)
        return took_s, told

    async def plain(mock: MockExchange) -> list[str]:
        feed, listening = await begun(mock)
        before = len(feed.heard)
        await asyncio.sleep(601)
        await ended(feed, listening)
        return [text for _, text in feed.heard[before:]]

    took_s, told = virtually("demo", main)
    assert took_s == pytest.approx(599 / rate, rel=0.05)
    slow = virtually("demo", plain)
    assert len(told) > 200
    assert told == slow[: len(told)]


def test_pings_deadlines_and_ages_follow() -> None:
    """Nobody answers the pings of the demo exchange: one comes, then the end."""

    async def main(mock: MockExchange) -> list[tuple[int, str]]:
        path, query = mock.exchange.samples.handshake(mock.now_ms())
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{mock.ws_url}{path}?{query}") as ws,
        ):
            mock.clock.run(0)
            mock.step(30)
            closed = await ws.receive()
            while closed.type is aiohttp.WSMsgType.TEXT:
                closed = await ws.receive()
            assert closed.data == 1008
        return [(e.at_ms - EPOCH_MS, e.kind) for e in mock.journal if e.kind in ("out", "close")]

    assert virtually("demo", main) == [(15_000, "out"), (25_000, "close")]


def test_a_token_grows_old_by_a_step() -> None:
    async def main(mock: MockExchange) -> list[int]:
        statuses = []
        path, query = mock.exchange.samples.handshake(mock.now_ms())
        async with aiohttp.ClientSession() as session:
            for seconds in (0, 86_400):
                mock.step(seconds)
                try:
                    ws = await session.ws_connect(f"{mock.ws_url}{path}?{query}")
                    await ws.close()
                    statuses.append(101)
                except aiohttp.WSServerHandshakeError as refused:
                    statuses.append(refused.status)
        return statuses

    assert virtually("demo@token", main) == [101, 401]


def test_a_ban_is_over_by_a_step() -> None:
    async def main(mock: MockExchange) -> list[int]:
        url = f"{mock.rest_url}/api/v3/exchangeInfo"
        statuses: list[int] = []
        async with aiohttp.ClientSession() as session:
            while not statuses or statuses[-1] == 200:
                async with session.get(url) as answer:
                    statuses.append(answer.status)
            mock.step(86_400 * 4)
            async with session.get(url) as answer:
                statuses.append(answer.status)
        return statuses[-2:]

    assert virtually("binance", main) == [429, 200]


def test_a_step_of_a_day_is_bounded() -> None:
    """Whoever cannot take the flood is cut off, the exchange goes on."""

    async def main(mock: MockExchange) -> tuple[float, str]:
        _, listening = await begun(mock)
        began = time.process_time()
        mock.step(86_400)
        took_s = time.process_time() - began
        assert len(mock.journal) <= 20_000
        lost = mock.seen("lost") + mock.seen("close")
        await asyncio.gather(listening, return_exceptions=True)
        async with aiohttp.ClientSession() as session:
            path, query = mock.exchange.samples.handshake(mock.now_ms())
            async with session.ws_connect(f"{mock.ws_url}{path}?{query}"):
                assert len(mock.engine.connections) == 1
        return took_s, lost[0].text

    took_s, why = virtually("okx", main)
    assert 0 < took_s < 60
    assert why.startswith("does not read: ")


def test_on_a_real_loop_a_fast_clock_starves_nobody() -> None:
    async def main() -> tuple[int, int, float]:
        async with MockExchange("demo", epoch_ms=EPOCH_MS) as mock:
            _, listening = await begun(mock)
            began = time.monotonic()
            mock.clock.run(1_000)
            turns = 0
            while time.monotonic() - began < 0.3:
                turns += 1
                await asyncio.sleep(0.005)
            mock.clock.run(1)
            took_s = time.monotonic() - began
            passed_ms = mock.now_ms() - EPOCH_MS
            mock.end_connections(Close())
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            return passed_ms, turns, took_s

    passed_ms, turns, took_s = asyncio.run(main())
    assert passed_ms >= 0.3 * 1_000_000
    assert turns >= 5
    assert took_s < 5


def test_wrong_rates_and_steps_back_are_refused() -> None:
    async def main(mock: MockExchange) -> None:
        for rate in (-1, float("inf"), float("nan")):
            with pytest.raises(ValueError, match="rate is"):
                mock.clock.run(rate)
        with pytest.raises(ValueError, match="which is past"):
            mock.step(-1)
        assert mock.clock.rate == 1
        assert isinstance(mock.clock, LoopClock)
        assert mock.now_ms() == EPOCH_MS

    virtually("demo", main)
