"""Many mock exchanges side by side: none sees another, none takes another down."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any, Literal

import aiohttp
import pytest

from mock_exchanges.core.engine import Connection
from mock_exchanges.core.exchange import Exchange
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.interference import Delivery
from mock_exchanges.faults import Ban, HttpStatus, MuteData
from mock_exchanges.faults.active import ActiveFault
from mock_exchanges.faults.base import Fault
from mock_exchanges.scenario.edits import Gap, Halt
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.threaded import running
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, play


class Broken(Fault):
    """A fault with a defect: it raises."""

    fault: str = "broken"
    where: Literal["arrival", "request", "response", "handshake", "opening", "delivery"]

    def _break(self, where: str) -> None:
        if where == self.where:
            raise RuntimeError(f"defect in {where}")

    def check(self, exchange: Exchange) -> None:
        """Fit everywhere."""

    def spoil_arrival(self) -> None:
        self._break("arrival")

    def spoil_request(self, work: ActiveFault, request: Request, now_ms: int) -> None:
        self._break("request")

    def spoil_response(
        self, work: ActiveFault, request: Request, response: Response, now_ms: int
    ) -> Response:
        self._break("response")
        return response

    def spoil_handshake(self, work: ActiveFault, request: Request, now_ms: int) -> None:
        self._break("handshake")

    def spoil_opening(self, work: ActiveFault, connection: Connection, now_ms: int) -> None:
        self._break("opening")

    def spoil_delivery(self, work: ActiveFault, delivery: Delivery, now_ms: int) -> Sequence[str]:
        self._break("delivery")
        return (delivery.message,)


async def first_candles(one: Client, count: int) -> list[str]:
    """Return what a new connection is told of candles."""
    ws = await one.subscribed()
    told = await one.candles(ws, count)
    await ws.close()
    return told


async def opening(http: aiohttp.ClientSession, url: str) -> object:
    """Return how a connection begins: a refusal, or the first message without its number."""
    try:
        async with http.ws_connect(url) as ws:
            message = await ws.receive(timeout=5)
            if message.type is not aiohttp.WSMsgType.TEXT:
                return message.type, message.data
            return {**json.loads(message.data), "id": None, "connectId": None}
    except aiohttp.WSServerHandshakeError as error:
        return error.status
    except TimeoutError:
        return "silence"


@pytest.mark.parametrize("exchange", ["binance", "coinbase", "demo", "kucoin", "okx"])
def test_after_a_reset_it_is_as_one_that_was_just_made(exchange: str) -> None:
    async def main() -> None:
        async with (
            MockExchange(exchange, seed=5) as used,
            MockExchange(exchange, seed=5) as fresh,
            aiohttp.ClientSession() as http,
        ):
            one, other = Client(used, http), Client(fresh, http)
            connected = await one.subscribed()
            path, query = one.samples.handshake(used.now_ms())
            pair = one.samples.pairs[0]
            used.play("flapping")
            used.add_fault(Ban(for_s=None))
            used.add_fault(MuteData(probability=0.5))
            used.edit_market(Halt(for_s=36_000))
            used.edit_market(Gap(pair=pair, from_s=-36_000, for_s=72_000))
            async with http.get(f"{used.rest_url}/x") as answer:
                assert answer.status >= 400
            used.clock.run(60)
            await asyncio.sleep(2)
            used.reset()
            # the one thing that it keeps is its date
            fresh.clock.move_to(used.now_ms())
            fresh.journal.clear()

            assert (await one.hears(connected, 5))[-1].type is not aiohttp.WSMsgType.TEXT
            assert not used.faults and not used.scenarios and not used.scenario_faults
            assert not used.engine.connections and used.engine.next_due() is None
            assert not used.market.edits
            assert used.clock.rate == 1
            assert used.failure is None
            assert not [each for each in used.journal if each.kind not in ("lost", "clock")]
            # tokens prove themselves, so the same are good as at one that was just made
            before = await opening(http, f"{used.ws_url}{path}?{query}")
            assert before == await opening(http, f"{fresh.ws_url}{path}?{query}")
            told, wanted = await asyncio.gather(first_candles(one, 6), first_candles(other, 6))
            assert told == wanted

    play(main)


def test_twenty_of_three_exchanges_do_not_see_one_another() -> None:
    names = [("binance", "okx", "demo")[number % 3] for number in range(20)]

    async def main() -> None:
        async with aiohttp.ClientSession() as http:
            mocks = [MockExchange(name, seed=number) for number, name in enumerate(names)]
            for mock in mocks:
                await mock.start()
            assert len({mock.plain_address for mock in mocks}) == 20
            clients = [Client(mock, http) for mock in mocks]
            # each third has a fault of its own, another third a clock of its own
            mute = [mock.add_fault(MuteData()) for mock in mocks[::3]]
            for number in range(0, 20, 3):
                mocks[number + 1 if number < 19 else 19].clock.run(2)
            for each in (mocks[2], mocks[5]):
                each.add_fault(HttpStatus(status=503))
            sockets = [await one.connect() for one in clients if one.mock not in mocks[2:6:3]]
            for mock in mocks:
                expected = 0 if mock in mocks[2:6:3] else 1
                assert len(mock.seen("connect")) == expected
            for ws in sockets:
                await ws.close()
            heard = await asyncio.gather(
                *(hears(one) for one in clients if one.mock not in mocks[2:6:3])
            )
            silent = [one.mock for one in clients if one.mock not in mocks[2:6:3]]
            for mock, texts in zip(silent, heard, strict=True):
                assert bool(texts) == (mock not in mocks[::3])
            # the same exchange and pair, another seed: another market
            by_seed = {
                number: text for number, text in zip(
                    [mocks.index(mock) for mock in silent], heard, strict=True
                ) if text
            }  # fmt: skip
            for first in by_seed:
                for second in by_seed:
                    if first < second and names[first] == names[second]:
                        assert by_seed[first] != by_seed[second]
            # what is over at one is over at that one alone
            mocks[0].remove_fault(mute[0])
            assert await hears(clients[0])
            assert not await hears(clients[3])
            mocks[0].reset()
            assert all(mock.seen("connect") for mock in silent[1:])
            await mocks[0].stop()
            assert await hears(clients[8])
            for mock in mocks:
                await mock.stop()

    async def hears(one: Client) -> list[str]:
        ws = await one.subscribed()
        found = []
        for message in await one.hears(ws, 30):
            if message.type is aiohttp.WSMsgType.TEXT and one.tells(message.data):
                found.append(message.data)
        await ws.close()
        return found

    play(main)


@pytest.mark.parametrize(
    "where", ["arrival", "request", "response", "handshake", "opening", "delivery"]
)
def test_one_that_breaks_says_so_and_takes_no_other_down(
    where: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with MockExchange("okx") as well, aiohttp.ClientSession() as http:
            breaks = MockExchange("demo")
            await breaks.start()
            neighbour, one = Client(well, http), Client(breaks, http)
            beside = await neighbour.subscribed()
            connected = await one.subscribed()
            breaks.add_fault(Broken(where=where))
            try:
                # a connection of its own
                await (
                    await http.get(f"{breaks.rest_url}/x", headers={"Connection": "close"})
                ).read()
                await first_candles(one, 3)
            except (aiohttp.ClientError, EOFError):
                pass
            failure = breaks.failure
            assert isinstance(failure, RuntimeError)
            # who is connected does not wait for candles that never come
            assert (await one.hears(connected, 60))[-1].type is not aiohttp.WSMsgType.TEXT
            async with http.get(f"{breaks.rest_url}/x") as answer:
                assert answer.status == 500
                assert f"broke: RuntimeError: defect in {where}" in await answer.text()
            with pytest.raises(aiohttp.WSServerHandshakeError, match="500"):
                await one.connect()
            said = [each.getMessage() for each in caplog.records if each.levelno == logging.ERROR]
            assert said.count(f"mock exchange demo broke: RuntimeError: defect in {where}") == 1

            await neighbour.candles(beside, 5)
            await neighbour.is_well()
            assert well.failure is None

            breaks.reset()
            assert breaks.failure is None
            await one.is_well()
            # and yet it is told in the end, however often it was reset
            with pytest.raises(RuntimeError, match=f"defect in {where}"):
                await breaks.stop()
            await neighbour.candles(beside, 5)

    play(main)


def test_mocks_in_threads_share_nothing() -> None:
    with (
        running("demo", seed=1, epoch_ms=EPOCH_MS) as one,
        running("binance", seed=2, epoch_ms=EPOCH_MS + 86_400_000) as two,
    ):
        one.add_fault(HttpStatus(status=503))
        one.run_at(0)
        found: list[int] = []

        def ask(url: str | None) -> None:
            for _ in range(20):
                try:
                    with urllib.request.urlopen(f"{url}/api/v3/time") as answer:
                        found.append(answer.status)
                        assert json.loads(answer.read())["serverTime"] > EPOCH_MS + 80_000_000
                except urllib.error.HTTPError as error:
                    found.append(error.code)

        threads = [threading.Thread(target=ask, args=(each.rest_url,)) for each in (one, two)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(found) == [200] * 20 + [503] * 20
        assert len(one.seen("request")) == len(two.seen("request")) == 20
        one.reset()
        assert not one.seen("request") and len(two.seen("request")) == 20


def test_one_that_breaks_in_its_thread_is_told_where_it_was_begun() -> None:
    with running("binance") as well:
        with (
            pytest.raises(RuntimeError, match="defect in request"),
            running("demo") as breaks,
        ):
            breaks.add_fault(Broken(where="request"))
            with pytest.raises(urllib.error.HTTPError, match="500"):
                urllib.request.urlopen(f"{breaks.rest_url}/x")
        with urllib.request.urlopen(f"{well.rest_url}/api/v3/ping") as answer:
            assert answer.status == 200
