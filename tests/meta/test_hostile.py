"""An adapter that does not play along is cut off, and the others do not notice."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from conformance.loading import Factory
from conformance.registry import get
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Result, Verdict
from reference_adapters import BinanceAdapter


class Spins(BinanceAdapter):
    def parse_ws_message(self, data: Any) -> None:
        while True:
            pass


class SpinsOnTheLoop(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        while True:  # noqa: ASYNC110 - the defect
            await asyncio.sleep(0)


class Exits(BinanceAdapter):
    def parse_ws_message(self, data: Any) -> None:
        sys.exit(3)


class NeverReturns(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        await asyncio.get_running_loop().create_future()
        return ""


class StopsTheLoop(BinanceAdapter):
    def get_ws_url(self) -> str:
        asyncio.get_running_loop().stop()
        return super().get_ws_url()


class LeavesTasks(BinanceAdapter):
    async def get_ws_url(self) -> str:  # type: ignore[override]
        for _ in range(100):
            self._task = asyncio.create_task(asyncio.sleep(1e6))
        return super().get_ws_url()


def judge(adapter: type, check_id: str, interval: str | None = None) -> Result:
    trust = Trust()
    try:
        factory = Factory(adapter.__name__, adapter, ())
        suite = Suite(Setting(factory, "binance", patience_s=1.0), trust)
        return suite.run(get(check_id), interval)
    finally:
        trust.close()


@pytest.mark.parametrize(
    ("adapter", "check_id", "interval", "said"),
    [
        (Spins, "PARSE-03", None, "the adapter hangs: it gave no sign for 1 real seconds"),
        (SpinsOnTheLoop, "URL-01", None, "the adapter hangs"),
        (Exits, "PARSE-01", "1m", "parse_ws_message raised SystemExit: 3"),
        (
            NeverReturns,
            "URL-01",
            None,
            "the adapter hangs: get_ws_url gave no result after 900 virtual seconds",
        ),
    ],
)
def test_it_is_cut_off_with_a_verdict_of_its_own(
    adapter: type, check_id: str, interval: str | None, said: str
) -> None:
    result = judge(adapter, check_id, interval)
    assert result.verdict is Verdict.FAIL
    assert said in result.headline
    assert judge(BinanceAdapter, check_id, interval).verdict is Verdict.PASS


def test_tasks_left_over_end_with_their_check() -> None:
    assert judge(LeavesTasks, "URL-01").verdict is Verdict.PASS
    assert judge(BinanceAdapter, "RECON-01").verdict is Verdict.PASS


def test_a_stopped_loop_is_the_adapters_fault() -> None:
    result = judge(StopsTheLoop, "URL-01")
    assert result.verdict is Verdict.FAIL
    assert "stopped the event loop" in result.headline
