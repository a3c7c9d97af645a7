"""The adapter under judgement: every way to write its methods is called alike."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, ClassVar, NamedTuple

import pytest

from conformance import clock
from conformance.network import Network
from conformance.subject import AdapterRaised, NoWebSocket, Subject

CLIENT = object()
INTERVALS = {"1m": 60}
CANDLE = {"timestamp": 1672515780, "open": 1, "high": 2, "low": 0, "close": 1, "volume": 3}


def ask(adapter: Any, question: Callable[[Subject], Any]) -> Any:
    """Put a question to an adapter in a virtual run."""
    network = Network()

    async def main() -> Any:
        return await question(Subject(adapter, network, CLIENT))

    with network.active():
        return clock.run(main)


class PlainMethod:
    def get_ws_url(self) -> Any:
        return "wss://x"


class Static:
    @staticmethod
    def get_ws_url() -> Any:
        return "wss://x"


class ByClass:
    @classmethod
    def get_ws_url(cls) -> Any:
        return "wss://x"


class Async:
    async def get_ws_url(self) -> Any:
        await asyncio.sleep(5)
        return "wss://x"


class GivesAwaitable:
    def get_ws_url(self) -> Any:
        return asyncio.ensure_future(Async().get_ws_url())


class Attribute:
    def __init__(self) -> None:
        self.get_ws_url = lambda: "wss://x"


class Dynamic:
    def __getattr__(self, name: str) -> Any:
        if name == "get_ws_url":
            return lambda: "wss://x"
        raise AttributeError(name)


@pytest.mark.parametrize(
    "adapter", [PlainMethod, Static, ByClass, Async, GivesAwaitable, Attribute, Dynamic]
)
def test_a_method_of_any_kind_is_called(adapter: type) -> None:
    assert ask(adapter(), lambda s: s.ws_url()) == "wss://x"


class Missing: ...


class NotImplementedMethod:
    def get_ws_supported_intervals(self, *_: Any) -> list[str]:
        raise NotImplementedError

    get_ws_url = parse_ws_message = get_ws_subscription_payload = get_ws_supported_intervals


class NotImplementedAsync:
    async def get_ws_supported_intervals(self) -> list[str]:
        raise NotImplementedError("REST only")


class EmptyList:
    def get_ws_supported_intervals(self) -> Any:
        return []


class EmptyTuple:
    def get_ws_supported_intervals(self) -> Any:
        return ()


class NoneAtAll:
    def get_ws_supported_intervals(self) -> Any:
        return None


class SetToNone:
    get_ws_supported_intervals = None


@pytest.mark.parametrize(
    "adapter",
    [Missing, NotImplementedMethod, NotImplementedAsync, EmptyList, EmptyTuple, NoneAtAll,
     SetToNone],
)  # fmt: skip
def test_each_way_to_have_no_websocket(adapter: type) -> None:
    with pytest.raises(NoWebSocket, match="REST only"):
        ask(adapter(), lambda s: s.streamed())


@pytest.mark.parametrize(
    "question",
    [lambda s: s.ws_url(), lambda s: s.payloads("A-B", "1m"), lambda s: s.parse({})],
)
@pytest.mark.parametrize("adapter", [Missing, NotImplementedMethod])
def test_any_of_the_four_methods_may_say_it(adapter: type, question: Any) -> None:
    with pytest.raises(NoWebSocket):
        ask(adapter(), question)


@pytest.mark.parametrize(
    "claimed",
    [["1m", "5m"], ("1m", "5m"), {"1m": 60, "5m": 300}, {"1m": 60, "5m": 300}.keys(),
     iter(["1m", "5m"])],
)  # fmt: skip
def test_streamed_intervals_in_any_collection(claimed: Any) -> None:
    adapter = SimpleNamespace(get_ws_supported_intervals=lambda: claimed)
    assert ask(adapter, lambda s: s.streamed()) == ["1m", "5m"]


ONE = {"op": "subscribe"}
REQUEST = SimpleNamespace(payload=ONE)


@pytest.mark.parametrize(
    ("made", "payloads"),
    [
        (ONE, [ONE]),
        ("sub", ["sub"]),
        ([ONE, ONE], [ONE, ONE]),
        ((ONE, "sub"), [ONE, "sub"]),
        (REQUEST, [REQUEST]),
        ([REQUEST], [REQUEST]),
        (None, []),
        ([], []),
        ([1, "sub"], [[1, "sub"]]),  # a request that is a JSON array
    ],
)
def test_payloads_one_several_or_none(made: Any, payloads: list[Any]) -> None:
    adapter = SimpleNamespace(get_ws_subscription_payload=lambda *_: made)
    assert ask(adapter, lambda s: s.payloads("A-B", "1m")) == payloads


class Row(NamedTuple):
    timestamp: int
    open: float
    high: float
    low: float
    close: float
    volume: float


ROW = Row(**CANDLE)
OBJECT = SimpleNamespace(**CANDLE)
REPLY = SimpleNamespace(payload={"op": "pong"})


def generated() -> Iterator[Any]:
    yield CANDLE
    yield CANDLE


@pytest.mark.parametrize(
    ("raw", "candles", "reply"),
    [
        (lambda: None, 0, None),
        (list, 0, None),
        (lambda: [CANDLE], 1, None),
        (lambda: (OBJECT, OBJECT), 2, None),
        (lambda: [ROW], 1, None),
        (generated, 2, None),
        (lambda: map(dict, [CANDLE]), 1, None),
        (lambda: CANDLE, 1, None),
        (lambda: OBJECT, 1, None),
        (lambda: REPLY, 0, REPLY),
        (lambda: [REPLY], 0, REPLY),
        (lambda: [CANDLE, REPLY], 1, REPLY),
    ],
)
def test_what_a_parser_may_give(raw: Callable[[], Any], candles: int, reply: Any) -> None:
    adapter = SimpleNamespace(parse_ws_message=lambda data: raw())
    parsed = ask(adapter, lambda s: s.parse({}))
    assert len(parsed.readings()) == candles
    assert parsed.reply is reply


def late() -> Iterator[Any]:
    yield CANDLE
    raise KeyError("k")


def test_a_generator_that_raises_late_is_the_adapters() -> None:
    adapter = SimpleNamespace(parse_ws_message=lambda data: late())
    with pytest.raises(AdapterRaised, match="parse_ws_message raised KeyError: 'k'"):
        ask(adapter, lambda s: s.parse({}))


class Fetches:
    """Keeps what it was given."""

    given: ClassVar[dict[str, Any]] = {}

    def keep(self, **given: Any) -> list[Any]:
        type(self).given = given
        return [CANDLE]


class AsyncAll(Fetches):
    async def fetch_rest_candles(
        self, pair: str, interval: str, start_time: Any = None, limit: int = 9,
        network_client: Any = None,
    ) -> Any:  # fmt: skip
        return self.keep(start_time=start_time, limit=limit, network_client=network_client)


class AsyncFew(Fetches):
    async def fetch_rest_candles(self, pair: str, interval: str, start_time: Any = None) -> Any:
        return self.keep(start_time=start_time)


class AsyncAny(Fetches):
    async def fetch_rest_candles(self, pair: str, interval: str, **rest: Any) -> Any:
        return self.keep(**rest)


class Sync(Fetches):
    def fetch_rest_candles_synchronous(
        self, pair: str, interval: str, start_time: Any = None, limit: int = 9
    ) -> Any:
        assert threading.current_thread() is not threading.main_thread()
        return self.keep(start_time=start_time, limit=limit)


class Gives(Fetches):
    async def fetch_rest_candles(self, pair: str, interval: str, limit: int = 9) -> Any:
        self.keep(limit=limit)
        return iter((CANDLE,))


@pytest.mark.parametrize(
    ("adapter", "given"),
    [
        (AsyncAll, {"start_time": 60, "limit": 5, "network_client": CLIENT}),
        (AsyncFew, {"start_time": 60}),
        (AsyncAny, {"start_time": 60, "limit": 5, "network_client": CLIENT}),
        (Sync, {"start_time": 60, "limit": 5}),
        (Gives, {"limit": 5}),
    ],
)
def test_a_fetch_gets_what_it_asks_for(adapter: type[Fetches], given: dict[str, Any]) -> None:
    assert ask(adapter(), lambda s: s.fetch("A-B", "1m", 60, 5)) == [CANDLE]
    assert adapter.given == given


@pytest.mark.parametrize("rows", [None, "[]", b"[]", 3])
def test_a_fetch_that_gives_no_list_is_the_adapters(rows: Any) -> None:
    class Wrong:
        async def fetch_rest_candles(self, pair: str, interval: str) -> Any:
            return rows

    with pytest.raises(AdapterRaised, match=r"it returned .*, expected a list of candles"):
        ask(Wrong(), lambda s: s.fetch("A-B", "1m"))


BROKEN = """
class Broken:
    def get_trading_pair_format(self, pair):
        return self.inner(pair)

    def inner(self, pair):
        raise ValueError("no dash")
