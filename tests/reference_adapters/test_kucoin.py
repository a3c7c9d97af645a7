"""The KuCoin adapter that authors copy: right, small, and on its own."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from reference_adapters import kucoin
from reference_adapters.kucoin import KuCoinAdapter

SOURCE = Path(kucoin.__file__)
ROW = ["1672515780", "1", "2", "4", "0.5", "7", "9"]


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


def good(data: Any) -> dict[str, Any]:
    return {"code": "200000", "data": data}


def push(subject: str) -> dict[str, Any]:
    return {
        "topic": "/market/candles:BTC-USDT_1min",
        "type": "message",
        "subject": f"trade.candles.{subject}",
        "data": {"symbol": "BTC-USDT", "candles": ROW, "time": 1672515791806123456},
    }


@pytest.mark.parametrize("subject", ["add", "update"])
def test_the_close_stands_before_high_and_low(subject: str) -> None:
    candles = KuCoinAdapter().parse_ws_message(push(subject))
    assert candles is not None
    (made,) = candles
    assert (made.timestamp, made.open, made.close, made.high, made.low) == (
        1672515780, 1.0, 2.0, 4.0, 0.5,
    )  # fmt: skip
    assert (made.volume, made.quote_asset_volume) == (7.0, 9.0)


@pytest.mark.parametrize(
    "message",
    [
        {"id": "1", "type": "welcome"},
        {"id": "1", "type": "ack"},
        {"id": "1", "type": "error", "code": 404, "data": "topic does not exist"},
        {**push("update"), "topic": "/market/ticker:BTC-USDT"},
        {**push("update"), "topic": None},
    ],
)
def test_other_messages_are_no_candles(message: dict[str, Any]) -> None:
    assert KuCoinAdapter().parse_ws_message(message) is None


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


async def test_every_url_has_a_new_token() -> None:
    server = {"endpoint": "wss://ws-api-spot.kucoin.com/", "pingInterval": 20_000}
    client = Client(good({"token": "a=.b==", "instanceServers": [server]}))
    adapter = KuCoinAdapter(client)
    first, second = await adapter.get_ws_url(), await adapter.get_ws_url()
    assert first.startswith("wss://ws-api-spot.kucoin.com/?token=a%3D.b%3D%3D&connectId=")
    assert first != second
    bullet = "https://api.kucoin.com/api/v1/bullet-public"
    assert client.asked == [{"url": bullet, "method": "POST"}] * 2
    assert adapter.ws_ping_interval == 20.0


def test_requests() -> None:
    adapter = KuCoinAdapter()
    made = [adapter.get_ws_subscription_payload("BTC-USDT", name) for name in ("1m", "1h", "1w")]
    assert [payload["topic"] for payload in made] == [
        f"/market/candles:BTC-USDT_{word}" for word in ("1min", "1hour", "1week")
    ]
    pings = [adapter.get_ws_ping_payload() for _ in range(2)]
    ids = [payload["id"] for payload in (*made, *pings)]
    assert len(set(ids)) == len(ids)
    assert all(isinstance(id, str) for id in ids)


async def test_history_comes_oldest_first() -> None:
    later = ["1672515840", *ROW[1:]]
    client = Client(good([later, ROW]))
    candles = await KuCoinAdapter(client).fetch_rest_candles("BTC-USDT", "1m", 1672515780, 10)
    assert [candle.timestamp for candle in candles] == [1672515780, 1672515840]
    assert client.asked == [
        {"url": "https://api.kucoin.com/api/v1/market/candles", "method": "GET",
         "symbol": "BTC-USDT", "type": "1min", "startAt": 1672515780, "endAt": 1672605780}
    ]  # fmt: skip


async def test_the_client_of_a_call_goes_before_that_of_the_constructor() -> None:
    own, given = Client(good([])), Client(good([]))
    assert await KuCoinAdapter(own).fetch_rest_candles("A-B", "1m", network_client=given) == []
    assert (own.asked, len(given.asked)) == ([], 1)


@pytest.mark.parametrize("interval", ["1m", "1w", "1M"])
async def test_no_more_come_than_asked_for_though_idle_intervals_are_bridged(
    interval: str,
) -> None:
    rows = [[str(1_000_000 * n), *ROW[1:]] for n in (5, 4, 3, 2, 1)]
    client = Client(good(rows))
    adapter = KuCoinAdapter(client)
    oldest = await adapter.fetch_rest_candles("A-B", interval, 1_000_000, 2)
    newest = await adapter.fetch_rest_candles("A-B", interval, None, 2)
    assert [candle.timestamp for candle in oldest] == [1_000_000, 2_000_000]
    assert [candle.timestamp for candle in newest] == [4_000_000, 5_000_000]
    for asked in client.asked:
        assert 0 < asked["startAt"] < asked["endAt"]
        intervals = (asked["endAt"] - asked["startAt"]) / kucoin.INTERVALS[interval]
        assert intervals <= 1501


@pytest.mark.parametrize("limit", [0, -1, 1501])
async def test_a_limit_that_one_answer_cannot_give_is_refused(limit: int) -> None:
    client = Client(good([]))
    with pytest.raises(ValueError, match=f"limit is {limit}, expected 1 to 1500"):
        await KuCoinAdapter(client).fetch_rest_candles("BTC-USDT", "1m", None, limit)
    assert client.asked == []


@pytest.mark.parametrize(
    "answer", [[], None, {}, {"code": 200000, "data": []}, {"code": "400100", "msg": "no"}]
)
async def test_an_answer_without_the_code_of_success_is_refused(answer: Any) -> None:
    adapter = KuCoinAdapter(Client(answer))
    with pytest.raises(ValueError, match="expected code 200000"):
        await adapter.fetch_rest_candles("BTC-USDT", "1m")
    with pytest.raises(ValueError, match="expected code 200000"):
        await adapter.get_ws_url()
