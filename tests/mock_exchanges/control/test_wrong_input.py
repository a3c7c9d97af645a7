"""Wrong input is told so that it can be mended, and changes nothing, not even the journal."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from mock_exchanges.control import PREFIX
from mock_exchanges.control.desk import LARGEST_BODY
from mock_exchanges.control.routes import ROUTES
from tests.mock_exchanges.control.api import Api, api
from tests.mock_exchanges.faults.bench import EPOCH_MS, play

FAULT = {
    "fault": "close-no-frame",
    "after": 3,
    "then": [{"fault": "http-status", "status": 429, "times": 2}],
}
RIGHT: dict[str, dict[str, Any]] = {
    "/faults": FAULT,
    "/scenario": {"name": "x", "faults": [FAULT], "market": [{"edit": "halt", "for_s": 60}]},
    "/clock": {"step_s": 10},
    "/market": {"edit": "correct", "pair": "BTC-USDT", "volume": "1", "minutes_ago": 2},
    "/wait": {"kind": "in", "times": 1, "within_s": 0},
    "/reset": {},
}
WRONG_VALUES: tuple[Any, ...] = (
    None, True, -1, 0.5, 1e300, "", "x", "\N{SNOWMAN}", [], [1], {}, {"a": 1}, [[]], 10**30, "NaN",
)  # fmt: skip

WRONG_HERE = [
    ("/faults", {"fault": "clos-no-frame"}, "unknown-fault", "fault", "did you mean 'close-no-f"),
    ("/faults", {}, "missing-field", "fault", "one of: "),
    ("/faults", {"fault": "http-status", "staus": 1}, "unknown-field", "staus", "'status'"),
    ("/faults", {"fault": "http-status", "status": 99}, "bad-field", "status", "the HTTP status"),
    ("/faults", {**FAULT, "then": [{"fault": "rst"}]}, "unknown-fault", "then[0].fault", "'reset'"),
    (
        "/faults",
        {**FAULT, "then": [{"fault": "http-status", "of": 1}]}, "bad-field", "then[0].of", "REST",
    ),
    ("/faults", [], "bad-body", "", "fault"),
    ("/scenario", {"faults": [{"fault": "reste"}]}, "unknown-fault", "faults[0].fault", "'reset'"),
    ("/scenario", {"market": [{"edit": "hlt"}]}, "unknown-edit", "market[0].edit", "'halt'"),
    ("/scenario", {"fauts": []}, "unknown-field", "fauts", "'faults'"),
    ("/scenario", {"exchange": "elsewhere"}, "not-here", "", ""),
    ("/scenario", {"market": [{"edit": "gap", "pair": "BTC-USTD"}]}, "not-here", "", ""),
    ("/market", {"edit": "hlt"}, "unknown-edit", "edit", "'halt'"),
    ("/market", {"edit": "gap"}, "missing-field", "pair", ""),
    ("/market", {"edit": "gap", "pair": "BTC-USTD"}, "unknown-pair", "pair", ""),
    ("/clock", {"rate": 1, "step_s": 1}, "bad-body", "", ""),
    ("/clock", {}, "bad-body", "", ""),
    ("/clock", {"rate": -1}, "bad-field", "rate", "0 stands still"),
    ("/clock", {"step": 1}, "unknown-field", "step", "'step_s'"),
    ("/clock", {"to_ms": 5}, "bad-field", "to_ms", ""),
    ("/clock", {"to_ms": EPOCH_MS * 2}, "bad-field", "to_ms", ""),
    ("/clock", {"next_close": "1minute"}, "not-here", "", ""),
    ("/wait", {"kind": "inn"}, "bad-field", "kind", ""),
    ("/wait", {"within_s": -1}, "bad-field", "within_s", ""),
    ("/reset", {"all": True}, "unknown-field", "all", ""),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "code", "field", "hint"), WRONG_HERE)
def test_says_what_is_wrong(path: str, body: Any, code: str, field: str, hint: str) -> None:
    async def main() -> None:
        async with api() as it:
            await frozen(it)
            before = await it.state()
            status, found = await it.ask("POST", path, body)
            assert status == 422
            assert set(found) == {"code", "message", "hint", "field"}
            assert (found["code"], found["field"]) == (code, field)
            assert found["message"] and hint in found["hint"]
            assert await it.state() == before

    play(main)


async def frozen(it: Api) -> None:
    """Let something be at work and the clock stand, so that all that changes is seen."""
    await it.ask("POST", "/faults", {"fault": "mute-data"})
    await it.ask("POST", "/scenario", RIGHT["/scenario"])
    # kept, for who forgets a connection closes it
    it.kept.append(await it.one.connect())
    await it.ask("POST", "/clock", {"rate": 0})
    assert len((await it.get("/connections"))["connections"]) == 1


def mangled(right: dict[str, Any], seed: int) -> Iterator[bytes]:
    """Yield bodies near a right one: values of other types, fields too many, cut text."""
    random = Random(seed)
    text = json.dumps(right)
    for name in right:
        for value in WRONG_VALUES:
            yield json.dumps({**right, name: value}).encode()
    for _ in range(30):
        place = random.randrange(len(text) + 1)
        junk = random.choice(['"', "{", "}", "[", ",", "\\", "\x00", "9", "-", "e", "\ud800", ""])
        end = place + random.randrange(4)
        yield (text[:place] + junk + text[end:]).encode("utf-8", "surrogatepass")
    yield from (
        b"",
        b"null",
        b"[]",
        b"3",
        b'"x"',
        b"\xff\xfe",
        b"[" * 100_000,
        b"NaN",
        b'{"a":NaN}',
        b'{"\\ud800": 1}',
        b'{"fault":"\\ud800"}',
        b'{"a":1}',
    )
    for extra in ("", "x", "fault", "__class__"):
        yield json.dumps({**right, extra: {"deep": [None]}}).encode()


@pytest.mark.parametrize("path", RIGHT)
def test_whatever_is_refused_changes_nothing(path: str) -> None:
    refused = 0

    async def main() -> None:
        nonlocal refused
        async with api() as it:
            await frozen(it)
            for body in mangled(RIGHT[path], 7):
                before = await it.state()
                status, found, _ = await it.raw("POST", PREFIX + path, body)
                assert status in (200, 201, 400, 408, 422), (body, found)
                if status in (400, 408, 422):
                    refused += status != 408
                    assert found["code"] and found["message"]
                    assert await it.state() == before, body
                else:
                    it.mock.reset()
                    await frozen(it)
            assert it.mock.failure is None

    play(main)
    assert refused >= 15


def test_every_verb_that_takes_a_body_is_tried_here() -> None:
    assert {PREFIX + path for path in RIGHT} == {each.path for each in ROUTES if each.body}


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/journal?kind=inn", "kind"),
        ("/journal?after=-1", "after"),
        ("/journal?limit=0", "limit"),
        ("/journal?afer=1", "afer"),
        ("/journal?after=1&after=2", "after"),
        ("/candles", "pair"),
        ("/candles?pair=BTC-USDT&from=x", "from"),
        ("/health?x=1", "x"),
    ],
)
def test_a_wrong_query_names_its_field(path: str, field: str) -> None:
    async def main() -> None:
        async with api() as it:
            status, found = await it.ask("GET", path)
            assert (status, found["field"]) == (422, field)

    play(main)


@pytest.mark.parametrize(
    "query", ["code=999", "code=1000&how=eof", "how=slowly", "reason=" + "x" * 124, "cod=1000"]
)
def test_a_wrong_end_ends_nothing(query: str) -> None:
    async def main() -> None:
        async with api() as it:
            ws = await it.one.connect()
            for path in ("/connections", "/connections/1"):
                status, _ = await it.ask("DELETE", f"{path}?{query}")
                assert status == 422
            assert len((await it.get("/connections"))["connections"]) == 1
            await ws.close()

    play(main)


def test_unknown_paths_and_methods_name_the_right_ones() -> None:
    async def main() -> None:
        async with api() as it:
            for path in ("fault", "faults/1/2", "clok", "%2e%2e/x", "\N{SNOWMAN}"):
                status, found, _ = await it.raw("GET", f"{PREFIX}/{path}")
                assert (status, found["code"]) == (404, "unknown-path"), path
            assert (await it.ask("GET", "/clok"))[1]["hint"] == "did you mean /_mock/clock?"
            status, found, headers = await it.raw("PUT", f"{PREFIX}/faults")
            assert (status, found["code"]) == (405, "wrong-method")
            assert headers["Allow"] == "GET, POST, DELETE"
            status, _, headers = await it.raw("GET", f"{PREFIX}/faults/3")
            assert (status, headers["Allow"]) == (405, "DELETE")
            for number in ("0", "-1", "x", "1.5", "9" * 5_000):
                status, found = await it.ask("DELETE", f"/faults/{number}")
                assert status in (404, 422), number
            assert list(it.mock.journal) == []

    play(main)


def test_a_body_too_large_is_not_read() -> None:
    async def main() -> None:
        async with api() as it:
            before = await it.state()
            large = io.BytesIO(b"x" * (LARGEST_BODY + 1))
            status, found, _ = await it.raw("POST", f"{PREFIX}/faults", large)
            assert (status, found["code"]) == (413, "too-large")
            assert await it.state() == before
            status, found, _ = await it.raw("POST", f"{PREFIX}/faults", b"x" * 100_000)
            assert status == 400

    play(main)
