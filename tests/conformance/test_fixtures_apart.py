"""Fixtures in several processes at once, in real time, with scenarios and without limits."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

# Each test asserts that nobody before it, and nobody beside it, has touched its exchange.
TESTS = """
    import asyncio, time
    import aiohttp, pytest, requests
    from mock_exchanges.faults import HttpStatus

    MANY = pytest.mark.parametrize("number", range(6))

    @MANY
    async def test_virtual(binance, number):
        assert not binance.faults and not binance.seen("request")
        binance.add_fault(HttpStatus(status=500 + number))
        async with aiohttp.ClientSession() as http:
            for _ in range(number + 1):
                async with http.get(f"{binance.rest_url}/api/v3/ping") as answer:
                    assert answer.status == 500 + number
        assert len(binance.seen("request")) == number + 1
        await asyncio.sleep(600)

    @MANY
    def test_in_threads(exchange, number):
        mocks = [exchange(name, seed=number) for name in ("okx", "demo", "okx")]
        assert len({mock.rest_url for mock in mocks}) == 3
        mocks[0].add_fault(HttpStatus(status=500 + number))
        assert requests.get(f"{mocks[0].rest_url}/x").status_code == 500 + number
        assert requests.get(f"{mocks[2].rest_url}/x").status_code == 404
        assert [len(mock.seen("request")) for mock in mocks] == [1, 0, 1]

    @pytest.mark.exchange(real_time=True)
    async def test_real_time(demo):
        began, virtual = time.perf_counter(), demo.now_ms()
        await asyncio.sleep(0.3)
        assert time.perf_counter() - began >= 0.29
        assert 290 <= demo.now_ms() - virtual < 60_000
        assert abs(demo.now_ms() / 1000 - time.time()) < 60

    @pytest.mark.exchange(scenario="flapping")
    async def test_scenario_by_name(demo):
        assert [each.name for each in demo.scenarios] == ["flapping"]
        assert demo.faults

    @pytest.mark.exchange(scenario=HttpStatus(status=502, times=1))
    def test_scenario_of_a_fault(okx):
        url = f"{okx.rest_url}/api/v5/public/time"
        assert [requests.get(url).status_code for _ in range(2)] == [502, 200]

    ONCE = [HttpStatus(status=status, times=1) for status in (502, 503)]

    @pytest.mark.exchange(scenario=ONCE)
    def test_scenario_of_several(okx):
        url = f"{okx.rest_url}/api/v5/public/time"
        assert [requests.get(url).status_code for _ in range(3)] == [502, 503, 200]

    async def statuses(mock):
        url = f"{mock.rest_url}/api/v3/exchangeInfo?symbol=BTCUSDT"
        async with aiohttp.ClientSession() as http:
            found = set()
            for _ in range(200):
                async with http.get(url) as answer:
                    found.add(answer.status)
            return found

    @pytest.mark.exchange(limits=False)
    async def test_without_limits(binance):
        for _ in range(4):
            assert await statuses(binance) == {200}

    async def test_with_limits(binance):
        for _ in range(4):
            found = await statuses(binance)
        assert 429 in found or 418 in found

    @pytest.mark.exchange(limits=False)
    class TestOfAClass:
        @pytest.mark.exchange(seed=9)
        def test_inherits(self, exchange):
            assert exchange("binance").market.seed == 9
"""

COUNT = 12 + 1 + 3 + 2 + 1


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["alone", "two-processes"])
def test_tests_with_exchanges_do_not_meet(pytester: pytest.Pytester, spread: tuple[str]) -> None:
    pytester.makepyfile(test_it=TESTS)
    result = pytester.runpytest_subprocess(
        "-p", "no:benchmark", "-p", "no:cacheprovider", "-W", "error::RuntimeWarning",
        "-W", "error::pytest.PytestUnraisableExceptionWarning", *spread,
    )  # fmt: skip
    result.assert_outcomes(passed=COUNT)
    if spread:
        result.stdout.fnmatch_lines(["*2 workers*"])


@pytest.mark.parametrize(
    ("marker", "why"),
    [
        ('scenario="flaping"', "*flaping*did you mean 'flapping'?*"),
        ("scenaro='flapping'", "*'scenaro', expected one of*did you mean 'scenario'?*"),
        ("realtime=True", "*'realtime', expected one of*did you mean 'real_time'?*"),
    ],
)
def test_a_marker_that_is_wrong_is_told_by_name(
    pytester: pytest.Pytester, marker: str, why: str
) -> None:
    pytester.makepyfile(
        test_it=f"""
    import pytest

    @pytest.mark.exchange({marker})
    async def test_it(demo):
        pass
"""
    )
    result = pytester.runpytest_subprocess("-p", "no:benchmark", "-p", "no:cacheprovider")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([why])
