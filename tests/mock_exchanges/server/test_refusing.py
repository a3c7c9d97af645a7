"""A connection that is ended as it is made leaves nothing behind, not even in the log."""

from __future__ import annotations

import asyncio
import gc
import ssl

import aiohttp
import pytest

from mock_exchanges.core.actions import Drop
from mock_exchanges.faults import Refuse
from mock_exchanges.server.mock import MockExchange
from tests.mock_exchanges.faults.bench import play


class Hangup(Refuse):
    """Ends the stream in place of a reset."""

    def spoil_arrival(self) -> Drop:
        return Drop("eof")


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("fault", [Refuse(), Hangup()], ids=["reset", "eof"])
def test_a_refused_connection_logs_nothing_and_is_never_heard(
    fault: Refuse, tls: bool, caplog: pytest.LogCaptureFixture
) -> None:
    complaints: list[object] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        async with MockExchange("demo", port=None if tls else 0, tls_port=0 if tls else None) as m:
            m.add_fault(fault)
            async with aiohttp.ClientSession() as http:
                for _ in range(10):
                    with pytest.raises(aiohttp.ClientError):
                        await http.get(f"{m.tls_rest_url if tls else m.rest_url}/x", ssl=False)
            address = m.tls_address if tls else m.plain_address
            assert address is not None
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            for _ in range(10):
                # with a request on its way before the connection is looked at
                try:
                    reader, writer = await asyncio.open_connection(
                        *address, ssl=context if tls else None
                    )
                    writer.write(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
                    assert await reader.read() == b""
                    writer.close()
                except ConnectionError:
                    pass
            await asyncio.sleep(1)
            assert len(m.seen("refuse", containing="connection")) >= 20
            assert not m.seen("request")
        gc.collect()
        await asyncio.sleep(0)

    play(main)
    gc.collect()
    assert complaints == []
    assert [record.getMessage() for record in caplog.records] == []
