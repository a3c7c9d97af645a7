"""Mock exchanges as fixtures of other people's tests, with and without pytest-asyncio."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

MODES = {
    "without": ["-p", "no:asyncio"],
    "strict": ["--asyncio-mode=strict"],
    "auto": ["--asyncio-mode=auto"],
}
HEAD = """
    import asyncio, time
    import aiohttp, pytest, requests
"""


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    """Run a test file in a process of its own: plugins and clocks as its author has them."""
    pytester.makepyfile(test_it=HEAD + text)
    return pytester.runpytest_subprocess(
        "-p", "no:benchmark", "-p", "no:cacheprovider", "-W", "error::RuntimeWarning", *options
    )


@pytest.mark.parametrize("mode", MODES)
def test_an_async_test_runs_on_virtual_time(pytester: pytest.Pytester, mode: str) -> None:
    result = run(
        pytester,
        """
    @pytest.fixture
    async def http(binance):
        async with aiohttp.ClientSession() as session:
            yield session, asyncio.get_running_loop()

    async def test_hours(binance, http):
        session, loop = http
        assert loop is asyncio.get_running_loop()
        begun, real = time.time(), time.perf_counter()
        await asyncio.sleep(3000)
        assert time.time() - begun == pytest.approx(3000)
        assert time.perf_counter() - real < 60
        async with session.get(f"{binance.rest_url}/api/v3/time") as answer:
            told = (await answer.json())["serverTime"]
        assert abs(told / 1000 - time.time()) < 1

    class TestInClass:
        @pytest.fixture
        async def own(self, okx):
            return self, okx

        @pytest.mark.parametrize("number", [1, 2])
        async def test_own(self, own, number):
            assert own[0] is self
            assert own[1].exchange.name == "okx"
            await asyncio.sleep(number)

    def test_blocking(binance):
        assert requests.get(f"{binance.rest_url}/api/v3/ping").status_code == 200
""",
        *MODES[mode],
    )
    result.assert_outcomes(passed=4)


@pytest.mark.parametrize("mode", MODES)
def test_any_number_with_options(pytester: pytest.Pytester, mode: str) -> None:
    result = run(
        pytester,
        """
    @pytest.mark.exchange(seed=5)
    async def test_two(exchange):
        one = await exchange("okx")
        two = await exchange("kucoin", seed=3, pairs=["BTC-USDT"])
        assert (one.market.seed, two.market.seed) == (5, 3)
        assert one.rest_url != two.rest_url

    @pytest.mark.exchange(epoch_ms=1_785_000_000_000)
    async def test_date(demo):
        assert time.time() == 1_785_000_000

    async def test_not_awaited(exchange):
        with pytest.raises(AttributeError, match="mock = await exchange"):
            exchange("okx").rest_url
""",
        *MODES[mode],
    )
    result.assert_outcomes(passed=3)


def test_what_fails_shows_the_journal(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    async def test_fails(binance):
        async with aiohttp.ClientSession() as session:
            await session.get(f"{binance.rest_url}/api/v3/ping")
        assert False

    async def test_hangs(demo):
        await asyncio.Event().wait()

    @pytest.mark.exchange(sead=3)
    async def test_misspelt(demo):
        pass
""",
        "-p",
        "no:asyncio",
    )
    assert result.ret == 1
    text = result.stdout.str()
    assert "binance: last 2 of 2 journal entries" in text
    assert "GET /api/v3/ping" in text
    assert "test_hangs has not ended within 3600 s of virtual time" in text
    assert "@pytest.mark.exchange has 'sead'" in text
    assert "did you mean 'seed'?" in text


def test_fixtures_of_the_same_name_are_their_owners(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
    @pytest.fixture
    def binance():
        return "mine"

    @pytest.fixture
    def okx(okx):
        return okx, "wrapped"

    def test_mine(binance):
        assert binance == "mine"

    async def test_wrapped(okx):
        mock, said = okx
        assert (mock.exchange.name, said) == ("okx", "wrapped")
        await asyncio.sleep(600)

    @pytest.mark.parametrize("exchange", ["a"])
    def test_parameter(exchange):
        assert exchange == "a"
""",
        "-p",
        "no:asyncio",
        "--strict-markers",
    )
    result.assert_outcomes(passed=3)


def test_costs_no_import_when_unused(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it="""
    import sys

    def test_it():
        assert not {"aiohttp", "mock_exchanges", "conformance.stage"} & set(sys.modules)
    """
    )
    result = pytester.runpytest_subprocess("-p", "no:benchmark")
    result.assert_outcomes(passed=1)
