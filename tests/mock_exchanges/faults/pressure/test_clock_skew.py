"""clock-skew: everything that tells a time tells a wrong one, for as long as told."""

from __future__ import annotations

import asyncio
import json
from email.utils import parsedate_to_datetime

import aiohttp
import pytest

from mock_exchanges.faults import ClockSkew, Fault, MuteData, Slow, SlowAccept
from mock_exchanges.faults.active import install, uninstall
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, client, play, with_fault
from tests.mock_exchanges.faults.pressure.asking import (
    CANDLES,
    EXCHANGES,
    TIME,
    asked,
    connected,
    engine_of,
    fetched,
)


async def _told_ms(one: Client) -> tuple[int, int]:
    """Return the server's time and the Date header's, less the true time."""
    answer, text = await fetched(one, TIME["demo"])
    now_ms = one.mock.now_ms()
    date_s = int(parsedate_to_datetime(answer.headers["Date"]).timestamp())
    return json.loads(text)["data"]["ts"] - now_ms, date_s - now_ms // 1000


@pytest.mark.parametrize("skew_s", [30, -30, 3600, -90])
def test_time_date_and_messages_are_off_by_it(skew_s: int) -> None:
    async def act(one: Client) -> tuple[tuple[int, int], int]:
        told = await _told_ms(one)
        ws = await one.subscribed()
        stamp = json.loads((await one.candles(ws, 3))[-1])["ts"]
        now_ms = one.mock.now_ms()
        await ws.close()
        return told, stamp - now_ms

    told, event = with_fault(ClockSkew(skew_s=skew_s), act)
    assert told == (skew_s * 1000, skew_s)
    assert abs(event - skew_s * 1000) <= 1


def test_it_begins_and_ends_when_told() -> None:
    async def act(one: Client) -> list[int]:
        found = []
        for _ in range(4):
            found.append((await _told_ms(one))[0])
            await asyncio.sleep(10)
        return found

    assert with_fault(ClockSkew(skew_s=5, from_s=10, for_s=20), act) == [0, 5000, 5000, 0]


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("skew_s", [-3600, 3600])
def test_open_streams_go_on_in_the_new_time(exchange: str, skew_s: int) -> None:
    async def main() -> None:
        async with client(exchange) as one:
            ws = await one.subscribed()
            await one.candles(ws, 2)
            active = one.mock.add_fault(ClockSkew(skew_s=skew_s))
            texts = await one.candles(ws, 4)
            one.mock.remove_fault(active)
            texts += await one.candles(ws, 4)
            assert len(set(texts)) == len(texts)
            await asyncio.sleep(0)
            assert not ws.closed
            await one.is_well()
            await ws.close()

    play(main)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_in_memory_candles_follow_and_removal_leaves_nothing(exchange: str) -> None:
    well, wrong = engine_of(exchange), engine_of(exchange)
    active = install(ClockSkew(skew_s=180), wrong, 1, 1, EPOCH_MS)
    ahead = asked(wrong, CANDLES[exchange], EPOCH_MS).body
    assert ahead == asked(well, CANDLES[exchange], EPOCH_MS + 180_000).body
    uninstall(active, EPOCH_MS)
    fresh = engine_of(exchange)
    assert asked(wrong, CANDLES[exchange]).body == asked(fresh, CANDLES[exchange]).body
    assert isinstance(connected(wrong), tuple)


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_limits_do_not_count_what_was_in_another_time(exchange: str) -> None:
    """Handshakes made while the clock was ahead do not stand against later ones for hours."""
    engine = engine_of(exchange)
    active = install(ClockSkew(skew_s=7200), engine, 1, 1, EPOCH_MS)
    now_ms = EPOCH_MS
    while isinstance(connected(engine, now_ms), tuple):
        now_ms += 1
    uninstall(active, now_ms)
    assert isinstance(connected(engine, now_ms + 600_000), tuple)