"""


def test_an_exception_is_told_with_method_and_place() -> None:
    made: dict[str, Any] = {}
    exec(compile(BROKEN, "/somewhere/mine.py", "exec"), made)
    with pytest.raises(AdapterRaised) as raised:
        ask(made["Broken"](), lambda s: s.symbol("A"))
    assert str(raised.value) == "get_trading_pair_format raised ValueError: no dash"
    lines = [line.partition(": ")[0] for line in raised.value.trail.splitlines()]
    assert lines == [
        "/somewhere/mine.py:4 in get_trading_pair_format",
        "/somewhere/mine.py:7 in inner",
    ]


def test_a_call_that_never_comes_back_ends_after_virtual_time() -> None:
    class Never:
        async def get_supported_intervals(self) -> Any:
            await asyncio.Event().wait()

    with pytest.raises(AdapterRaised, match="no result after 900 virtual seconds"):
        ask(Never(), lambda s: s.intervals())


def test_a_time_out_of_the_adapters_own_stays_its_own() -> None:
    class Own:
        async def get_supported_intervals(self) -> Any:
            async with asyncio.timeout(3):
                await asyncio.sleep(9)

    with pytest.raises(AdapterRaised, match=r"raised TimeoutError$"):
        ask(Own(), lambda s: s.intervals())


@pytest.mark.parametrize(
    ("methods", "missing"),
    [
        ((), ["get_trading_pair_format", "get_supported_intervals",
              "fetch_rest_candles or fetch_rest_candles_synchronous"]),
        (("get_trading_pair_format", "get_supported_intervals", "fetch_rest_candles"), []),
        (("get_trading_pair_format", "get_supported_intervals", "fetch_rest_candles",
          "get_ws_url"),
         ["get_ws_subscription_payload", "parse_ws_message", "get_ws_supported_intervals"]),
    ],
)  # fmt: skip
def test_missing(methods: tuple[str, ...], missing: list[str]) -> None:
    adapter = SimpleNamespace(**{name: lambda: None for name in methods})
    assert Subject(adapter, Network(), CLIENT).missing() == missing


@pytest.mark.parametrize(
    ("value", "gives"),
    [(18, 18), (lambda: {"op": "ping"}, {"op": "ping"}), (None, None)],
)
def test_optional_attributes_and_methods(value: Any, gives: Any) -> None:
    subject = Subject(SimpleNamespace(thing=value), Network(), CLIENT)
    assert subject.optional("thing") == gives
    assert subject.optional("another") is None
