"""Every fact says where it is decided, and the page says what the code does."""

from __future__ import annotations

import inspect
import json
import re
from dataclasses import fields
from datetime import date
from pathlib import Path

import pytest

from mock_exchanges.core.facts import Fact, facts
from mock_exchanges.core.http import Response
from mock_exchanges.demo import create, errors
from mock_exchanges.demo.profile import PROFILES, profile
from tests.mock_exchanges.demo.bench import MARKET, Bench

PAGE = (Path(__file__).parents[3] / "docs" / "exchanges" / "demo.md").read_text("utf-8")
ALL = [pytest.param(fact, id=f"{name}-{fact.name}") for name in PROFILES
       for fact in facts(PROFILES[name])]  # fmt: skip


@pytest.mark.parametrize("fact", ALL)
def test_fact_names_the_guide_or_a_part_of_the_page(fact: Fact) -> None:
    assert fact.source.trust == "documented"
    assert date.fromisoformat(fact.source.checked)
    own = re.search(r"docs/exchanges/demo\.md(?:, (.+))?$", fact.source.text)
    if own is None:
        assert fact.source.text.startswith("Adapter guide, WebSocket Integration")
    elif own.group(1):
        assert re.search(rf"^##+ {own.group(1)}$", PAGE, re.MULTILINE)


def test_all_but_the_name_are_facts() -> None:
    assert {field.name for field in fields(profile())} - {f.name for f in facts(profile())} == {
        "date"
    }


def test_three_profiles_differ_in_the_handshake_alone() -> None:
    told = {name: {fact.name: fact.value for fact in facts(made)}
            for name, made in PROFILES.items()}  # fmt: skip
    assert {name: facts.pop("handshake") for name, facts in told.items()} == {
        "2026-11-22": "simple", "login": "login", "token": "token",
    }  # fmt: skip
    assert told["login"] == told["token"] == told["2026-11-22"]
    assert profile() is profile("2026-11-22")


def test_an_unknown_profile_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'tokn' \(known: 2026-11-22, login, token\)"):
        create(MARKET, Bench().journal, "tokn")


def test_the_page_lists_every_error_with_its_status() -> None:
    made = [
        function(*(3 if p.annotation == "int" else "x" for p in parameters if p.default is p.empty))
        for name, function in vars(errors).items()
        if inspect.isfunction(function) and function.__annotations__.get("return") == "DemoError"
        for parameters in [inspect.signature(function).parameters.values()]
    ]
    rows = dict(re.findall(r"^\| (\d{5}) \| [^|]+ \| (\d*) ?\|", PAGE, re.MULTILINE))
    assert {str(error.code) for error in made} == set(rows)
    for error in made:
        assert rows[str(error.code)] in ("", str(error.status)), error.code


def test_hosts_are_of_a_domain_that_cannot_exist() -> None:
    made = profile()
    hosts = (*made.ws_hosts, *made.rest_hosts, *made.test_hosts)
    assert all(host.endswith(".demo-exchange.example") for host in hosts)
    assert all(host in PAGE for host in hosts)


def test_the_figures_of_the_page_are_those_of_the_profile() -> None:
    made = profile()
    assert (made.login_within_ms, made.login_skew_ms, made.token_life_ms) == (
        10_000, 30_000, 60_000)  # fmt: skip
    assert (made.ping_every_ms, made.pong_within_ms) == (15_000, 10_000)
    assert (made.requests, made.request_window_ms, made.handshakes) == (100, 10_000, 60)
    assert (made.messages_per_second, made.message_burst, made.message_bytes) == (10, 20, 16_384)
    assert (made.limit_default, made.limit_max, made.snapshot_candles) == (100, 500, 3)
    assert (made.connection_age_ms, made.close_late_ms) == (86_400_000, 20)
    for shown in (
        "every 15 seconds",
        "within 10 seconds",
        "has 10 seconds",
        "30 seconds",
        "for 60 seconds",
        "100 in 10 seconds",
        "60 in a minute",
        "10 a second, 20 at",
        "16 KiB",
        "100 by default, 1 to 500",
        "last 3 candles",
        "24 hours",
        "20 ms",
    ):
        assert shown.lower() in PAGE.lower(), shown  # fmt: skip


def test_samples_of_the_page_are_what_the_mock_sends() -> None:
    blocks = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    texts = [text for block in blocks for text in re.split(r"\n(?=\{)", block.strip())]
    shown = [json.loads(text) for text in texts]
    candle = next(each for each in shown if each.get("type") == "candle")
    client = Bench().open()
    client.subscribe("candle.1m.BTC-USDT")
    client.bench.run(client.bench.now + 5_000)
    sent = client.candles[0][1]
    assert list(sent) == list(candle)
    assert list(sent["data"]) == list(candle["data"])
    token = next(each for each in shown if "token" in each)
    answer: Response = Bench().get("/api/v1/token", method="POST")
    assert list(json.loads(answer.body)) == list(token)
    for request in (each for each in shown if {"op", "method"} & set(each)):
        if "ts" in str(request.get("args", "")):
            continue  # its signature is not printed
        (said, *_) = client.say(request)
        assert said["type"] in ("subscribed", "login")
