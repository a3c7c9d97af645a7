"""Feeds with threads or loops of their own are found out, and judged in real time."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import pytest

from conformance import clock, realtime
from conformance.detect import exchange_of
from conformance.loading import FEED, load
from conformance.realtime import STAGES, outside
from conformance.registry import get
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Result, Verdict
from tests.gallery.threads import binance

HOME = "tests.gallery.threads.binance"


def judge(name: str, trust: Trust) -> list[Result]:
    setting = Setting(load(f"{HOME}:{name}", wanted=FEED), "binance")
    why = outside(setting, trust)
    assert "connects to stream.binance.com by itself" in why
    began = time.perf_counter()
    results = Suite(replace(setting, real_time=why), trust).run_all()
    assert time.perf_counter() - began < 30  # some 8 s on a machine that is not busy
    return results


# each session takes its ten seconds of real time: all of them with the whole matrix
WHOLE = bool(os.environ.get("WHOLE_MATRIX"))


@pytest.mark.parametrize("name", sorted(binance.GOOD) if WHOLE else ["Threaded"])
def test_a_right_feed_passes_in_real_time(name: str, trust: Trust) -> None:
    results = judge(name, trust)
    assert [(r.id, r.verdict, r.headline) for r in results if r.gates(strict=True)] == []
    assert {r.id for r in results if r.verdict is Verdict.PASS} == set(STAGES)
    rest = {r.headline for r in results if r.verdict is Verdict.NOT_APPLICABLE}
    assert len(rest) == 1 and "cannot live on virtual time" in rest.pop()


@pytest.mark.parametrize("name", sorted(binance.PROVE) if WHOLE else ["ThreadedOnce"])
def test_a_defect_fails_its_check_in_real_time(name: str, trust: Trust) -> None:
    flagged = [r for r in judge(name, trust) if r.gates(strict=True)]
    findings = {r.id for r in flagged if r.consequence_of is None}
    assert findings == {binance.PROVE[name]}, [(r.id, r.headline) for r in flagged]


ELSEWHERE = [("KuCoinFeed", "kucoin"), ("CoinbaseFeed", "coinbase")]


@pytest.mark.parametrize(("name", "exchange"), ELSEWHERE if WHOLE else ELSEWHERE[:1])
def test_real_time_is_fair_elsewhere(name: str, exchange: str, trust: Trust) -> None:
    factory = load(f"tests.gallery.feeds.good:{name}", wanted=FEED)
    results = Suite(Setting(factory, exchange, real_time="it is asked to"), trust).run_all()
    assert [(r.id, r.verdict, r.headline) for r in results if r.gates(strict=True)] == []
    assert {r.id for r in results if r.verdict is Verdict.PASS} >= set(STAGES) - {"HB-01"}


@pytest.mark.parametrize(
    ("name", "session_s", "said"),
    [
        # asyncio.run would wait for the job, and for the thread in which it waits
        ("WaitsForAJob", 45.0, "within 0.5 s the feed has not subscribed"),
        ("BlocksTheLoop", 1.0, "the feed hangs: its session in real time had no end after 1 s"),
    ],
)
def test_a_session_ends_whatever_is_left(
    name: str, session_s: float, said: str, trust: Trust, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(realtime, "SESSION_S", session_s)
    for limit in ("_SUBSCRIBED_S", "_SETTLED_S", "_STILL_S"):
        monkeypatch.setattr(realtime, limit, 0.5)
    factory = load(f"tests.gallery.hostile:{name}", wanted=FEED)
    suite = Suite(Setting(factory, "binance", real_time="it is asked to"), trust)
    began = time.perf_counter()
    results = {check: suite.run(get(check)) for check in STAGES}
    assert time.perf_counter() - began < 30
    assert results["SUB-01"].verdict is Verdict.FAIL
    assert said in results["SUB-01"].headline
    assert results["RECON-01"].verdict is Verdict.NOT_EXERCISED
    assert results["RECON-01"].consequence_of == "SUB-01"


def test_the_exchange_of_a_feed_with_a_thread_is_told() -> None:
    clock.install()
    assert exchange_of(load(f"{HOME}:Threaded", wanted=FEED)) == "binance"


def test_the_exchange_of_a_feed_on_uvloop_is_told() -> None:
    pytest.importorskip("uvloop")
    clock.install()
    assert exchange_of(load(f"{HOME}:UvLoop", wanted=FEED)) == "binance"


@pytest.mark.parametrize(
    ("path", "exchange"),
    [
        (f"{HOME}:ThreadWithoutSockets", "binance"),
        ("tests.gallery.feeds.good:DemoFeed", "demo"),
        ("tests.gallery.feeds.good:KuCoinFeed", "kucoin"),
    ],
)
def test_a_feed_of_the_loop_lives_on_virtual_time(path: str, exchange: str, trust: Trust) -> None:
    assert outside(Setting(load(path, wanted=FEED), exchange), trust) == ""
