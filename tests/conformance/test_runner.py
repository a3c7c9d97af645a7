"""One check in a world of its own: which verdict comes of what an adapter does."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from conformance.case import Case
from conformance.loading import Factory
from conformance.registry import Check, checks, get
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.subject import AdapterRaised, NoWebSocket
from conformance.verdict import Result, Severity, Verdict
from reference_adapters import BinanceAdapter

Judge = Callable[[Case], Coroutine[Any, Any, None]]


def suite(trust: Trust, adapter: Any = BinanceAdapter, **changes: Any) -> Suite:
    return Suite(Setting(Factory("test:Adapter", adapter, ()), "binance", **changes), trust)


def run(trust: Trust, judge: Judge, like: str = "URL-01", adapter: Any = BinanceAdapter) -> Result:
    """Run a function in the place of a check."""
    return suite(trust, adapter)._judge(Check(get(like).card, judge), None)


async def passes(case: Case) -> None:
    case.witness("it happened")


async def sees_nothing(case: Case) -> None:
    return


async def fails(case: Case) -> None:
    case.did("The exchange sent it.")
    case.fail("it is wrong", expected="this", got="that", likely="so")


async def does_not_apply(case: Case) -> None:
    case.not_applicable("the exchange has none")


async def has_no_stream(case: Case) -> None:
    raise NoWebSocket("REST only")


async def never_happened(case: Case) -> None:
    case.not_exercised("no candle came")


async def tells(case: Case) -> None:
    case.info("there is more")


async def adapter_raises(case: Case) -> None:
    case.witness("began")
    case.did("The exchange sent it.")
    raise AdapterRaised("get_ws_url", ValueError("mine"))


async def suite_raises(case: Case) -> None:
    case.witness("began")
    raise ZeroDivisionError("ours")


@pytest.mark.parametrize(
    ("judge", "like", "verdict", "headline"),
    [
        (passes, "URL-01", Verdict.PASS, ""),
        (sees_nothing, "URL-01", Verdict.NOT_EXERCISED, "nothing happened that could be judged"),
        (fails, "URL-01", Verdict.FAIL, "it is wrong"),
        (fails, "INTV-04", Verdict.LOOSE, "it is wrong"),
        (fails, "INTV-03", Verdict.INFO, "it is wrong"),
        (does_not_apply, "URL-01", Verdict.NOT_APPLICABLE, "the exchange has none"),
        (has_no_stream, "URL-01", Verdict.NOT_APPLICABLE, "REST only"),
        (never_happened, "URL-01", Verdict.NOT_EXERCISED, "no candle came"),
        (tells, "URL-01", Verdict.INFO, "there is more"),
        (adapter_raises, "URL-01", Verdict.FAIL, "get_ws_url raised ValueError: mine"),
        (adapter_raises, "INTV-04", Verdict.LOOSE, "get_ws_url raised ValueError: mine"),
        (suite_raises, "URL-01", Verdict.HARNESS_ERROR,
         "the suite or the mock is at fault: ZeroDivisionError: ours"),
        (suite_raises, "INTV-04", Verdict.HARNESS_ERROR,
         "the suite or the mock is at fault: ZeroDivisionError: ours"),
    ],
)  # fmt: skip
def test_verdict(trust: Trust, judge: Judge, like: str, verdict: Verdict, headline: str) -> None:
    result = run(trust, judge, like)
    assert (result.verdict, result.headline) == (verdict, headline)
    assert result.sources


def test_a_finding_carries_what_was_said(trust: Trust) -> None:
    result = run(trust, fails)
    assert (result.happened, result.expected, result.got, result.likely) == (
        "The exchange sent it.", "this", "that", "so",
    )  # fmt: skip
    assert run(trust, adapter_raises).happened == "The exchange sent it."


class Broken(BinanceAdapter):
    def __init__(self) -> None:
        raise OSError("no key")


def test_a_constructor_that_raises_fails_each_check_as_a_consequence(trust: Trust) -> None:
    made = suite(trust, Broken)
    first = made.run(get("LOAD-A1"))
    assert (first.verdict, first.consequence_of) == (Verdict.FAIL, None)
    assert first.headline == "the constructor raised OSError: no key"
    second = made.run(get("URL-01"))
    assert (second.verdict, second.consequence_of) == (Verdict.FAIL, "LOAD-A1")


class BadUrlAndPair(BinanceAdapter):
    def get_ws_url(self) -> str:
        return "wss://stream.binance.com:9443/nowhere"

    @staticmethod
    def get_trading_pair_format(trading_pair: str) -> str:
        return "NOPE"


def test_a_consequence_names_its_root_and_a_root_of_its_own_does_not(trust: Trust) -> None:
    made = suite(trust, BadUrlAndPair)
    told = {name: made.run(get(name)).consequence_of for name in ("URL-02", "PAIR-01", "HB-01")}
    assert told["URL-02"] is told["PAIR-01"] is None
    assert told["HB-01"] in ("URL-02", "PAIR-01")


class Intervals(BinanceAdapter):
    def get_supported_intervals(self) -> Any:
        return {"5m": 300, 7: 7}

    def get_ws_supported_intervals(self) -> Any:
        return ["1m", "5m"]


class NoIntervals(BinanceAdapter):
    def get_supported_intervals(self) -> Any:
        raise ValueError("none")

    def get_ws_supported_intervals(self) -> Any:
        return []


@pytest.mark.parametrize(
    ("adapter", "supported", "streamed"),
    [
        (Intervals, ["5m", "1m"], ["1m", "5m"]),
        (NoIntervals, [None], [None]),
        (Broken, [None], [None]),
    ],
)
def test_the_plan_goes_by_what_the_adapter_speaks_of(
    trust: Trust, adapter: type, supported: list[str], streamed: list[str]
) -> None:
    plan = suite(trust, adapter).plan()
    assert [name for check, name in plan if check.card.id == "REST-01"] == supported
    assert [name for check, name in plan if check.card.id == "PARSE-01"] == streamed
    assert [name for check, name in plan if check.card.id == "LOAD-A1"] == [None]
    ids = list(dict.fromkeys(check.card.id for check, _ in plan))
    assert ids == [check.card.id for check in checks() if "adapter" in check.card.judges]


def test_equal_settings_give_equal_results(trust: Trust) -> None:
    results = [suite(trust, Intervals).run(get("GAP-01")).as_data() for _ in range(2)]
    assert results[0] == results[1]
    assert results[0]["severity"] == str(Severity.MUST)
