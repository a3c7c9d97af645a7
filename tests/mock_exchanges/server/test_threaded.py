"""The mock exchange for programs without a loop."""

from __future__ import annotations

import socket
import threading
import urllib.request

import pytest

from mock_exchanges.core.actions import Close
from mock_exchanges.faults import HttpStatus
from mock_exchanges.server.threaded import running
from mock_exchanges.server.waiting import NotInTime
from tests.mock_exchanges.server.toy import ToyExchange


def test_serves_blocking_programs() -> None:
    with running(ToyExchange, epoch_ms=1_700_000_000_000) as mock:
        with urllib.request.urlopen(f"{mock.rest_url}/echo") as answer:
            assert answer.status == 200
        assert mock.until("request", within_s=5).text == "GET /echo"
        with pytest.raises(NotInTime):
            mock.until("connect", within_s=0.01)
        fault = HttpStatus(status=204)
        mock.add_fault(fault)
        with urllib.request.urlopen(f"{mock.rest_url}/echo") as answer:
            assert answer.status == 204
        mock.remove_fault(fault)
        assert mock.end_connections(Close()) == 0
        kinds = [entry.kind for entry in mock.journal() if entry.kind != "fault"]
        assert kinds == ["request", "response"] * 2
        assert mock.now_ms() >= 1_700_000_000_000
        assert mock.tls_rest_url is None
    assert "mock-exchange" not in [thread.name for thread in threading.enumerate()]


def test_passes_on_what_keeps_it_from_starting() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(OSError, match="address already in use"),
            running(ToyExchange, port=taken.getsockname()[1]),
        ):
            pytest.fail("it must not start")
