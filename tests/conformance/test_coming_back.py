"""What the checks of coming back stand on: lost names, held things, clocks; and a long run."""

from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest

from conformance import clock
from conformance.checks import lasting
from conformance.checks.outage import _told_of_the_end
from conformance.driver.network_client import NetworkClient
from conformance.loading import FEED, load
from conformance.network import Network
from conformance.registry import get
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.verdict import Verdict
from conformance.watched import Note
from mock_exchanges.faults import ClockSkew
from mock_exchanges.server.mock import MockExchange


def test_a_thousand_reconnects_leave_nothing(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lasting, "MANY", 1000)
    feed = load("tests.gallery.feeds.good:DemoFeed", wanted=FEED)
    result = Suite(Setting(feed, "demo", patience_s=120), trust).run(get("RECON-10"))
    assert (result.verdict, result.headline) == (Verdict.PASS, "")
    assert result.witnessed == ("1000 reconnects",)


def test_a_lost_name_is_not_looked_up_until_it_is_found_again() -> None:
    network = Network()
    network.route(["api.binance.com"], ("127.0.0.1", 1), None)
    with network.active():
        network.lose(["API.binance.com"])
        with pytest.raises(socket.gaierror, match="Temporary failure") as failed:
            socket.getaddrinfo("api.binance.com", 443)
        assert failed.value.errno == socket.EAI_AGAIN
        network.find_again()
        assert socket.getaddrinfo("api.binance.com", 443)


def test_what_is_held_is_counted_and_named() -> None:
    async def main() -> None:
        before = lasting.Held.now()
        assert lasting.Held.now().more_than(before) == ""
        beside = asyncio.create_task(_beside())
        assert lasting.Held.now().more_than(before) == "1 more task (_beside)"
        assert lasting.Held.now().more_than(before, 1) == ""
        beside.cancel()
        over = threading.Event()
        reader = threading.Thread(target=over.wait, name="reader")
        reader.start()
        assert "1 more thread (reader)" in lasting.Held.now().more_than(before)
        over.set()
        reader.join()
        pair = socket.socketpair()
        assert "2 more open sockets" in lasting.Held.now().more_than(before)
        for each in pair:
            each.close()
        await asyncio.to_thread(int)  # its worker stays, idle
        assert lasting.Held.now().threads == before.threads

    clock.run(main)


async def _beside() -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("notes", "told"),
    [
        ([], False),
        ([Note(5, "gave up after 10 attempts")], False),  # before it
        ([Note(20, "gave up after 10 attempts")], True),
        ([Note(20, "connection: refused"), Note(21, "offline")], True),
        ([Note(20, "gave up on this one"), Note(21, "reconnects in 32.0 s")], False),
        ([Note(20, "connection: refused")], False),
        ([Note(20, "OSError: refused", True), Note(21, "reconnects in 1 s")], True),
    ],
)
def test_who_gave_up_has_told_so(notes: list[Note], told: bool) -> None:
    class Told:
        def __init__(self) -> None:
            self.notes = notes

    assert _told_of_the_end(Told(), 10) is told  # type: ignore[arg-type]


@pytest.mark.parametrize("skew_s", [150, -150])
def test_the_host_learns_the_exchanges_clock_from_its_answers(skew_s: float) -> None:
    async def main() -> int:
        async with MockExchange("demo", port=0) as mock:
            client = NetworkClient(lambda host: mock.plain_address)
            mock.add_fault(ClockSkew(skew_s=skew_s))
            await client.get_rest_data("http://api.demo-exchange.example/api/v1/time")
            learnt = client.ahead_ms
            client.heard_of(mock.now_ms() + round(1000 * skew_s))
            assert client.ahead_ms == round(1000 * skew_s)
            await client.close()
            return learnt

    assert 1000 * skew_s - 1000 <= clock.run(main) <= 1000 * skew_s


def test_clocks_that_differ_by_a_second_are_left_alone() -> None:
    client = NetworkClient(lambda host: None)
    client.heard_of(clock_ms() + 1500)
    assert client.ahead_ms == 0
    client.heard_of(clock_ms() + 9000)
    assert 8900 <= client.ahead_ms <= 9000


def clock_ms() -> int:
    return round(time.time() * 1000)
