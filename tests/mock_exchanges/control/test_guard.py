"""Who is let in: programs of this machine, and who knows the token."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from mock_exchanges import MockExchange
from mock_exchanges.control import PREFIX
from mock_exchanges.control.guard import Guard, is_loopback
from mock_exchanges.control.problem import Problem
from tests.mock_exchanges.control.api import api
from tests.mock_exchanges.faults.bench import play

WELL = f"{PREFIX}/health"


def asked(headers: Mapping[str, str], **options: Any) -> list[tuple[int, Any]]:
    """Return what the control port and the exchange's port answer to a request."""

    async def main() -> list[tuple[int, Any]]:
        found = []
        async with api(**options) as it:
            for base in (it.mock.control_url.removesuffix(PREFIX), it.mock.rest_url):
                async with it.one.http.get(base + WELL, headers=headers) as answer:
                    found.append((answer.status, await answer.json()))
            assert list(it.mock.journal) == []
        return found

    return play(main)


@pytest.mark.parametrize(
    ("headers", "field"),
    [
        ({"Origin": "http://evil.example"}, "Origin"),
        ({"Origin": "null"}, "Origin"),
        ({"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/143.0"}, "User-Agent"),
        ({"Host": "evil.example"}, "Host"),
        ({"Host": "evil.example:80"}, "Host"),
        ({"Host": "127.0.0.1.evil.example"}, "Host"),
        ({"Host": "192.0.2.1"}, "Host"),
    ],
)
def test_browsers_and_strange_hosts_are_refused(headers: dict[str, str], field: str) -> None:
    for status, found in asked(headers):
        assert status == 403
        assert found["field"] == field and found["message"] and found["hint"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1", "127.1.2.3", "[::1]:9"])
def test_this_machine_is_let_in_by_all_its_names(host: str) -> None:
    assert [status for status, _ in asked({"Host": host})] == [200, 200]


def test_a_refused_request_changes_nothing() -> None:
    async def main() -> None:
        async with api(control_token="secret") as it:
            for headers in ({}, {"Authorization": "Bearer secret", "Origin": "http://x"}):
                status, _ = await it.ask("POST", "/faults", {"fault": "mute-data"}, headers=headers)
                assert status in (401, 403)
            assert it.mock.faults == [] and list(it.mock.journal) == []

    play(main)


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "secret",
        "Bearer",
        "Bearer secre",
        "Bearer secret2",
        "Basic secret",
        "Bearer \udce9",
    ],
)
def test_without_the_right_token_nobody_is_let_in(given: str | None) -> None:
    headers = {} if given is None else {"authorization": given}
    guard = Guard("0.0.0.0", "secret")
    with pytest.raises(Problem) as refused:
        guard.check({"host": "mock:8081", **headers})
    assert refused.value.status == 401
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}


def test_with_the_token_other_machines_are_let_in_but_no_browsers() -> None:
    guard = Guard("0.0.0.0", "secret")
    right = {"host": "mock:8081", "authorization": "bearer secret"}
    guard.check(right)
    for more in ({"origin": "http://mock:8081"}, {"user-agent": "Mozilla/5.0"}):
        with pytest.raises(Problem) as refused:
            guard.check({**right, **more})
        assert refused.value.status == 403


def test_over_sockets_the_token_is_asked_for() -> None:
    assert [status for status, _ in asked({}, control_token="secret")] == [401, 401]
    right = {"Authorization": "Bearer secret"}
    assert [status for status, _ in asked(right, control_token="secret")] == [200, 200]


def test_where_other_machines_come_in_there_is_no_api_without_a_token() -> None:
    async def main() -> None:
        async with MockExchange("demo", host="0.0.0.0") as mock:
            assert not mock.controlled
            with pytest.raises(RuntimeError, match="control API"):
                _ = mock.control_url
            async with aiohttp.ClientSession() as http, http.get(mock.rest_url + WELL) as answer:
                assert answer.status == 404
            # it is the exchange's own path, as any other
            assert [entry.kind for entry in mock.journal][:1] == ["request"]
        async with MockExchange("demo", host="0.0.0.0", control_token="secret") as mock:
            headers = {"Authorization": "Bearer secret", "Host": "mock:1"}
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"{mock.control_url}/health", headers=headers) as answer,
            ):
                assert answer.status == 200

    play(main)


def test_it_can_be_switched_off() -> None:
    async def main() -> None:
        async with MockExchange("demo", control=False) as mock:
            async with aiohttp.ClientSession() as http, http.get(mock.rest_url + WELL) as answer:
                assert answer.status == 404
            assert [entry.kind for entry in mock.journal][:1] == ["request"]

    play(main)


def test_a_path_beside_the_prefix_is_the_exchanges() -> None:
    async def main() -> None:
        async with MockExchange("demo") as mock, aiohttp.ClientSession() as http:
            async with http.get(f"{mock.rest_url}{PREFIX}ery") as answer:
                assert answer.status == 404
            assert [entry.kind for entry in mock.journal][:1] == ["request"]

    play(main)


def test_a_token_must_be_one() -> None:
    with pytest.raises(ValueError, match="token is empty"):
        MockExchange("demo", control_token="")
    with pytest.raises(ValueError, match="other machines"):
        Guard("192.0.2.1", None)


def test_what_is_loopback() -> None:
    assert all(map(is_loopback, ("127.0.0.1", "::1", "[::1]", "localhost", "127.8.8.8")))
    assert not any(map(is_loopback, ("0.0.0.0", "::", "", "example", "localhost.example")))


def test_the_control_port_serves_nothing_else() -> None:
    async def main() -> None:
        async with api() as it:
            base = it.mock.control_url.removesuffix(PREFIX)
            async with it.one.http.get(base + "/api/v1/time") as answer:
                assert answer.status == 404
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await it.one.http.ws_connect(base)
            await asyncio.sleep(0)
            assert list(it.mock.journal) == []

    play(main)
