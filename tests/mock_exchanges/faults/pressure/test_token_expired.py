"""token-expired: refused in the exchange's own way, at exchanges with tokens."""

from __future__ import annotations

import asyncio
import json

import aiohttp
import pytest

from mock_exchanges.faults import Slow, TokenExpired
from mock_exchanges.server.mock import MockExchange
from tests.mock_exchanges.faults.bench import Client, client, play, with_fault


async def _token(one: Client) -> str:
    desk = one.samples.token_desk
    assert desk is not None
    async with one.http.post(f"{one.mock.rest_url}{desk.path}") as answer:
        said = await answer.json()
    token: str = said["token"] if "token" in said else said["data"]["token"]
    return token


async def _dial(one: Client, token: str) -> str:
    """Return how a connection with a token begins."""
    try:
        ws = await one.http.ws_connect(f"{one.mock.ws_url}{one.samples.ws_path}?token={token}")
    except aiohttp.WSServerHandshakeError as refused:
        return f"HTTP {refused.status}"
    await ws.send_str(one.samples.subscription(one.pair, one.interval))
    message = await ws.receive()
    if message.type is not aiohttp.WSMsgType.TEXT:
        return message.type.name
    said = json.loads(message.data)
    if said.get("type") == "error":
        assert said["data"] == "token is expired"
        assert (await ws.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSE)
        return f"error {said['code']}"
    await ws.close()
    return "well"


_REFUSED = [("demo@token", "HTTP 401"), ("kucoin", "error 401"), ("kucoin@2022-02-01", "HTTP 401")]


@pytest.mark.parametrize(("exchange", "refused"), _REFUSED)
def test_tokens_of_an_age_are_refused_and_younger_ones_not(exchange: str, refused: str) -> None:
    async def act(one: Client) -> list[str]:
        token = await _token(one)
        found = [await _dial(one, token)]
        await asyncio.sleep(29)
        found.append(await _dial(one, token))
        await asyncio.sleep(1)
        found.append(await _dial(one, token))
        found.append(await _dial(one, await _token(one)))
        return found

    found = with_fault(TokenExpired(life_s=30), act, exchange)
    assert found == ["well", "well", refused, "well"]


@pytest.mark.parametrize(("exchange", "refused"), _REFUSED)
def test_a_token_is_good_once(exchange: str, refused: str) -> None:
    async def act(one: Client) -> list[str]:
        first, second = await _token(one), ""
        await asyncio.sleep(0.5)
        second = await _token(one)
        return [await _dial(one, each) for each in (first, first, second, second)]

    assert with_fault(TokenExpired(single_use=True), act, exchange) == [
        "well", refused, "well", refused,
    ]  # fmt: skip


def test_by_default_every_token_is_too_old_so_often() -> None:
    async def act(one: Client) -> list[str]:
        token = await _token(one)
        return [await _dial(one, token) for _ in range(3)]

    found = with_fault(TokenExpired().twice(), act, "kucoin")
    assert found == ["error 401", "error 401", "well"]


def test_it_is_refused_as_an_old_token_is_without_any_fault() -> None:
    async def main() -> tuple[str, str]:
        async with client("kucoin") as one:
            token = await _token(one)
            assert one.samples.token_desk is not None
            await asyncio.sleep(one.samples.token_desk.life_s)
            by_itself = await _dial(one, token)
            one.mock.add_fault(TokenExpired())
            return by_itself, await _dial(one, await _token(one))

    by_itself, by_fault = play(main)
    assert by_itself == by_fault == "error 401"


def test_a_token_that_is_none_is_the_exchanges_matter() -> None:
    async def main() -> str:
        async with client("demo@token") as one:
            active = one.mock.add_fault(TokenExpired())
            found = await _dial(one, "nonsense")
            assert active.struck == 0
            return found

    assert play(main) == "HTTP 401"


@pytest.mark.parametrize("exchange", ["demo", "binance", "coinbase", "okx"])
def test_exchanges_without_tokens_say_so_and_go_on(exchange: str) -> None:
    async def main() -> None:
        async with MockExchange(exchange) as mock:
            for fault in (TokenExpired(), Slow().followed_by(TokenExpired())):
                with pytest.raises(ValueError, match=f"'token-expired'.*{exchange}.*no token"):
                    mock.add_fault(fault)
            assert list(mock.faults) == []
            await asyncio.sleep(1)

    play(main)
