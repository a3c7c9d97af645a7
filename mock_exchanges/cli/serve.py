"""``mock-exchanges serve``: exchanges in real time until a signal."""

from __future__ import annotations

import asyncio
import errno
import json
import signal
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from shlex import quote

from mock_exchanges.cli.arguments import Arguments, Misuse
from mock_exchanges.cli.snippets import paste
from mock_exchanges.replay import Recorder, Replay
from mock_exchanges.server.mock import Factory, MockExchange
from mock_exchanges.server.proxy import Proxy, environment
from mock_exchanges.server.tls import Authority

_HONOURED = """\
  by themselves   requests, httpx, websockets from 15 on, websocket-client, curl
  with an option  aiohttp: ClientSession(trust_env=True)
  with Node 24    fetch (not tested)
"""


def serve(arguments: Arguments) -> None:
    """Serve until SIGINT or SIGTERM. Raises Misuse for what the user can mend."""
    authority = Authority() if arguments.tls else None
    mocks = {
        name: _make(arguments, name, position, authority)
        for position, name in enumerate(arguments.exchanges)
    }
    proxy = _proxy(arguments, mocks)
    with tempfile.TemporaryDirectory(prefix="mock-exchanges-") as folder:
        ca = _write_ca(authority, arguments.ca_file or Path(folder, "ca.pem"))
        asyncio.run(_serve(arguments, mocks, ca, proxy))


def _make(
    arguments: Arguments, name: str, position: int, authority: Authority | None
) -> MockExchange:
    port = arguments.port + position if arguments.port else 0
    if port > 65535:
        raise Misuse(f"--port {arguments.port} leaves no port for {name}")
    try:
        return MockExchange(
            _what(arguments, name),
            seed=arguments.seed,
            pairs=arguments.pairs,
            port=None if arguments.tls else port,
            tls_port=port if arguments.tls else None,
            authority=authority,
            host=arguments.host,
            scenario=arguments.scenario,
            control_token=arguments.control_token,
        )
    except ValueError as error:
        # An unknown exchange, date or scenario, or a malformed pair, or a damaged recording.
        raise Misuse(str(error)) from None


def _what(arguments: Arguments, name: str) -> str | Factory:
    """Return the exchange's name, or what makes a replay of it."""
    file = arguments.replay
    return name if file is None else Replay.factory(file, name)


def _proxy(arguments: Arguments, mocks: dict[str, MockExchange]) -> Proxy | None:
    if arguments.proxy is None:
        return None
    try:
        return Proxy(mocks, port=arguments.proxy)
    except ValueError as error:
        raise Misuse(f"--proxy: {error}") from None


def _recorder(file: Path, mock: MockExchange) -> Recorder:
    try:
        return Recorder(mock.journal, file)
    except OSError as error:
        raise Misuse(f"--record {file} cannot be written: {error.strerror}") from None


def _write_ca(authority: Authority | None, path: Path) -> str | None:
    if authority is None:
        return None
    try:
        return str(authority.write(path))
    except OSError as error:
        raise Misuse(f"the CA cannot be written to {path}: {error.strerror}") from None


async def _serve(
    arguments: Arguments, mocks: dict[str, MockExchange], ca: str | None, proxy: Proxy | None
) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, ended.set)
        except NotImplementedError:
            # Windows: Ctrl-C arrives as KeyboardInterrupt, which ends it as well.
            break
    async with AsyncExitStack() as stack:
        if proxy is not None:
            # before the mocks, so that it ends after them and passes their goodbye on
            try:
                await stack.enter_async_context(proxy)
            except OSError as error:
                raise Misuse(_no_proxy(arguments, error)) from None
        for name, mock in mocks.items():
            if arguments.record is not None:
                stack.enter_context(_recorder(arguments.record, mock))
            try:
                await stack.enter_async_context(mock)
            except OSError as error:
                raise Misuse(_cannot_listen(arguments, name, error)) from None
        sys.stdout.write(_addresses(arguments, mocks, ca, proxy))
        sys.stdout.flush()
        await ended.wait()


def _addresses(
    arguments: Arguments, mocks: dict[str, MockExchange], ca: str | None, proxy: Proxy | None
) -> str:
    tls = arguments.tls
    urls = {
        name: {
            "rest": mock.tls_rest_url if tls else mock.rest_url,
            "ws": mock.tls_ws_url if tls else mock.ws_url,
            "control": mock.control_url if mock.controlled else None,
        }
        for name, mock in mocks.items()
    }
    if arguments.json:
        token = arguments.control_token
        said: dict[str, object] = {"ca": ca}
        if token is not None:
            said["control_token"] = token
        if proxy is not None:
            said |= {"proxy": proxy.url, "environment": environment(proxy.url, str(ca))}
        return json.dumps({name: {**each, **said} for name, each in urls.items()}) + "\n"
    lines = []
    for name, each in urls.items():
        rest, ws = str(each["rest"]), str(each["ws"])
        lines.append(f"{name}\n  REST            {rest}\n  WebSocket       {ws}\n")
        lines.append(f"  control         {each['control'] or 'off: give --control-token'}\n")
        if arguments.control_token is not None:
            lines.append(f"  control token   {arguments.control_token}\n")
        if ca:
            lines.append(f"  CA              {ca}\n")
        lines.append(paste(name, rest, ws, ca))
    if proxy is not None:
        lines.append(_switch(proxy, str(ca)))
    return "".join(lines) + "Ctrl-C ends it.\n"


def _switch(proxy: Proxy, ca: str) -> str:
    """Return what leads programs with production addresses to the mocks."""
    said = environment(proxy.url, ca)
    exports = "".join(f"export {name}={quote(value)}\n" for name, value in said.items())
    return (
        f"proxy             {proxy.url}\n  leads here      {proxy.served}\n"
        "  all other hosts are refused; paste this before a program starts:\n\n"
        f"{exports}\n{_HONOURED}"
    )


def _no_proxy(arguments: Arguments, error: OSError) -> str:
    where = f"127.0.0.1:{arguments.proxy}, for the proxy"
    if error.errno == errno.EADDRINUSE:
        return f"port in use: {where}; give --proxy another, or none for any free one"
    return f"cannot listen on {where}: {error.strerror or error}"


def _cannot_listen(arguments: Arguments, name: str, error: OSError) -> str:
    position = arguments.exchanges.index(name)
    port = arguments.port + position if arguments.port else 0
    where = f"{arguments.host}:{port}"
    if error.errno == errno.EADDRINUSE:
        return f"port in use: {where}, for {name}; give another --port, or none for any free one"
    return f"cannot listen on {where}, for {name}: {error.strerror or error}"
