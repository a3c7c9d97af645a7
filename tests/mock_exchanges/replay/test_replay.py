"""Replays: the client gets the same frames at the same offsets, and is told where it deviates."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mock_exchanges.core.actions import Drop, Send, Text
from mock_exchanges.core.engine import Connection, Engine
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Entry, Journal, Kind
from mock_exchanges.core.market import Market
from mock_exchanges.faults import CloseCode, CloseNoFrame, Fault, HttpStatus, Reset
from mock_exchanges.registry import names
from mock_exchanges.replay import BadRecording, Recorder, Replay, as_line, read
from mock_exchanges.server.mock import MockExchange
from tests.mock_exchanges.faults.bench import EPOCH_MS, Client, play

Seen = list[tuple[int, str, Any, Any]]
_WIRE = ("connect", "refuse", "in", "out", "ping", "pong", "pinged", "close", "drop", "request",
         "response")  # fmt: skip


async def session(one: Client) -> Seen:
    """Be a client for a while: REST, a refused handshake, two connections that end."""
    seen: Seen = []
    clock = asyncio.get_running_loop()
    began = clock.time()

    def saw(kind: str, data: Any = None, extra: Any = None) -> None:
        seen.append((round((clock.time() - began) * 1000), kind, data, extra))

    async with one.http.get(f"{one.mock.rest_url}/no/such/path?a=1") as answer:
        saw("rest", answer.status, await answer.text())
    for _ in range(3):
        try:
            ws = await one.connect(autoping=False)
        except aiohttp.WSServerHandshakeError as error:
            saw("refused", error.status)
            continue
        await asyncio.sleep(0.25)
        await ws.ping(b"so")
        for text in (
            *one.samples.login(one.mock.now_ms()),
            one.samples.subscription(one.pair, one.interval),
            *one.samples.opening(),
        ):
            await ws.send_str(text)
        while True:
            message = await ws.receive()
            saw(message.type.name, message.data, message.extra)
            if message.type is aiohttp.WSMsgType.PING:
                await ws.pong(message.data)
            elif message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PONG):
                break
        await ws.close()
    return seen


async def played(mock: MockExchange, *faults: Fault) -> Seen:
    async with mock, aiohttp.ClientSession() as http:
        for fault in faults:
            mock.add_fault(fault)
        return await session(Client(mock, http))


def wire(entries: Any) -> list[Entry]:
    return [entry for entry in entries if entry.kind in _WIRE]


@pytest.mark.parametrize("exchange", names())
@pytest.mark.parametrize("end", [CloseCode(code=4004, reason="so it is"), CloseNoFrame()])
def test_a_recorded_session_is_the_same_again_and_again(
    exchange: str, end: Any, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"

    async def record() -> Seen:
        mock = MockExchange(exchange)
        with Recorder(mock.journal, first):
            return await played(
                mock,
                HttpStatus(status=418, body='{"no":1}', of="handshake", times=1, after=1),
                end.model_copy(update={"after": 5}),
            )

    seen = play(record)
    kinds = [kind for _, kind, _, _ in seen]
    assert kinds.count("TEXT") >= 10
    assert "PONG" in kinds
    assert ("refused", 418) in [each[1:3] for each in seen]
    if isinstance(end, CloseCode):
        assert [each[2:] for each in seen if each[1] == "CLOSE"] == [(4004, "so it is")] * 2

    async def replay() -> tuple[Seen, list[Entry]]:
        mock = MockExchange(Replay.factory(first, exchange))
        with Recorder(mock.journal, second):
            return await played(mock), list(mock.journal)

    again, journal = play(replay)
    assert again == seen
    assert wire(journal) == wire(read(first))
    misses = [entry.text for entry in journal if entry.kind == "near-miss"]
    assert [each for each in misses if "recording" in each] == []

    async def replay_the_replay() -> Seen:
        return await played(MockExchange(Replay.factory(second, exchange)))

    assert play(replay_the_replay) == seen


# -- in memory, with journals written by hand


def entries(*lines: tuple[float, Kind, int, str]) -> list[Entry]:
    return [
        Entry(EPOCH_MS + round(at_s * 1000), kind, number, text)
        for at_s, kind, number, text in lines
    ]


class Desk:
    """A client of a replay in memory."""

    def __init__(self, recorded: list[Entry]) -> None:
        replay = Replay.factory(recorded, "demo")(Market(1), Journal())
        self.engine = Engine(replay)
        self.got: list[tuple[float, object]] = []

    def at(self, at_s: float) -> int:
        """Let everything happen until a time, seconds from the start; return it."""
        now_ms = EPOCH_MS + round(at_s * 1000)
        for _, actions in self.engine.advance(now_ms):
            self.got += [(-1, action) for action in actions]
        return now_ms

    def open(self, at_s: float, target: str = "/ws") -> Connection:
        path, _, query = target.partition("?")
        made = self.engine.connect(Request("GET", path, query), self.at(at_s))
        assert isinstance(made, tuple), made
        return made[0]

    def say(self, connection: Connection, at_s: float, text: str) -> None:
        self.engine.receive(connection, Text(text), self.at(at_s))

    def said(self) -> list[tuple[float, str]]:
        """Return what was sent, with seconds from the start."""
        return [
            ((entry.at_ms - EPOCH_MS) / 1000, entry.text)
            for entry in self.engine.journal.of("out", "close", "drop", "ping", "pong")
        ]

    def misses(self) -> list[str]:
        return [entry.text for entry in self.engine.journal.of("near-miss")]


STREAM = entries(
    (0, "connect", 1, "/ws"),
    (0, "out", 1, "welcome"),
    (1, "in", 1, "subscribe 1"),
    (1, "out", 1, "confirmed 1"),
    (2, "out", 1, "tick 2.0"),
    (3, "out", 1, "tick 3.0"),
    (3, "in", 1, "subscribe 2"),
    (3.5, "out", 1, "confirmed 2"),
    (4, "out", 1, "tick 4.0"),
    (4, "ping", 1, "p"),
    (5, "close", 1, "4001 over"),
)


def test_a_slower_client_gets_answers_after_its_questions() -> None:
    desk = Desk(STREAM)
    connection = desk.open(0)
    desk.say(connection, 2.5, "subscribe 1")
    desk.say(connection, 9, "subscribe 2")
    desk.at(20)
    # The stream moves with its subscription, the ping stays, the late answer comes late.
    assert desk.said() == [
        (0, "welcome"), (2.5, "confirmed 1"), (3.5, "tick 2.0"), (4, "p"), (4.5, "tick 3.0"),
        (5.5, "tick 4.0"), (6.5, "4001 over"),
    ]  # fmt: skip
    assert desk.misses() == []


def test_who_says_less_gets_the_stream_all_the_same() -> None:
    desk = Desk(STREAM)
    desk.say(desk.open(0), 1, "subscribe 1")
    desk.at(20)
    assert [text for _, text in desk.said()] == [
        "welcome", "confirmed 1", "tick 2.0", "tick 3.0", "tick 4.0", "p", "4001 over",
    ]  # fmt: skip


def test_who_says_other_things_is_answered_and_told() -> None:
    desk = Desk(STREAM)
    connection = desk.open(0, "/ws?id=2")
    for text in ("subscribe 7", "subscribe 2", "one more"):
        desk.say(connection, 1, text)
    desk.at(20)
    assert [text for _, text in desk.said()].count("confirmed 1") == 1
    assert desk.said()[-1][1] == "4001 over"
    assert desk.misses() == [
        "handshake 1 asks for /ws?id=2, the recording has /ws",
        "message 1 is subscribe 7, the recording has subscribe 1",
        "message 3 is one more, the recording has only 2",
    ]


def test_one_handshake_too_many_is_refused_and_told() -> None:
    desk = Desk(STREAM)
    desk.open(0)
    made = desk.engine.connect(Request("GET", "/ws"), desk.at(1))
    assert isinstance(made, Response)
    assert made.status == 503
    assert desk.misses() == ["handshake 2 is not in the recording, which has 1"]


def test_rest_by_request_in_recorded_order() -> None:
    recorded = entries(
        (0, "request", 0, "GET /candles?start=1"), (0, "response", 0, '200 ["a"]'),
        (1, "request", 0, "GET /candles?start=1"), (1, "response", 0, "503 "),
        (2, "request", 0, "GET /candles?start=2"), (2, "drop", 0, "reset: /candles?start=2"),
    )  # fmt: skip
    desk = Desk(recorded)

    def ask(path: str, query: str) -> Drop | tuple[int, bytes]:
        answer = desk.engine.request(Request("GET", path, query), EPOCH_MS)
        return answer if isinstance(answer, Drop) else (answer.status, answer.body)

    assert ask("/candles", "start=2") == Drop("reset")
    assert [ask("/candles", "start=1") for _ in range(3)] == [
        (200, b'["a"]'),
        (503, b""),
        (503, b""),
    ]
    assert desk.misses() == []
    assert ask("/candles", "start=3") == Drop("reset")
    unknown = ask("/elsewhere", "")
    assert isinstance(unknown, tuple)
    assert unknown[0] == 404
    assert desk.misses() == [
        "GET /candles?start=3 is not in the recording; the nearest is GET /candles?start=2",
        "GET /elsewhere is not in the recording; nothing in it is near",
    ]


def test_handshakes_without_an_answer_end_as_they_did() -> None:
    desk = Desk(entries((0, "refuse", 0, "/ws: reset, no answer"), (1, "connect", 1, "/ws")))
    assert desk.engine.connect(Request("GET", "/ws"), EPOCH_MS) == Drop("reset")
    assert desk.open(1).number == 1


def test_what_no_journal_holds_is_told() -> None:
    recorded = entries(
        (0, "refuse", 0, "TLS handshake: alert"),
        (0, "connect", 1, "/ws"),
        (1, "bytes", 1, "7 bytes"),
    )
    desk = Desk(recorded)
    desk.open(0)
    assert desk.misses() == [
        "cannot be replayed: a refused TLS handshake: alert, before any handshake",
        "cannot be replayed: 7 bytes that were no whole message",
    ]


def test_candles_know_their_stream_so_that_faults_find_them() -> None:
    samples = Replay.factory(STREAM, "demo")(Market(1), Journal()).samples
    text = samples.candle_frames("BTC-USDT", samples.usual, EPOCH_MS)[0].text
    desk = Desk(entries((0, "connect", 1, "/ws"), (1, "out", 1, text)))
    desk.open(0)
    desk.at(2)
    ((_, sent),) = desk.got
    assert isinstance(sent, Send)
    assert sent.topic == samples.topic("BTC-USDT", samples.usual)


# -- files


def lines(recorded: list[Entry]) -> list[str]:
    return [as_line(entry) for entry in recorded]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"at_ms":1,"kind":"ou', 'line 3: \'{"at_ms":1,"kind":"ou\' is no JSON'),
        ("[1]\n", "line 3: [1] is no object"),
        ('{"at_ms":1,"kind":"outt","connection":1,"text":""}\n', "did you mean 'out'?"),
        ('{"at_ms":"1","kind":"out","connection":1,"text":""}\n', "line 3: at_ms is '1', expected"),
        ('{"at_ms":1,"kind":"out","conection":1,"text":""}\n', "did you mean it by 'conection'?"),
        ('{"at_ms":1,"kind":"out","connection":-1,"text":""}\n', "connection is -1, expected 0"),
        (as_line(Entry(EPOCH_MS, "out", 5, "x")), "line 3: connection is 5, which has not opened"),
    ],
)
def test_a_damaged_file_is_refused_by_line(line: str, told: str, tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text("".join([*lines(STREAM[:2]), line]))
    with pytest.raises(BadRecording) as caught:
        Replay.factory(file)
    assert told in str(caught.value)
    assert ("remove it" in str(caught.value)) == (not line.endswith("\n"))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text("\n")
    with pytest.raises(BadRecording, match="is empty"):
        read(file)


def test_of_several_runs_one_is_chosen(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    file.write_text("".join(lines(STREAM) + lines(STREAM[:3])))
    with pytest.raises(BadRecording, match="holds 2 runs, from lines 1, 12, expected one"):
        read(file)
    assert read(file, run=1) == STREAM
    assert read(file, run=2) == STREAM[:3]
    with pytest.raises(BadRecording, match="run is 3, expected 1 to 2"):
        read(file, run=3)


def test_an_entry_that_says_nonsense_is_refused() -> None:
    recorded = entries((0, "connect", 1, "/ws"), (1, "close", 1, "soon"))
    with pytest.raises(BadRecording, match="close is 'soon', expected a code"):
        Replay.factory(recorded, "demo")(Market(1), Journal())


def test_a_replay_can_go_wrong_further() -> None:
    async def record() -> list[Entry]:
        mock = MockExchange("demo")
        await played(mock, CloseCode(after=9))
        return list(mock.journal)

    recorded = play(record)

    async def replay() -> Seen:
        return await played(MockExchange(Replay.factory(recorded, "demo")), Reset(after=4))

    seen = play(replay)
    ends = [kind for _, kind, _, _ in seen if kind not in ("TEXT", "PING", "PONG", "rest")]
    assert len(ends) == 3
    assert "CLOSE" not in ends


def test_a_scenario_plays_a_journal_beside_its_file(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    scenario = tmp_path / "again.toml"
    scenario.write_text('replay = "journal.jsonl"\n')

    async def record() -> Seen:
        mock = MockExchange("demo")
        with Recorder(mock.journal, file):
            return await played(mock, CloseCode(after=4))

    async def replay() -> Seen:
        return await played(MockExchange("demo", scenario=str(scenario)))

    assert play(record) == play(replay)

    async def too_late() -> None:
        async with MockExchange("demo") as mock:
            with pytest.raises(ValueError, match="begins with the exchange"):
                mock.play(str(scenario))

    play(too_late)
    file.unlink()
    with pytest.raises(BadRecording, match=r"journal.jsonl cannot be read: No such file"):
        MockExchange("demo", scenario=str(scenario))
