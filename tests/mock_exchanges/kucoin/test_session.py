"""Requests and answers beyond the transcripts: ids, lists, tunnels, heartbeats, limits."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import unquote

import pytest

from mock_exchanges.core.actions import Binary, Pinged, Ponged
from mock_exchanges.core.http import Response
from tests.mock_exchanges.kucoin.bench import BTC, MINUTE, T0, Bench

ETH = "/market/candles:ETH-BTC_1min"
DAY = 86_400_000


@pytest.mark.parametrize(
    ("id", "echoed"),
    [
        ("abc", "abc"), (1, "1"), (1700000000001, "1700000000001"), (1.50, "1.5"), (True, "true"),
        ("/market/candles@@BTC-USDT_1min", "/market/candles@@BTC-USDT_1min"), ("", ""), ("é", "é"),
    ],
)  # fmt: skip
def test_ids_come_back_as_strings(id: Any, echoed: str) -> None:
    client = Bench().open()
    for said, kind in (
        ({"type": "subscribe", "topic": BTC, "response": True}, "ack"),
        ({"type": "unsubscribe", "topic": BTC, "response": True}, "ack"),
        ({"type": "ping"}, "pong"),
        ({"type": "nonsense"}, "error"),
    ):
        (text,) = client.say({"id": id, **said})
        answer = json.loads(text)
        assert (answer["id"], answer["type"]) == (echoed, kind)


def test_an_id_of_any_length_comes_back() -> None:
    (text,) = Bench().open().say('{"id":' + "9" * 5000 + ',"type":"ping"}')
    assert json.loads(text)["id"] == "9" * 5000


@pytest.mark.parametrize("missing", [{}, {"id": None}, {"id": {}}])
def test_a_ping_without_an_id_gets_a_pong_without_one(missing: dict[str, Any]) -> None:
    client = Bench().open()
    assert client.say({**missing, "type": "ping"}) == [f'{{"type":"pong","timestamp":{T0 * 1000}}}']
    assert Bench(date="2022-02-01").open().say({"type": "ping"}) == ['{"type":"pong"}']


def test_a_list_is_acked_once_and_pushed_one_by_one() -> None:
    bench = Bench()
    client = bench.open()
    asked = "/market/candles:BTC-USDT_1min,ETH-BTC_1min,BTC-USDT_1week"
    assert client.subscribe(asked) == ['{"id":"1","type":"ack"}']
    bench.run(T0 + 30_000)
    topics = {push["topic"] for push in client.pushes}
    assert topics == {BTC, ETH, "/market/candles:BTC-USDT_1week"}
    assert all(push["topic"].split(":")[1].startswith(push["data"]["symbol"])
               for push in client.pushes)  # fmt: skip
    client.say({"id": "2", "type": "unsubscribe", "topic": "/market/candles:BTC-USDT_1min"})
    assert bench.engine.hub.topics() == ["/market/candles:BTC-USDT_1week", ETH]


def test_one_bad_item_fails_the_list() -> None:
    bench = Bench()
    client = bench.open()
    (text,) = client.subscribe("/market/candles:BTC-USDT_1min,btc-usdt_1min")
    assert json.loads(text)["data"] == "topic /market/candles:btc-usdt_1min is not found"
    assert bench.engine.hub.topics() == []
    assert bench.near_misses()[0].endswith("nearest is '/market/candles:BTC-USDT_1min'")


def test_subscribing_twice_is_two_acks_and_one_stream() -> None:
    bench = Bench()
    client = bench.open()
    assert [client.subscribe(BTC, id=n) for n in "12"] == [
        [f'{{"id":"{n}","type":"ack"}}'] for n in "12"
    ]
    bench.run(T0 + 30_000)
    times = [push["data"]["time"] for push in client.pushes]
    assert len(times) == len(set(times)) > 5


def test_unsubscribing_what_was_never_subscribed_is_acked() -> None:
    bench = Bench()
    asked = {"id": "4", "type": "unsubscribe", "topic": BTC, "response": True}
    assert bench.open().say(asked) == ['{"id":"4","type":"ack"}']
    assert bench.near_misses() == [f"unsubscribed, but never subscribed: {BTC!r}"]


@pytest.mark.parametrize(
    "topic", ["market/candles:BTC-USDT_1min", "/market/candles: BTC-USDT_1min", "x", 5, ["a"],
              "/market/candles", "/market/candles:"],
)  # fmt: skip
def test_a_malformed_topic_is_invalid(topic: Any) -> None:
    (text,) = Bench().open().subscribe(topic)
    assert text == '{"id":"1","type":"error","code":400,"data":"topic is invalid"}'


@pytest.mark.parametrize(
    ("said", "data"),
    [
        ("", "Unexpected end-of-input"),
        ('{"id":', "Unexpected end-of-input"),
        ("[]", "Cannot deserialize a request from an array"),
        ('"subscribe"', "Cannot deserialize a request from a value"),
        ("null", "Cannot deserialize a request from null"),
        ("ping", "Unrecognized token 'ping': was expecting "),
        ('{"id":NaN}', "Unrecognized token 'NaN': was expecting "),
        ('{"id":"\\ud800","type":"ping"}', "Incomplete surrogate pair"),
        ("[" * 100_000, "Document nesting depth exceeds the maximum allowed"),
        ("{]", "Unexpected character (']' (code 93))"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_an_error_400(said: str, data: str) -> None:
    client = Bench().open()
    (text,) = client.say(said)
    frame = json.loads(text)
    assert (frame["type"], frame["code"], frame["data"][: len(data)]) == ("error", 400, data)
    assert client.ended is None


def test_other_topics_are_acked_and_stay_silent() -> None:
    bench = Bench()
    client = bench.open()
    assert client.subscribe("/market/ticker:BTC-USDT") == ['{"id":"1","type":"ack"}']
    bench.run(T0 + 30_000)
    assert client.pushes == []
    assert "this mock serves candles only" in bench.near_misses()[0]


def test_tunnels() -> None:
    bench = Bench()
    client = bench.open()
    opened = {"id": "t", "type": "openTunnel", "newTunnelId": "bt1", "response": True}
    assert client.say(opened) == ['{"id":"t","type":"ack"}']
    assert client.subscribe(ETH) == ['{"id":"1","type":"ack"}']
    assert client.subscribe(BTC, id="s", tunnelId="bt1") == ['{"id":"s","type":"ack"}']
    bench.run(T0 + 20_000)
    inside = [push for push in client.pushes if push["topic"] == BTC]
    assert inside
    assert all((push["tunnelId"], push["id"]) == ("bt1", "s") for push in inside)
    assert all("tunnelId" not in push for push in client.pushes if push["topic"] == ETH)
    client.say({"id": "c", "type": "closeTunnel", "tunnelId": "bt1"})
    assert bench.engine.hub.topics() == [ETH]
    (text,) = client.subscribe(BTC, tunnelId="bt1")
    assert json.loads(text)["code"] == 400
    answers = [client.say({**opened, "newTunnelId": f"n{n}"})[0] for n in range(6)]
    assert [json.loads(text)["type"] for text in answers] == ["ack"] * 5 + ["error"]


@pytest.mark.parametrize("event", [Pinged(b"x"), Ponged(b"x")])
def test_control_frames_do_not_keep_a_connection_alive(event: Pinged | Ponged) -> None:
    bench = Bench()
    client = bench.open()
    for after in range(9_000, 60_000, 9_000):
        bench.run(T0 + after)
        client.receive(event)
    assert client.pongs == ([b"x"] * 6 if isinstance(event, Pinged) else [])
    bench.run(T0 + 61_000)
    assert client.ended == (T0 + 60_500, 1000, "Bye")


def test_control_pings_keep_it_alive_where_the_profile_says_so() -> None:
    bench = Bench(control_pings_count=True)
    client = bench.open()
    for after in range(9_000, 240_000, 9_000):
        bench.run(T0 + after)
        client.receive(Pinged())
    assert client.ended is None


@pytest.mark.parametrize("said", [{"type": "ping"}, {"type": "subscribe", "topic": BTC}, "junk"])
def test_any_text_of_the_client_keeps_it_alive(said: Any) -> None:
    bench = Bench()
    client = bench.open()
    for after in range(59_999, 300_000, 59_999):
        bench.run(T0 + after)
        assert client.ended is None
        client.say(said)
    bench.run(bench.now + 60_500)
    assert client.ended == (bench.now, 1000, "Bye")


def test_what_comes_after_the_complaint_is_too_late() -> None:
    bench = Bench()
    client = bench.open()
    bench.run(T0 + 60_100)
    assert client.say({"id": "1", "type": "ping"}) == []
    bench.run(T0 + 60_500)
    assert client.ended == (T0 + 60_500, 1000, "Bye")


def test_a_binary_message_is_passed_over() -> None:
    bench = Bench()
    client = bench.open()
    client.receive(Binary(b"\xff"))
    assert len(client.texts) == 1
    assert bench.near_misses() == ["binary message: not answered; send text"]


def test_a_connection_ends_after_a_day() -> None:
    bench = Bench()
    client = bench.pinging()
    bench.run(T0 + DAY - 1)
    assert client.lives
    bench.run(T0 + DAY)
    assert client.ended == (T0 + DAY, 1000, "Bye")
    assert {frame["type"] for frame in client.frames} == {"welcome", "pong"}


def test_the_message_limit_slides() -> None:
    bench = Bench()
    client = bench.open()
    for n in range(300):
        bench.run(T0 + n * 101)
        assert len(client.say({"type": "ping"})) == 1
    assert client.ended is None


def test_without_limits_nothing_is_counted() -> None:
    bench = Bench(limits=False)
    clients = [bench.open() for _ in range(820)]
    for _ in range(500):
        clients[0].say({"type": "ping"})
    assert all(client.ended is None for client in clients)
    assert len(clients[0].texts) == 501


def test_the_31st_connection_of_a_minute_is_refused() -> None:
    bench = Bench()
    target = f"/?token={bench.token()}"
    for _ in range(30):
        bench.open(target)
    answer = bench.handshake(target)
    assert isinstance(answer, Response)
    assert answer.status == 429
    bench.run(T0 + MINUTE)
    bench.open(target)


def test_too_many_connections_at_once() -> None:
    bench = Bench(connections=3)
    clients = [bench.open() for _ in range(4)]
    assert [client.ended for client in clients[:3]] == [None] * 3
    frame = clients[3].frames[0]
    assert (frame["code"], frame["data"]) == (509, "exceed max session count limitation of 3")
    assert clients[3].ended == (T0, 1000, "Bye")
    bench.engine.lost(clients[0].connection, T0)
    assert bench.open().ended is None


@pytest.mark.parametrize("path", ["/", "/endpoint"])
def test_both_paths_serve(path: str) -> None:
    bench = Bench()
    assert bench.open(f"{path}?token={bench.token()}").ended is None


def test_another_path_does_not() -> None:
    bench = Bench()
    answer = bench.handshake(f"/ws?token={bench.token()}")
    assert isinstance(answer, Response)
    assert answer.status == 404


@pytest.mark.parametrize(("day", "form"), [(None, r"[0-9a-f]{24}"), ("2022-02-01", r"\w{10}")])
def test_without_a_connect_id_the_server_makes_one(day: str | None, form: str) -> None:
    bench = Bench(date=day)
    target = f"/?token={bench.token()}"
    ids = [bench.open(target).frames[0]["id"] for _ in range(5)]
    assert len(set(ids)) == 5
    assert all(re.fullmatch(form, id) for id in ids)


@pytest.mark.parametrize("id", ["a-b", "%22%5C%0A", "%C3%A9", ""])
def test_a_connect_id_comes_back_exactly(id: str) -> None:
    bench = Bench()
    client = bench.open(f"/?token={bench.token()}&[connectId=1]&connectId={id}&acceptUserMessage=1")
    assert client.frames == [{"id": unquote(id), "type": "welcome"}]


def test_a_hundred_items_are_not_too_many() -> None:
    items = ",".join(["BTC-USDT_1min"] * 100)
    assert Bench().open().subscribe(f"/market/candles:{items}") == ['{"id":"1","type":"ack"}']


def test_response_may_be_text() -> None:
    assert Bench().open().subscribe(BTC, response="true") == ['{"id":"1","type":"ack"}']
    assert Bench().open().subscribe(BTC, response="false") == []
