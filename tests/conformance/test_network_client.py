"""The network client that a host program hands to its adapters, against the real mock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from conformance import clock
from conformance.driver.network_client import HttpError, NetworkClient, decode
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.faults import HttpStatus
from mock_exchanges.server.mock import MockExchange

REST = "https://api.binance.com/api/v3/klines"
STREAM = "wss://stream.binance.com:9443/ws"
HOSTS = {"api.binance.com", "stream.binance.com"}


def play(scenario: Callable[[MockExchange, NetworkClient], Awaitable[Any]]) -> Any:
    async def main() -> Any:
        async with MockExchange("binance") as mock:
            client = NetworkClient(lambda host: mock.plain_address if host in HOSTS else None)
            try:
                return await scenario(mock, client)
            finally:
                await client.close()

    return clock.run(main)


def test_rest_data_is_decoded_and_none_is_left_out() -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        rows = await client.get_rest_data(
            REST,
            params={"symbol": "BTCUSDT", "interval": "1m", "startTime": None, "limit": 2},
            headers={"X-Mine": "1"},
        )
        assert len(rows) == 2
        asked = mock.journal.of("request")[0].text
        assert asked.endswith("/api/v3/klines?symbol=BTCUSDT&interval=1m&limit=2")

    play(scenario)


def test_a_query_in_the_url_is_kept() -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        rows = await client.get_rest_data(f"{REST}?symbol=BTCUSDT&interval=1m", {"limit": 1})
        assert len(rows) == 1

    play(scenario)


def test_a_refusal_is_an_exception_with_all_there_is_to_know() -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        with pytest.raises(HttpError) as raised:
            await client.get_rest_data(REST, params={"symbol": "NOPE", "interval": "1m"})
        error = raised.value
        assert error.status == 400
        assert "-1121" in error.body
        assert f"HTTP 400 from {REST}" in str(error)
        assert error.headers

    play(scenario)


@pytest.mark.parametrize("body", ["", "<html>", "{"])
def test_a_body_that_is_no_json_is_a_value_error(body: str) -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        mock.add_fault(HttpStatus(status=200, body=body))
        with pytest.raises(ValueError):
            await client.get_rest_data(REST)

    play(scenario)


def test_a_body_cut_short_is_a_client_error() -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        mock.add_fault(HttpStatus(status=200, body='{"a": 1}', cut_after=3))
        with pytest.raises(aiohttp.ClientError):
            await client.get_rest_data(REST)

    play(scenario)


def test_payloads_of_every_kind_are_sent() -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        socket = await client.establish_ws_connection(STREAM)
        await socket.send({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        await socket.send('{"method": "LIST_SUBSCRIPTIONS", "id": 2}')
        await client.send_ws_message(
            socket, SimpleNamespace(payload={"method": "LIST_SUBSCRIPTIONS", "id": 3})
        )
        ids = []
        async for message in socket.iter_messages():
            ids.append(message["id"])
            if len(ids) == 3:
                break
        assert ids == [1, 2, 3]
        await socket.disconnect()
        assert socket.closed

    play(scenario)


@pytest.mark.parametrize(
    ("end", "code"), [(Close(1001), 1001), (Close(4000, "own"), 4000), (Drop("eof"), 1006)]
)
def test_messages_end_with_the_connection(end: Close | Drop, code: int) -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        socket = await client.establish_ws_connection(STREAM)
        mock.end_connections(end)
        assert [message async for message in socket.iter_messages()] == []
        assert await socket.receive() is None
        assert socket.closed
        assert socket.close_code == code
        await socket.disconnect()

    play(scenario)


def test_a_refused_handshake_is_a_client_error() -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        mock.add_fault(HttpStatus(times=1))
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await client.establish_ws_connection(STREAM)

    play(scenario)


def test_closing_without_or_after_use_and_using_it_again() -> None:
    async def scenario(mock: MockExchange, client: NetworkClient) -> None:
        await client.close()
        for _ in range(2):
            assert await client.get_rest_data("https://api.binance.com/api/v3/ping") == {}
            await client.close()

    play(scenario)


@pytest.mark.parametrize(
    ("text", "data"),
    [('{"a":1}', {"a": 1}), ("[1]", [1]), ("pong", "pong"), ("", ""), ("{", "{"), ("null", None)],
)
def test_decode(text: str, data: Any) -> None:
    assert decode(text) == data
