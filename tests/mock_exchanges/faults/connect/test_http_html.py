"""http-html: a page where JSON was expected."""

from __future__ import annotations

import aiohttp
import pytest

from mock_exchanges.faults import HttpHtml
from tests.mock_exchanges.faults.bench import Client, with_fault


@pytest.mark.parametrize("status", [200, 403, 502, 503, 520])
def test_json_is_asked_for_and_html_comes(status: int) -> None:
    async def act(one: Client) -> tuple[int, str, str]:
        async with one.http.get(f"{one.mock.rest_url}/api/v1/time") as answer:
            with pytest.raises(aiohttp.ContentTypeError):
                await answer.json()
            return answer.status, answer.content_type, await answer.text()

    found, kind, text = with_fault(HttpHtml(status=status), act)
    assert (found, kind) == (status, "text/html")
    assert text.startswith("<!DOCTYPE html>")
    assert str(status) in text


def test_handshakes_get_it_too() -> None:
    async def act(one: Client) -> tuple[int, str]:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await one.connect()
        assert refused.value.headers is not None
        return refused.value.status, refused.value.headers["Content-Type"]

    assert with_fault(HttpHtml(status=503), act) == (503, "text/html; charset=UTF-8")


def test_handshakes_alone() -> None:
    async def act(one: Client) -> int:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await one.connect()
        async with one.http.get(f"{one.mock.rest_url}/api/v1/time") as answer:
            return answer.status

    assert with_fault(HttpHtml(of="handshake"), act) == 200
