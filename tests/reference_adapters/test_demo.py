"""The demo's adapters: right, small, and on their own."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import reference_adapters
from conformance.loading import load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Verdict
from reference_adapters.demo import (
    KEY,
    SECRET,
    Candle,
    DemoAdapter,
    DemoLoginAdapter,
    DemoTokenAdapter,
    Reply,
)
from tests.meta import matrix

SOURCE = Path(reference_adapters.__file__).with_name("demo.py")
ROW = {"t": 1672515780000, "o": "1", "h": "4", "l": "0.5", "c": "2", "v": "7", "q": "9", "n": 3,
       "V": "6", "Q": "8"}  # fmt: skip
CANDLE = Candle(1672515780, 1.0, 4.0, 0.5, 2.0, 7.0, 9.0, 3, 6.0, 8.0)


class Client:
    """Gives one answer, and keeps what was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[dict[str, Any]] = []

    async def get_rest_data(
        self, url: str, params: dict[str, Any] | None = None, method: str = "GET"
    ) -> Any:
        self.asked.append({"url": url, "method": method, **(params or {})})
        return self.answer


@pytest.mark.parametrize(
    ("adapter", "exchange"),
    [
        ("DemoAdapter", "demo"),
        ("DemoLoginAdapter", "demo@login"),
        ("DemoTokenAdapter", "demo@token"),
        ("DemoTokenAdapter", "demo"),
    ],
)
def test_it_passes_the_suite(adapter: str, exchange: str) -> None:
    trust = Trust()
    try:
        setting = Setting(load(f"reference_adapters.demo:{adapter}"), exchange, 3)
        results = matrix.every(Suite(setting, trust), adapter)
    finally:
        trust.close()
    allowed = (Verdict.PASS, Verdict.NOT_APPLICABLE)
    assert [(r.where, r.headline) for r in results if r.verdict not in allowed] == []
    assert sum(r.verdict is Verdict.PASS for r in results) > 40


def test_it_stands_alone_and_is_small() -> None:
    imported = set()
    for node in ast.walk(ast.parse(SOURCE.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add((node.module or "").partition(".")[0])
    assert not imported & {"conformance", "mock_exchanges"}
    assert len(SOURCE.read_text("utf-8").splitlines()) < 200


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"type": "candle", "channel": "candle.1m.BTC-USDT", "data": ROW}, [CANDLE]),
        ({"type": "snapshot", "data": [ROW, ROW]}, [CANDLE, CANDLE]),
        ({"type": "candle", "data": {key: ROW[key] for key in "tohlcv"}},
         [Candle(1672515780, 1.0, 4.0, 0.5, 2.0, 7.0)]),
        ({"op": "ping", "ts": 5}, Reply({"op": "pong", "ts": 5})),
        ({"op": "pong", "ts": 5}, None),
        ({"type": "subscribed", "channel": "candle.1m.BTC-USDT"}, None),
        ({"type": "error", "code": 40004, "message": "unknown pair: X"}, None),
    ],
)  # fmt: skip
def test_messages(message: dict[str, Any], expected: Any) -> None:
    assert DemoAdapter().parse_ws_message(message) == expected


async def test_candles_are_asked_for_in_seconds_and_read_in_milliseconds() -> None:
    own, given = Client({}), Client({"code": 0, "message": "ok", "data": [ROW]})
    adapter = DemoAdapter(own)
    candles = await adapter.fetch_rest_candles("BTC-USDT", "1m", 1672515780, 10, given)
    assert candles == [CANDLE]
    assert own.asked == []
    assert given.asked == [
        {"url": "https://api.demo-exchange.example/api/v1/candles", "method": "GET",
         "symbol": "BTC-USDT", "interval": "1m", "start": 1672515780, "limit": 10}
    ]  # fmt: skip


async def test_an_error_that_comes_with_http_200_is_raised() -> None:
    client = Client({"code": 40004, "message": "unknown pair: X", "data": []})
    with pytest.raises(ValueError, match="40004: unknown pair: X"):
        await DemoAdapter(client).fetch_rest_candles("X", "1m")


@pytest.mark.parametrize("limit", [0, -1, 501])
async def test_a_limit_that_one_answer_cannot_give_is_refused(limit: int) -> None:
    client = Client({})
    with pytest.raises(ValueError, match=f"limit is {limit}, expected 1 to 500"):
        await DemoAdapter(client).fetch_rest_candles("BTC-USDT", "1m", None, limit)
    assert client.asked == []


async def test_each_url_has_a_token_of_its_own() -> None:
    client = Client({"code": 0, "token": "a.b", "endpoint": "wss://there/ws"})
    adapter = DemoTokenAdapter(client)
    assert await adapter.get_ws_url() == "wss://there/ws?token=a.b"
    client.answer = {"code": 0, "token": "c.d", "endpoint": "wss://here/ws"}
    assert await adapter.get_ws_url() == "wss://here/ws?token=c.d"
    assert [asked["method"] for asked in client.asked] == ["POST", "POST"]


def test_a_login_is_signed_as_of_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reference_adapters.demo.time.time", lambda: 1672515780.0)
    (login,) = DemoLoginAdapter().get_ws_auth_payload()["args"]
    assert (KEY, SECRET) == ("demo-key", "demo-secret")
    assert login == {
        "key": "demo-key",
        "ts": 1672515780000,
        "sign": "ee2362471715511c79db503b910460c3ef44bbe34db8b082ec410d7473501a9d",
    }
