"""The command line: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import ast
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import mock_exchanges
from conformance.clock import run
from mock_exchanges.cli import main
from mock_exchanges.cli.snippets import SNIPPETS, paste
from mock_exchanges.core.calendar import MINUTE_MS, every
from mock_exchanges.registry import names
from mock_exchanges.server.mock import MockExchange
from mock_exchanges.server.tls import Authority

COMMAND = [sys.executable, "-m", "mock_exchanges.cli"]
ENDS_WITHIN_S = 30


@contextmanager
def serving(*options: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "serve", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def refusal(capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(options) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert len(captured.err.splitlines()) <= 3
    return captured.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serves_until_a_signal(number: signal.Signals) -> None:
    with serving("binance", "--json") as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())
        assert list(addresses) == ["binance"]
        assert addresses["binance"]["ca"] is None
        with urllib.request.urlopen(f"{addresses['binance']['rest']}/api/v3/ping") as answer:
            assert answer.status == 200
        process.send_signal(number)
        out, err = process.communicate(timeout=ENDS_WITHIN_S)
        assert (process.returncode, out, err) == (0, "", "")


def test_serves_tls_with_a_written_authority(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    with serving("--tls", "--json", "--ca-file", str(ca)) as process:
        assert process.stdout is not None
        addresses = json.loads(process.stdout.readline())["binance"]
        assert addresses["rest"].startswith("https://127.0.0.1:")
        assert addresses["ws"].startswith("wss://127.0.0.1:")
        assert addresses["ca"] == str(ca)
        trust = ssl.create_default_context(cafile=addresses["ca"])
        url = f"{addresses['rest']}/api/v3/ping"
        with urllib.request.urlopen(url, context=trust) as answer:
            assert answer.status == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(ENDS_WITHIN_S) == 0


def shown(process: subprocess.Popen[str]) -> str:
    """Return what a server prints, and end it."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    process.send_signal(signal.SIGINT)
    assert process.wait(ENDS_WITHIN_S) == 0
    return "".join(lines)


def test_prints_what_to_paste() -> None:
    with serving("--pairs", "BTC-USDT,ETH-USDT", "--seed", "7") as process:
        text = shown(process)
    lines = text.splitlines()
    rest = lines[1].split()[1]
    ws = lines[2].split()[1]
    control = lines[3].split()[1]
    assert control.startswith("http://127.0.0.1:") and control.endswith("/_mock")
    assert text == (
        f"binance\n  REST            {rest}\n  WebSocket       {ws}\n"
        f"  control         {control}\n"
        f"{paste('binance', rest, ws, None)}Ctrl-C ends it.\n"
    )


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_every_exchange_of_ours_prints_its_snippets(tls: bool, tmp_path: Path) -> None:
    ca = str(tmp_path / "ca.pem") if tls else None
    with serving(*SNIPPETS, *(["--tls", "--ca-file", str(ca)] if tls else [])) as process:
        text = shown(process)
    for name, snippets in SNIPPETS.items():
        _, _, own = f"\n{text}".partition(f"\n{name}\n")
        rest, ws = (own.splitlines()[number].split()[1] for number in (0, 1))
        control = own.splitlines()[2].split()[1]
        pasted = paste(name, rest, ws, ca)
        said = f"  CA              {ca}\n" if tls else ""
        head = f"  REST            {rest}\n  WebSocket       {ws}\n  control         {control}\n"
        assert own.startswith(f"{head}{said}{pasted}")
        assert [f"  {each.client}" in pasted for each in snippets] == [True] * len(snippets)


def test_each_exchange_of_ours_has_snippets_or_needs_none() -> None:
    assert set(SNIPPETS) <= set(names())
    packages = Path(mock_exchanges.__file__).parent.glob("*/profile.py")
    assert {file.parent.name for file in packages} == set(SNIPPETS)
    assert [name for name, found in SNIPPETS.items() if not found] == ["demo"]
    assert paste("demo@token", "http://h:1", "ws://h:1", None) == ""
    assert paste("elsewhere", "", "", None) == ""


def ccxt_of(text: str) -> str:
    """Return the expression that is printed for ccxt."""
    return re.search(r"^  ccxt +(.*?^ +}\))$", text, re.DOTALL | re.MULTILINE)[1]  # type: ignore[index]


