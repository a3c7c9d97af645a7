"""The command line: what it prints, what it refuses, how it ends."""

from __future__ import annotations

import json
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

from mock_exchanges.cli import main
from mock_exchanges.cli.snippets import paste

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


def test_prints_what_to_paste() -> None:
    with serving("--pairs", "BTC-USDT,ETH-USDT", "--seed", "7") as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.startswith("Ctrl-C"):
                break
        process.send_signal(signal.SIGINT)
        assert process.wait(ENDS_WITHIN_S) == 0
    text = "".join(lines)
    rest = lines[1].split()[1]
    ws = lines[2].split()[1]
    assert text == (
        f"binance\n  REST            {rest}\n  WebSocket       {ws}\n"
        f"{paste('binance', rest, ws, None)}Ctrl-C ends it.\n"
    )


def test_the_pasted_ccxt_lines_are_python() -> None:
    text = paste("binance@2025-01-27", "https://h:1", "wss://h:1", "/tmp/ca.pem")
    expression = text.partition("ccxt  ")[2].partition("  python-binance")[0].strip()
    seen: dict[str, object] = {}

    class ccxt:
        class pro:
            binance = staticmethod(seen.update)

    eval(expression, {"ccxt": ccxt})
    assert seen == {
        "urls": {"api": {"public": "https://h:1/api/v3", "ws": {"spot": "wss://h:1/ws"}}},
        "options": {"fetchMarkets": {"types": ["spot"]}},
        "cafile": "/tmp/ca.pem",
    }
    assert paste("elsewhere", "", "", None) == ""


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
