"""What a check must not flag: each point is met by right adapters on two exchanges or more."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from pathlib import Path

import pytest

from conformance.loading import load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Verdict
from tests.gallery import fair, second
from tests.meta import matrix

HOMES = {name: import_module(f"{second.__name__}.{name}") for name in
         ("binance", "coinbase", "kucoin", "okx")}  # fmt: skip
_POINTS = re.compile(r"^([\d, ]+):")

POINTS = {
    1: "methods of odd kinds, candles of odd types, exact or float numbers",
    2: "REST async, blocking, or both; a blocking call in a thread",
    3: "no WebSocket",
    4: "a network client that is insisted on, or ignored",
    5: "None, an empty list, a generator, a tuple",
    6: "constant, numeric, changing and random ids",
    7: "keys of the payload that the exchange ignores",
    8: "newest first",
    9: "fewer intervals than there are, days of the exchange's own zone",
    10: "optional fields of candles left out, or 0",
    11: "any clean exception for what is outside the contract",
    12: "parsers that know only what the exchange sends",
    13: "keep-alive left to the host",
    14: "times before 2001 refused",
    15: "other documented hosts and ports, a URL that has the subscription",
    16: "slow, chatty, or with a task that ends with it",
}


def adapters() -> list[tuple[type, str]]:
    """Return every right adapter of unusual style with its exchange."""
    found: list[tuple[type, str]] = [(each, "binance") for each in fair.FAIR]
    found += fair.FAIR_ELSEWHERE.items()
    return found + written()


def written() -> list[tuple[type, str]]:
    """Return the second implementations."""
    return [
        (value, exchange)
        for exchange, home in HOMES.items()
        for name, value in vars(home).items()
        if inspect.isclass(value) and value.__module__ == home.__name__
        and name.startswith(("Binance", "Coinbase", "KuCoin", "OKX"))
    ]  # fmt: skip


def points(adapter: type) -> set[int]:
    """Return the points that an adapter's docstring names."""
    said = _POINTS.match(inspect.cleandoc(adapter.__doc__ or ""))
    return {int(number) for number in said[1].split(",")} if said else set()


@pytest.mark.parametrize("point", POINTS)
def test_each_point_is_met_on_two_exchanges(point: int) -> None:
    assert len({exchange for adapter, exchange in adapters() if point in points(adapter)}) >= 2


def test_no_other_point_is_named() -> None:
    assert set().union(*(points(adapter) for adapter, _ in adapters())) == set(POINTS)


@pytest.mark.parametrize("home", HOMES)
def test_second_implementations_share_nothing_with_the_first(home: str) -> None:
    text = Path(str(HOMES[home].__file__)).read_text("utf-8")
    assert "reference_adapters" not in text and "conformance" not in text


@pytest.mark.parametrize(("adapter", "exchange"), written(), ids=lambda each: str(each))
@pytest.mark.parametrize("seed", [1, 20] if matrix.WHOLE else [20])
def test_a_second_implementation_is_not_flagged(
    adapter: type, exchange: str, seed: int, trust: Trust
) -> None:
    path = f"{adapter.__module__}:{adapter.__name__}"
    results = matrix.some(Suite(Setting(load(path), exchange, seed), trust), path, share=4)
    assert [(r.where, r.verdict, r.headline) for r in results if r.gates(strict=True)] == []
    assert sum(r.verdict is Verdict.PASS for r in results) > (10 if matrix.WHOLE else 0)
