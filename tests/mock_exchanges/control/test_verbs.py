"""Each verb does what it says, on virtual time, to a mock with a real client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import NoReturn

import aiohttp
import pytest

from mock_exchanges.control import PREFIX
from mock_exchanges.control.routes import ROUTES
from mock_exchanges.core.calendar import MINUTE_MS
from mock_exchanges.core.http import Request
from mock_exchanges.faults import CloseNoFrame, faults
from tests.mock_exchanges.control.api import Api, api
from tests.mock_exchanges.faults.bench import EPOCH_MS, play

DROP_THEN_429 = {
    "fault": "close-no-frame",
    "after": 3,
    "then": [{"fault": "http-status", "status": 429, "times": 2}],
}


def at_a_mock(act: Callable[[Api], Awaitable[None]], exchange: str = "demo") -> None:
    async def main() -> None:
        async with api(exchange) as it:
            await act(it)

    play(main)


def test_the_index_names_every_verb() -> None:
    async def act(it: Api) -> None:
        links = (await it.get(""))["links"]
        assert [(each["method"], each["path"]) for each in links] == [
            (route.method, route.path) for route in ROUTES
        ]

    at_a_mock(act)


def test_health_says_how_it_is() -> None:
    async def act(it: Api) -> None:
        ws = await it.one.subscribed()
        found = await it.get("/health")
        assert found["ok"] and found["exchange"] == "demo" and found["rate"] == 1
        assert found["now_ms"] == it.mock.now_ms()
        assert (found["connections"], found["accepted"], found["faults"]) == (1, 1, 0)
        assert found["date"].startswith("2026-07-25T17:20:")
        await ws.close()

    at_a_mock(act)


def test_a_broken_exchange_is_told_with_503() -> None:
    async def main() -> None:
        async with api() as it:
            it.mock.exchange.request = broken  # type: ignore[method-assign]
            async with it.one.http.get(it.mock.rest_url) as answer:
                assert answer.status == 500
            status, found = await it.ask("GET", "/health")
            assert status == 503 and not found["ok"]
            assert found["failure"] == "ZeroDivisionError: it broke"

    def broken(request: Request, now_ms: int) -> NoReturn:
        raise ZeroDivisionError("it broke")

    with pytest.raises(ZeroDivisionError):
        play(main)


@pytest.mark.parametrize("exchange", ["binance", "coinbase", "okx", "kucoin", "demo"])
def test_drop_after_three_candles_then_429_twice(exchange: str) -> None:
    async def act(it: Api) -> None:
        status, added = await it.ask("POST", "/faults", DROP_THEN_429)
        assert status == 201
        assert added["fault"] == DROP_THEN_429
        assert added["about"] == CloseNoFrame.sentence()
        assert (added["number"], added["struck"], added["over"]) == (1, 0, False)
        ws = await it.one.subscribed()
        assert len(await it.one.candles(ws, 3)) == 3
        with pytest.raises(EOFError):
            await it.one.candles(ws, 1)
        for _ in range(2):
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await it.one.connect()
            assert refused.value.status == 429
        (at_work,) = (await it.get("/faults"))["faults"]
        assert at_work["struck"] == 1 and not at_work["over"]
        (begun,) = at_work["begun"]
        assert begun["struck"] == 2 and begun["over"]
        status, removed = await it.ask("DELETE", "/faults/1")
        assert status == 200 and removed["number"] == 1
        assert await it.get("/faults") == {"faults": []}
        await it.one.is_well()

    at_a_mock(act, exchange)


def test_all_faults_are_cleared() -> None:
    async def act(it: Api) -> None:
        for _ in range(2):
            await it.ask("POST", "/faults", {"fault": "mute-data"})
        assert await it.ask("DELETE", "/faults") == (200, {"removed": 2})
        assert it.mock.faults == []
        status, wrong = await it.ask("DELETE", "/faults/7")
        assert (status, wrong["code"]) == (404, "no-fault")

    at_a_mock(act)


def test_the_kinds_are_all_faults_with_their_fields() -> None:
    async def act(it: Api) -> None:
        kinds = {each["name"]: each for each in (await it.get("/faults/kinds"))["kinds"]}
        assert list(kinds) == list(faults())
        for name, model in faults().items():
            assert kinds[name]["about"] == model.sentence()
            assert {each["name"] for each in kinds[name]["fields"]} == set(model.model_fields) - {
                "fault"
            }
            assert all(each["about"] for each in kinds[name]["fields"])
        by_name = {each["name"]: each for each in kinds["http-status"]["fields"]}
        assert by_name["status"]["default"] == 503 and not by_name["status"]["scope"]
        assert by_name["every"]["default"] == 1 and by_name["every"]["scope"]

    at_a_mock(act)


def test_faults_get_through_even_where_no_connection_does() -> None:
    async def act(it: Api) -> None:
        await it.ask("POST", "/faults", {"fault": "refuse"})
        with pytest.raises(aiohttp.ClientError):
            await it.one.connect()
        # the client tries twice
        assert (await it.get("/faults"))["faults"][0]["struck"] >= 1
        assert (await it.ask("DELETE", "/faults"))[1] == {"removed": 1}
        await it.one.is_well()

    at_a_mock(act)


def test_a_whole_scenario_is_played_and_ended() -> None:
    async def act(it: Api) -> None:
        scenario = {
            "name": "mine",
            "about": "it drops",
            "faults": [DROP_THEN_429],
            "market": [{"edit": "halt", "from_s": 60}],
        }
        status, playing = await it.ask("POST", "/scenario", scenario)
        assert status == 201
        assert [each["name"] for each in playing["playing"]] == ["mine"]
        assert playing["faults"][0]["fault"] == DROP_THEN_429
        assert await it.get("/scenario") == playing
        assert [each["edit"] for each in (await it.get("/market"))["edits"]] == ["halt"]
        assert await it.ask("DELETE", "/scenario") == (200, {"removed": 1})
        assert await it.get("/scenario") == {"playing": [], "faults": []}
        assert it.mock.faults == []

    at_a_mock(act)


def test_a_ready_scenario_is_played_by_its_name() -> None:
    async def act(it: Api) -> None:
        names = [each["name"] for each in (await it.get("/scenarios"))["scenarios"]]
        assert "drop-then-429" in names
        status, playing = await it.ask("POST", "/scenario", {"name": "drop-then-429"})
        assert status == 201
        assert playing["faults"][0]["fault"] == DROP_THEN_429
        status, wrong = await it.ask("POST", "/scenario", {"name": "drop-then-428"})
        assert status == 422 and "did you mean 'drop-then-429'?" in wrong["message"]

    at_a_mock(act)


def test_no_file_of_the_server_is_read(tmp_path: object) -> None:
    async def act(it: Api) -> None:
        file = f"{tmp_path}/mine.toml"
        with open(file, "w") as out:  # noqa: ASYNC230
            out.write('name = "mine"')
        status, wrong = await it.ask("POST", "/scenario", {"name": file})
        assert status == 422 and it.mock.scenarios == ()
        status, wrong = await it.ask("POST", "/scenario", {"faults": [], "replay": file})
        assert (status, wrong["field"]) == (422, "replay")

    at_a_mock(act)


def test_the_clock_stands_steps_moves_and_runs() -> None:
    async def act(it: Api) -> None:
        assert (await it.ask("POST", "/clock", {"rate": 0}))[1]["rate"] == 0
        before = (await it.get("/clock"))["now_ms"]
        await asyncio.sleep(100)
        assert (await it.get("/clock"))["now_ms"] == before
        assert (await it.ask("POST", "/clock", {"step_s": 1.5}))[1]["now_ms"] == before + 1500
        there = (await it.ask("POST", "/clock", {"next_close": "5m"}))[1]["now_ms"]
        assert there == EPOCH_MS - EPOCH_MS % (5 * MINUTE_MS) + 5 * MINUTE_MS
        assert (await it.ask("POST", "/clock", {"to_ms": there + 7}))[1]["now_ms"] == there + 7
        assert (await it.ask("POST", "/clock", {"rate": 60}))[1]["rate"] == 60
        await asyncio.sleep(1)
        assert (await it.get("/clock"))["now_ms"] == pytest.approx(there + 60_007, abs=100)

    at_a_mock(act)


def test_a_step_brings_the_candles_of_the_minutes_between() -> None:
    async def act(it: Api) -> None:
        ws = await it.one.subscribed()
        await it.one.candles(ws, 1)
        await it.ask("POST", "/clock", {"rate": 0})
        await it.one.hears(ws, 1)
        assert await it.one.hears(ws, 1000) == []
        await it.ask("POST", "/clock", {"step_s": 120})
        assert len(await it.one.candles(ws, 2)) == 2
        await ws.close()

    at_a_mock(act)


def test_the_market_is_edited_and_set_back() -> None:
    async def act(it: Api) -> None:
        pair, interval = it.one.pair, it.one.interval
        path = f"/candles?pair={pair}&interval={interval}"
        before = await it.get(path)
        edit = {"edit": "correct", "pair": pair, "volume": "7", "minutes_ago": 3}
        status, market = await it.ask("POST", "/market", edit)
        assert status == 201
        assert [each["edit"] for each in market["edits"]] == ["correct"]
        assert pair in market["pairs"] and interval in market["intervals"]
        changed = await it.get(path)
        assert changed != before
        assert await it.ask("DELETE", "/market") == (200, {"removed": 1})
        again = await it.get(path)
        closed = [each for each in before["candles"] if each["closed"]]
        assert [each for each in again["candles"] if each["closed"]] == closed

    at_a_mock(act)


def test_candles_are_the_ledgers_and_none_of_the_future() -> None:
    async def act(it: Api) -> None:
        await it.ask("POST", "/clock", {"rate": 0})
        await it.ask("POST", "/clock", {"step_s": 30})
        now_ms, pair = it.mock.now_ms(), it.one.pair
        grid = it.mock.exchange.intervals()["1m"]
        found = (await it.get(f"/candles?pair={pair}"))["candles"]
        assert len(found) == 100
        assert [each["closed"] for each in found] == [True] * 99 + [False]
        first, last = found[0]["open_ms"], found[-1]["open_ms"]
        assert last == grid.floor(now_ms) and first == grid.back(last, 99)
        truth = it.mock.market.candle(pair, grid, first)
        assert truth is not None
        assert float(found[0]["close"]) == float(truth.decimal("close"))
        assert float(found[0]["volume"]) == float(truth.decimal("volume"))
        far = f"/candles?pair={pair}&from={first}&to={now_ms + 10**9}"
        assert (await it.get(far))["candles"] == found
        few = f"/candles?pair={pair}&from={first}&to={first + 2 * MINUTE_MS}"
        assert (await it.get(few))["candles"] == found[:2]
        status, wrong = await it.ask("GET", f"/candles?pair={pair}&from=0")
        assert (status, wrong["field"]) == (422, "from")
        status, wrong = await it.ask("GET", "/candles?pair=BTC-USTD")
        assert (status, wrong["code"]) == (422, "unknown-pair")
        status, wrong = await it.ask("GET", f"/candles?pair={pair}&interval=1M1")
        assert (status, wrong["code"]) == (422, "unknown-interval")

    at_a_mock(act)


def test_connections_are_listed_and_ended() -> None:
    async def act(it: Api) -> None:
        first, second, third, fourth = [await it.one.subscribed() for _ in range(4)]
        for ws in (first, second, third, fourth):
            await it.one.candles(ws, 1)
        listed = (await it.get("/connections"))["connections"]
        assert [each["number"] for each in listed] == [1, 2, 3, 4]
        assert all(len(each["streams"]) == 1 for each in listed)
        ended = await it.ask("DELETE", "/connections/2?code=1012&reason=back%20soon")
        assert ended == (200, {"ended": [2]})
        told = (await it.one.hears(second, 5))[-1]
        assert (told.type, told.data, told.extra) == (aiohttp.WSMsgType.CLOSE, 1012, "back soon")
        assert (await it.ask("DELETE", "/connections/1?how=reset"))[1] == {"ended": [1]}
        await it.one.hears(first, 5)
        assert first.close_code == 1006
        assert (await it.ask("DELETE", "/connections"))[1] == {"ended": [3, 4]}
        for ws in (third, fourth):
            assert (await it.one.hears(ws, 5))[-1].data == 1001
        assert await it.get("/connections") == {"connections": []}
        status, wrong = await it.ask("DELETE", "/connections/2")
        assert (status, wrong["code"]) == (404, "no-connection")

    at_a_mock(act)


async def lines(it: Api, path: str) -> tuple[list[dict[str, object]], int]:
    async with it.one.http.get(it.url + path) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("application/x-ndjson")
        text = await answer.text()
        return [json.loads(each) for each in text.splitlines()], int(
            answer.headers["Mock-Journal-Next"]
        )


def test_the_journal_is_read_in_pieces_and_by_what_is_in_it() -> None:
    async def act(it: Api) -> None:
        ws = await it.one.subscribed()
        await it.one.candles(ws, 3)
        whole, after = await lines(it, "/journal")
        assert [(e["at_ms"], e["kind"], e["connection"], e["text"]) for e in whole] == [
            entry[:4] for entry in it.mock.journal
        ]
        assert after == it.mock.journal.total == len(whole)
        assert await lines(it, f"/journal?after={after}") == ([], after)
        assert await lines(it, "/journal?limit=2") == (whole[:2], 2)
        assert (await lines(it, "/journal?after=2&limit=1"))[0] == whole[2:3]
        heard, _ = await lines(it, "/journal?kind=in")
        assert [each["kind"] for each in heard] == ["in"]
        assert (await lines(it, "/journal?connection=9"))[0] == []
        few, _ = await lines(it, f"/journal?containing={it.one.pair}&connection=1")
        assert few == [e for e in whole if it.one.pair in str(e["text"]) and e["connection"] == 1]
        await ws.close()

    at_a_mock(act)


def test_what_is_asked_of_the_api_is_not_in_the_journal_nor_counted() -> None:
    async def act(it: Api) -> None:
        await it.ask("POST", "/faults", {"fault": "http-status", "of": "rest"})
        journal = list(it.mock.journal)
        for url in (it.url, it.mock.rest_url + PREFIX):
            for _ in range(5):
                async with it.one.http.get(f"{url}/health") as answer:
                    assert answer.status == 200
        assert list(it.mock.journal) == journal
        assert [entry.kind for entry in journal] == ["fault"]
        assert (await it.get("/faults"))["faults"][0]["struck"] == 0

    at_a_mock(act)


def test_waiting_ends_when_it_happens() -> None:
    async def act(it: Api) -> None:
        started = asyncio.get_running_loop().time()
        wait = {"kind": "connect", "times": 2, "within_s": 60}
        waiting = asyncio.create_task(it.ask("POST", "/wait", wait))
        await asyncio.sleep(10)
        first = await it.one.connect()
        await asyncio.sleep(10)
        assert not waiting.done()
        second = await it.one.connect()
        status, found = await waiting
        assert status == 200
        assert [each["connection"] for each in found["entries"]] == [1, 2]
        assert asyncio.get_running_loop().time() - started < 21
        # it has happened already, so the same wait is over at once; after it, it is not
        assert (await it.ask("POST", "/wait", wait))[0] == 200
        later = {"kind": "connect", "after": found["next"], "within_s": 1}
        assert (await it.ask("POST", "/wait", later))[0] == 408
        await first.close()
        await second.close()

    at_a_mock(act)


def test_waiting_in_vain_tells_what_came_instead() -> None:
    async def act(it: Api) -> None:
        started = asyncio.get_running_loop().time()
        ws = await it.one.subscribed()
        wait = {"kind": "in", "containing": "no such text", "within_s": 7}
        status, found = await it.ask("POST", "/wait", wait)
        assert status == 408
        assert asyncio.get_running_loop().time() - started == pytest.approx(7, abs=0.5)
        assert found["code"] == "not-in-time"
        assert "no entry with kind=in containing=no such text within 7 s" in found["message"]
        assert {"connection", "kind", "text"} <= set(found["arrived"][0])
        assert any(each["kind"] == "out" for each in found["arrived"])
        await ws.close()

    at_a_mock(act)


def test_a_wait_does_not_hold_up_the_end_of_the_mock() -> None:
    async def act(it: Api) -> None:
        started = asyncio.get_running_loop().time()
        wait = {"containing": "never", "within_s": 3600}
        waiting = asyncio.create_task(it.ask("POST", "/wait", wait))
        await asyncio.sleep(1)
        await it.mock.stop()
        status, found = await waiting
        assert (status, found["code"]) == (408, "not-in-time")
        assert asyncio.get_running_loop().time() - started < 3

    at_a_mock(act)


def test_reset_begins_anew() -> None:
    async def act(it: Api) -> None:
        await it.ask("POST", "/faults", {"fault": "mute-data"})
        await it.ask("POST", "/scenario", {"faults": [{"fault": "mute-data"}]})
        await it.ask("POST", "/market", {"edit": "halt"})
        ws = await it.one.subscribed()
        await it.ask("POST", "/clock", {"rate": 0})
        status, health = await it.ask("POST", "/reset", {})
        assert status == 200
        assert (health["faults"], health["connections"], health["rate"]) == (0, 0, 1)
        assert (await it.get("/market"))["edits"] == []
        assert (await it.get("/scenario"))["playing"] == []
        await it.one.hears(ws, 5)
        assert ws.closed
        await it.one.is_well()

    at_a_mock(act)


def test_every_verb_is_tried_here() -> None:
    with open(__file__, encoding="utf-8") as source:
        text = source.read()
    for route in ROUTES:
        path = route.path.removeprefix(PREFIX).partition("{")[0]
        assert f'"{path}' in text or route.name == "openapi", route