@pytest.mark.parametrize("ca", [None, "/tmp/ca.pem"], ids=["plain", "tls"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_what_is_pasted_is_python(name: str, ca: str | None) -> None:
    secure = "s" if ca else ""
    text = paste(name, f"http{secure}://h:1", f"ws{secure}://h:1", ca)
    # The code stands from column 18 on, the client's name and notes before it.
    ast.parse("\n".join(line[18:] for line in text.splitlines() if not line.startswith("  with ")))
    assert "$" not in text
    assert ("cafile" in text) == (ca is not None and "ccxt" in text)
    assert "http://" not in text or ca is None


def test_the_pasted_ccxt_lines_tell_addresses_and_ca() -> None:
    seen: dict[str, object] = {}

    class ccxt:
        class pro:
            binance = staticmethod(seen.update)

    text = paste("binance@2025-01-27", "https://h:1", "wss://h:1", "/tmp/ca.pem")
    eval(ccxt_of(text), {"ccxt": ccxt})
    assert seen == {
        "urls": {"api": {"public": "https://h:1/api/v3", "ws": {"spot": "wss://h:1/ws"}}},
        "options": {"fetchMarkets": {"types": ["spot"]}},
        "cafile": "/tmp/ca.pem",
    }


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("name", [name for name in SNIPPETS if name != "demo"])
def test_the_pasted_ccxt_lines_serve(name: str, tls: bool, tmp_path: Path) -> None:
    pytest.importorskip("ccxt", reason="needs the extra: pip install exchange-conformance[clients]")
    import ccxt.pro

    symbol = "BTC/USD" if name == "coinbase" else "BTC/USDT"

    authority = Authority()
    ca = str(authority.write(tmp_path / "ca.pem"))

    async def main() -> None:
        async with MockExchange(name, tls_port=0, authority=authority) as mock:
            text = (
                paste(name, mock.tls_rest_url, mock.tls_ws_url, ca)
                if tls
                else paste(name, mock.rest_url, mock.ws_url, None)
            )
            exchange = eval(ccxt_of(text), {"ccxt": ccxt})
            try:
                since = mock.now_ms() // MINUTE_MS * MINUTE_MS - 3 * MINUTE_MS
                rows = (await exchange.fetch_ohlcv(symbol, "1m", since, 3))[:3]
                if exchange.has["watchOHLCV"]:
                    assert await exchange.watch_ohlcv(symbol, "1m")
            finally:
                await exchange.close()
            ends_ms = since + 3 * MINUTE_MS
            candles = mock.market.candles(
                symbol.replace("/", "-"), every(MINUTE_MS), since, ends_ms
            )
            expected = [[each.open_ms, float(each.decimal("close"))] for each in candles]
            assert [[row[0], row[4]] for row in rows if row[0] < ends_ms] == expected
            assert len(expected) == 3
            assert mock.engine.accepted == (1 if exchange.has["watchOHLCV"] else 0)

    run(main)


def test_a_port_in_use_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"port in use: 127.0.0.1:{port}" in refusal(capsys, "serve", "--port", str(port))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["serve", "binnance"], "did you mean 'binance'?"),
        (["serve", "--prot", "1"], "--prot is not an option; did you mean --port?"),
        (["serve", "--port", "many"], "'many' is no port"),
        (["serve", "--port", "70000"], "'70000' is no port"),
        (["serve", "--seed", "x"], "'x' is no whole number"),
        (["serve", "--pairs", "BTCUSDT"], "BTCUSDT"),
        (["serve", "--pairs", ""], "expected"),
        (["serve", "--host", "0.0.0.0"], "--allow-remote"),
        (["serve", "--host", "example.com"], "--allow-remote"),
        (["serve", "--host", "127.0.0.1", "--ca-file", "x"], "--ca-file needs --tls"),
        (["serve", "--tls", "--ca-file", "/nowhere/ca.pem"], "No such file"),
        (["serve", "binance@1999-01-01"], "1999-01-01"),
        (["serve", "binance", "binance"], "named twice"),
        (["sevre"], "invalid choice"),
        ([], "expected a command"),
    ],
)
def test_misuse_is_a_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], options: list[str], expected: str
) -> None:
    assert expected in refusal(capsys, *options)


@pytest.mark.parametrize(
    ("option", "expected"), [("--version", "mock-exchanges 0."), ("--help", "serve")]
)
def test_tells_about_itself(capsys: pytest.CaptureFixture[str], option: str, expected: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main([option])
    assert ended.value.code == 0
    assert expected in capsys.readouterr().out


def test_the_package_is_cheap_to_import() -> None:
    code = (
        "import sys, mock_exchanges, mock_exchanges.cli\n"
        "assert 'MockExchange' in dir(mock_exchanges)\n"
        "assert not {'aiohttp', 'trustme', 'ssl'} & set(sys.modules), sys.modules.keys()\n"
        "assert mock_exchanges.MockExchange.__name__ == 'MockExchange'\n"
        "assert all(getattr(mock_exchanges, name) for name in mock_exchanges.__all__)\n"
        "try:\n    mock_exchanges.Nothing\nexcept AttributeError as error:\n    print(error)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout == "module 'mock_exchanges' has no attribute 'Nothing'\n"