def test_bad_fields_are_named() -> None:
    with pytest.raises(ValueError, match=r"skew_s is 0.*expected seconds other than 0"):
        ClockSkew(skew_s=0)
    with pytest.raises(ValueError, match="path is '/ws', expected ''"):
        ClockSkew(path="/ws")


def test_clients_with_a_signed_time_are_refused() -> None:
    """Logins carry a time, which the exchange holds against its own clock."""

    async def act(one: Client) -> str:
        ws = await one.connect()
        for text in one.samples.login(one.mock.now_ms()):
            await ws.send_str(text)
        message = await ws.receive()
        await ws.close()
        assert message.type is aiohttp.WSMsgType.TEXT
        return str(message.data)

    said = json.loads(with_fault(ClockSkew(skew_s=3600), act, "demo@login"))
    assert said["type"] == "error"


@pytest.mark.parametrize("skew_s", [-3600, 3600])
def test_deadlines_of_open_connections_neither_pass_nor_are_put_off(skew_s: int) -> None:
    """KuCoin cuts off who is silent for so long, whatever its clock shows."""

    async def main() -> float:
        async with client("kucoin") as one:
            ws = await one.connect()
            began_ms = one.mock.now_ms()
            one.mock.add_fault(ClockSkew(skew_s=skew_s, from_s=5))
            while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert one.mock.engine.exchange_time(0) == skew_s * 1000
            return (one.mock.now_ms() - began_ms) / 1000

    async def undisturbed() -> float:
        async with client("kucoin") as one:
            ws = await one.connect()
            began_ms = one.mock.now_ms()
            while (await ws.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            return (one.mock.now_ms() - began_ms) / 1000

    took_s = play(main)
    assert took_s == play(undisturbed)
    assert took_s > 20


@pytest.mark.parametrize("exchange", ["demo", "binance"])
@pytest.mark.parametrize("skew_s", [-3600, 3600])
def test_pings_keep_their_pace_and_tell_the_new_time(exchange: str, skew_s: int) -> None:
    engine = engine_of(exchange)
    connection, _ = connected(engine)
    first_ms = connection.session.due()
    install(ClockSkew(skew_s=skew_s), engine, 1, 1, EPOCH_MS)
    assert engine.next_due() == first_ms
    (who, actions), *more = engine.advance(first_ms)
    assert (who, more) == (connection, [])
    assert str(first_ms + skew_s * 1000) in str(actions[0])
    # the answer to it is still waited for, for no longer than before
    assert engine.next_due() == connection.session.due() - skew_s * 1000 > first_ms


@pytest.mark.parametrize("exchange", EXCHANGES)
@pytest.mark.parametrize("skew_s", [-3600, 3600])
@pytest.mark.parametrize("first", [MuteData(times=1), SlowAccept(delay_s=1, times=1)])
def test_begun_by_another_fault_in_the_midst_of_things(
    exchange: str, skew_s: int, first: Fault
) -> None:
    skew = ClockSkew(skew_s=skew_s, for_s=30)

    async def act(one: Client) -> int:
        ws = await one.subscribed()
        await one.candles(ws, 2)
        skewed_ms = one.mock.engine.exchange_time(0)
        await asyncio.sleep(25)
        await one.candles(ws, 2)
        await asyncio.sleep(10)
        await one.candles(ws, 2)
        await ws.close()
        assert one.mock.engine.exchange_time(0) == 0
        return skewed_ms

    assert with_fault(first.followed_by(skew), act, exchange) == skew_s * 1000


def test_begun_anew_it_lasts_anew() -> None:
    async def act(one: Client) -> list[int]:
        found = []
        for pause in (5, 10, 0):
            await fetched(one, CANDLES["demo"])
            found.append((await _told_ms(one))[0])
            await asyncio.sleep(pause)
            found.append((await _told_ms(one))[0])
        return found

    fault = Slow(delay_s=1, path="/candles").followed_by(ClockSkew(skew_s=9, for_s=8))
    assert with_fault(fault, act) == [9000, 9000, 9000, 0, 9000, 9000]
