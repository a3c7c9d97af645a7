"""subscribe-limit: every exchange's own error to a message too many, and its end."""

from __future__ import annotations

import aiohttp
import pytest

from mock_exchanges.core.actions import Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request
from mock_exchanges.faults import SubscribeLimit
from mock_exchanges.faults.active import install
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, with_fault
from tests.mock_exchanges.faults.pressure.asking import engine_of

# exchange -> what the error says, and the code with which the connection ends, if it does
SAID = {
    "demo": ("42901", 1008),
    "coinbase": ("rate limit exceeded", None),
    "okx": ("60014", None),
    "kucoin": ("exceed max permits per second", 1000),
}


@pytest.mark.parametrize("exchange", SAID)
def test_refused_twice_and_then_made(exchange: str) -> None:
    said, code = SAID[exchange]

    async def ask(one: Client, ws: aiohttp.ClientWebSocketResponse) -> list[aiohttp.WSMessage]:
        await ws.send_str(one.samples.subscription(one.pair, one.interval))
        return await one.hears(ws, 2)

    async def act(one: Client) -> None:
        ws = await one.connect()
        for _ in range(2):
            heard = await ask(one, ws)
            texts = [each.data for each in heard if each.type is aiohttp.WSMsgType.TEXT]
            refused = [text for text in texts if one.samples.refuses(text)]
            assert len(refused) == 1
            assert said in refused[0]
            assert not any(one.tells(text) for text in texts)
            assert not one.mock.engine.hub.topics()
            ended = heard[-1].type is aiohttp.WSMsgType.CLOSE
            assert (heard[-1].data if ended else None) == code
            if ended:
                ws = await one.connect()
        await ws.send_str(one.samples.subscription(one.pair, one.interval))
        assert await one.candles(ws, 2)
        await ws.close()

    with_fault(SubscribeLimit(times=2), act, exchange)


def opened(engine: Engine) -> Connection:
    samples = engine.exchange.samples
    path, query = samples.handshake(EPOCH_MS)
    found = engine.connect(Request("GET", path, query), EPOCH_MS)
    assert isinstance(found, tuple)
    return found[0]


@pytest.mark.parametrize("exchange", SAID)
def test_it_is_what_the_exchange_answers_by_itself(exchange: str) -> None:
    """The frame and the end are those that a client gets who really sends too much."""

    def answers(engine: Engine, most: int) -> list[str]:
        connection = opened(engine)
        samples = engine.exchange.samples
        text = samples.subscription(samples.pairs[0], samples.usual)
        for _ in range(most):
            mark = engine.journal.total
            engine.receive(connection, Text(text), EPOCH_MS)
            engine.advance(EPOCH_MS)
            sent = [engine.journal.seen(kind, after=mark) for kind in ("out", "close", "drop")]
            texts = [entry.text for entries in sent for entry in entries]
            if any(map(samples.refuses, texts)):
                return texts
        raise AssertionError(f"no error after {most} messages")

    faulty = engine_of(exchange)
    install(SubscribeLimit(), faulty, 1, 1, EPOCH_MS)
    ours, theirs = answers(faulty, 1), answers(engine_of(exchange), 600)
    assert len(ours) == len(theirs)
    for mine, real in zip(ours, theirs, strict=True):
        # ids that the server makes, and the number of a connection, differ
        assert faulty.exchange.samples.refuses(mine) == faulty.exchange.samples.refuses(real)
    assert ours[1:] == theirs[1:]


def test_the_id_of_a_request_comes_back_where_the_exchange_echoes_it() -> None:
    samples = engine_of("okx").exchange.samples
    (error,) = samples.flooded('{"id":"a1","op":"subscribe","args":[{"channel":"x"}]}', EPOCH_MS)
    assert isinstance(error, Send)
    assert error.text.startswith('{"id":"a1",')


def test_other_messages_pass_and_capitals_make_no_difference() -> None:
    async def act(one: Client) -> list[str]:
        ws = await one.connect()
        await ws.send_str('{"op":"ping"}')
        pong = (await ws.receive()).data
        await ws.send_str('{"method":"SUBSCRIBE","params":["candle.1m.BTC-USDT"]}')
        return [pong, (await ws.receive()).data]

    pong, refused = with_fault(SubscribeLimit(), act)
    assert "pong" in pong
    assert "42901" in refused


def test_not_where_the_exchange_has_no_such_error() -> None:
    with pytest.raises(ValueError, match="cannot be at binance"):
        install(SubscribeLimit(), engine_of("binance"), 1, 1, EPOCH_MS)
