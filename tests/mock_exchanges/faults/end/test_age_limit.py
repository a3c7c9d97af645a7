"""age-limit: connections end at an age, in the exchange's own way or with a code."""

from __future__ import annotations

import aiohttp
import pytest
from pydantic import ValidationError

from mock_exchanges.faults import AgeLimit
from mock_exchanges.faults.active import install
from tests.mock_exchanges.demo.bench import BTC, MINUTE, SECOND, T0, Bench
from tests.mock_exchanges.faults.bench import Client, with_fault
from tests.mock_exchanges.okx.bench import Bench as OkxBench

DAY = 86_400 * SECOND


@pytest.mark.parametrize(
    ("exchange", "code"),
    [("demo", 1001), ("binance", 1001), ("coinbase", 1001), ("kucoin", 1000), ("okx", 1006)],
)
def test_the_exchange_ends_it_in_its_own_way(exchange: str, code: int) -> None:
    async def act(one: Client) -> list[tuple[float, int | None]]:
        found = []
        for _ in range(2):
            opened = one.mock.now_ms()
            ws = await one.subscribed()
            heard = await one.hears(ws, 60)
            assert any(one.tells(each.data) for each in heard if isinstance(each.data, str))
            found.append(((one.mock.now_ms() - opened) / 1000, ws.close_code))
        return found

    found = with_fault(AgeLimit(age_s=20), act, exchange)
    assert found == [(20, code), (20, code)]


def test_with_a_code_the_client_sees_that() -> None:
    async def act(one: Client) -> aiohttp.WSMessage:
        ws = await one.subscribed(autoclose=False)
        return (await one.hears(ws, 60))[-1]

    message = with_fault(AgeLimit(age_s=20, code=4010, reason="too old"), act)
    assert (message.data, message.extra) == (4010, "too old")


@pytest.mark.parametrize(
    ("fault", "closed"),
    [
        (AgeLimit(), (T0 + DAY, 1001, "connection age")),
        (AgeLimit(code=4010), (T0 + DAY, 4010, "")),
    ],
)
def test_the_default_is_the_exchanges_own_age(
    fault: AgeLimit, closed: tuple[int, int, str]
) -> None:
    bench = Bench()
    client = bench.open()
    active = install(fault, bench.engine, 1, 1, T0)
    bench.run(T0 + DAY + MINUTE)
    assert client.closed == closed
    assert active.struck == 1


def test_without_an_own_age_it_is_a_day() -> None:
    bench = OkxBench()
    client = bench.open()
    install(AgeLimit(), bench.engine, 1, 1, T0)
    client.keep_alive(T0 + DAY - 1)
    assert client.dropped is None
    bench.run(T0 + DAY)
    assert client.dropped == (T0 + DAY, "eof")


def test_who_is_too_old_already_ends_at_once() -> None:
    bench = Bench()
    old = bench.open()
    bench.run(T0 + 50 * SECOND)
    young = bench.open()
    install(AgeLimit(age_s=30), bench.engine, 1, 1, bench.now)
    bench.run(T0 + 10 * MINUTE)
    assert old.closed == (T0 + 50 * SECOND, 1001, "connection age")
    assert young.closed == (T0 + 80 * SECOND, 1001, "connection age")


def test_it_is_no_fault_of_who_does_not_answer() -> None:
    bench = Bench()
    client = bench.open(answers_pings=False)
    client.subscribe(BTC)
    active = install(AgeLimit(code=4010), bench.engine, 1, 1, T0)
    bench.run(T0 + MINUTE)
    assert client.closed == (T0 + 25 * SECOND, 1008, "pong timeout")
    assert not active.struck


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"after": 3}, "after"),
        ({"age_s": 0}, "age_s"),
        ({"reason": "x"}, "reason is 'x' without a code"),
        ({"code": 1005, "reason": "x"}, "expected none"),
    ],
)
def test_what_makes_no_sense_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        AgeLimit.model_validate(given)
