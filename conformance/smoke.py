"""The smoke check: do the suite and the mock work on this machine, before any adapter is judged?

A right session is held with the exchange, by the suite's own hands: in memory, and over
sockets with TLS as an adapter would. What fails here is no adapter's fault.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import Iterable

import aiohttp

from conformance import clock
from conformance.patience import Hanging, patience
from conformance.setting import Setting, Trust
from conformance.verdict import Result, Severity, Verdict
from conformance.world import World
from mock_exchanges.core.samples import Samples

ID = "SMOKE"
_TITLE = "The suite and the mock work on this machine"
# virtual seconds within which a traded pair's candle is pushed, with room
_WITHIN_S = 600
_REAL_S = 10.0
# each step, what it needs, and what usually stands in its way
_STEPS = {
    "start": (
        "the mock exchange starts on loopback",
        "is listening on 127.0.0.1 allowed here? sandboxes and some firewalls refuse it",
    ),
    "time": (
        "virtual time passes",
        "does something else (freezegun, a plugin) replace the clocks of this process?",
    ),
    "memory": ("a right session in memory gives candles", "the mock of this exchange is broken"),
    "sockets": (
        "a right session over sockets and TLS gives candles",
        "does something else replace sockets or TLS in this process (pytest-socket, a proxy)?",
    ),
}


class _Wrong(Exception):
    """What did not come about."""


def smoke(setting: Setting, trust: Trust) -> Result | None:
    """Return a harness error if suite and mock do not work here, else None.

    The adapter is not made. Takes some hundredths of a real second.
    """
    reached = ["start"]

    async def session() -> None:
        async with World(setting, trust) as world:
            reached.append("time")
            await _time(world)
            reached.append("memory")
            _in_memory(world)
            reached.append("sockets")
            await _over_sockets(world)

    try:
        with patience(min(_REAL_S, setting.patience_s)):
            clock.run(session, epoch_ms=setting.epoch_ms)
    except (Exception, Hanging) as error:
        return _fault(setting, reached[-1], error)
    return None


def _fault(setting: Setting, step: str, error: BaseException) -> Result:
    what, likely = _STEPS[step]
    if isinstance(error, _Wrong):
        said, trail = str(error), ""
    else:
        said = f"{type(error).__name__}: {error}".removesuffix(": ")
        trail = "".join(traceback.format_exception(error))
    if isinstance(error, Hanging):
        said = f"no end after {min(_REAL_S, setting.patience_s):g} real seconds"
    return Result(
        ID, Verdict.HARNESS_ERROR, Severity.MUST, _TITLE, setting.adapter, setting.exchange,
        setting.seed, judged=setting.judged,
        headline=f"the suite does not work here, so no check was run: {said}",
        expected=what, got=trail, likely=likely,
    )  # fmt: skip


async def _time(world: World) -> None:
    """Let an hour of virtual time pass, and look at both clocks."""
    before_ms, wall_s = world.now_ms(), time.time()
    await asyncio.sleep(3600)
    passed = ((world.now_ms() - before_ms) / 1000, time.time() - wall_s)
    if any(abs(seconds - 3600) > 1 for seconds in passed):
        raise _Wrong(
            f"after an hour the exchange's clock had moved by {passed[0]:.0f} s and time.time() "
            f"by {passed[1]:.0f} s, expected 3600 s"
        )


def _in_memory(world: World) -> None:
    samples = world.samples
    probe = world.probe()
    if probe.refused is not None:
        raise _Wrong(f"the exchange refused a right handshake with HTTP {probe.refused.status}")
    for text in (*samples.opening(), _request(samples)):
        probe.send(text)
    if not probe.wait(lambda texts: _has_candle(samples, texts), _WITHIN_S * 1000):
        raise _Wrong(_nothing(len(probe.texts), probe.closed is not None))


async def _over_sockets(world: World) -> None:
    """Speak to the exchange under its production name, as adapters do."""
    samples = world.samples
    now_ms = world.now_ms()
    path, query = samples.handshake(now_ms)
    host, ports = next(iter(samples.ws_hosts.items()))
    url = f"wss://{host}:{ports[0]}{path}" + (f"?{query}" if query else "")
    received, closed = 0, False
    with contextlib.suppress(TimeoutError):
        async with (
            asyncio.timeout(_WITHIN_S),
            aiohttp.ClientSession() as client,
            client.ws_connect(url) as socket,
        ):
            for text in (*samples.login(now_ms), *samples.opening(), _request(samples)):
                await socket.send_str(text)
            async for message in socket:
                received += 1
                if message.type is aiohttp.WSMsgType.TEXT and _has_candle(samples, [message.data]):
                    return
            closed = True
    raise _Wrong(_nothing(received, closed))


def _request(samples: Samples) -> str:
    return samples.subscription(samples.pairs[0], samples.usual)


def _has_candle(samples: Samples, texts: Iterable[str]) -> bool:
    return any(samples.about(text) == (samples.pairs[0], samples.usual) for text in texts)


def _nothing(received: int, closed: bool) -> str:
    end = " and the exchange hung up" if closed else f" within {_WITHIN_S} virtual seconds"
    return f"no candle came to a right request ({received} other messages){end}"
