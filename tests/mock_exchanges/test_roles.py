"""What each message is to the conversation (`Send.role`), on every exchange."""

from __future__ import annotations

import pytest

from mock_exchanges import registry
from mock_exchanges.core.actions import Action, Close, Drop, Pinged, Pong, Send, Text
from mock_exchanges.core.engine import Engine
from mock_exchanges.core.http import Request
from mock_exchanges.core.journal import Journal
from mock_exchanges.core.market import Market

T0 = 1_785_000_000_000
NAMES = ["binance", "coinbase", "demo", "kucoin", "okx", "coinbase@guide", "okx@guide"]
PINGS = {"okx": "ping", "kucoin": '{"id":"1","type":"ping"}', "demo": '{"op":"ping"}'}


def talk(name: str, *texts: str, seconds: int = 0) -> list[Send]:
    """Open a connection, say something, let time pass; return all texts."""
    exchange = registry.create(name, Market(1), Journal())
    engine = Engine(exchange)
    path, query = exchange.samples.handshake(T0)
    opened = engine.connect(Request("GET", path, query), T0)
    assert isinstance(opened, tuple)
    connection, actions = opened
    for text in texts:
        actions += engine.receive(connection, Text(text), T0)
    for _, later in engine.advance(T0 + seconds * 1000):
        actions += later
    return [each for each in actions if isinstance(each, Send)]


def opening(name: str) -> list[str]:
    """Return what a good host says."""
    samples = registry.create(name, Market(1), Journal()).samples
    return [samples.subscription(samples.pairs[0], samples.usual), *samples.opening()]


@pytest.mark.parametrize("name", NAMES)
def test_data_is_what_carries_candles(name: str) -> None:
    samples = registry.create(name, Market(1), Journal()).samples
    said = talk(name, *opening(name), seconds=20)
    assert {each.role for each in said} >= {"data", "ack"}
    for each in said:
        assert (each.role == "data") is (samples.about(each.text) is not None), each
        assert bool(each.topic) is (each.role in ("data", "beat")), each


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_is_an_error(name: str) -> None:
    before = len(talk(name))
    said = talk(name, '{"nonsense":1}')[before:]
    assert [each.role for each in said] == ["error"]


@pytest.mark.parametrize(("name", "ping"), PINGS.items())
def test_the_answer_to_a_ping_is_a_pong(name: str, ping: str) -> None:
    assert [each.role for each in talk(name, ping)][-1] == "pong"


def test_welcome_ping_and_beat() -> None:
    assert [each.role for each in talk("kucoin")] == ["notice"]
    assert [each.role for each in talk("demo", seconds=15)] == ["ping"]
    beats = [each for each in talk("coinbase", *opening("coinbase"), seconds=5) if each.topic]
    assert [each.role for each in beats if each.topic == "heartbeats"] == ["beat"] * 5


@pytest.mark.parametrize(
    ("name", "path", "told"),
    [
        ("binance", None, ["notice"]),
        ("demo", None, ["notice"]),
        ("okx", "/ws/v5/public", ["notice"]),
        # candles are on a path that has no notices
        ("okx", None, []),
        ("coinbase", None, []),
        ("kucoin", None, []),
    ],
)
def test_the_notice_of_a_close_ends_nothing_by_itself(
    name: str, path: str | None, told: list[str]
) -> None:
    exchange = registry.create(name, Market(1), Journal())
    engine = Engine(exchange)
    own, query = exchange.samples.handshake(T0)
    opened = engine.connect(Request("GET", path or own, query), T0)
    assert isinstance(opened, tuple)
    session = opened[0].session
    due = session.due()
    notices: list[Action] = session.notice(T0)
    assert [each.role for each in notices if isinstance(each, Send)] == told
    assert len(notices) == len(told)
    assert session.due() == due
    assert isinstance(session.bye(), (Close, Drop))
    assert session.received(Pinged(b"x"), T0) == [Pong(b"x")]
