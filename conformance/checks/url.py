"""Where does the adapter connect?"""

from __future__ import annotations

import difflib
import inspect
import re
from typing import Any
from urllib.parse import urlsplit

from conformance.case import Case
from conformance.registry import check
from conformance.world import Probe

# virtual time within which candles of a busy pair must have come
DATA_WITHIN_MS = 180_000

_UNFINISHED = re.compile(r"<coroutine object|<function |<bound method |\bNone\b|\{[a-z_]*\}")


def problem(url: Any, case: Case) -> tuple[str, str] | None:
    """Return (headline, expected) if a URL is not a usable one of the exchange."""
    hosts = case.samples.ws_hosts
    example = f"wss://{next(iter(hosts))}{case.samples.ws_path}"
    if inspect.isawaitable(url):
        return "get_ws_url gives an awaitable inside an awaitable", f"a URL such as {example}"
    if not isinstance(url, str):
        return f"get_ws_url gives {type(url).__name__}, not a string", f"a URL such as {example}"
    if found := _UNFINISHED.search(url):
        return f"the URL contains {found.group()!r}: something was not awaited or not filled in", (
            f"a URL such as {example}"
        )
    if not url.strip() or re.search(r"\s", url):
        return "the URL is empty or contains blanks", f"a URL such as {example}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return f"the URL cannot be read: {error}", f"a URL such as {example}"
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("ws", "wss"):
        return f"the URL's scheme is {parts.scheme!r}", "wss"
    if host in case.samples.test_hosts:
        return f"{host} is a test system, not the market", f"a production host, as in {example}"
    if host not in hosts:
        near = difflib.get_close_matches(host, hosts, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{host or 'no host'} is no stream host of the exchange{hint}", (
            f"one of {', '.join(sorted(hosts))}"
        )
    if parts.scheme == "ws":
        return "the URL says ws:// to a production host, which is not encrypted", f"wss://{host}…"
    if port is not None and port not in hosts[host]:
        return f"port {port} of {host} serves no candles", (
            f"port {' or '.join(map(str, hosts[host]))}"
        )
    return None


def connect(case: Case, url: str) -> Probe:
    """Connect in memory to the path and query of a URL."""
    parts = urlsplit(url)
    return case.world.probe(parts.path or "/", parts.query)


def serves_candles(case: Case, probe: Probe) -> bool:
    """Return whether a right subscription on this connection is followed by candles."""
    for text in case.samples.login(probe.now_ms):
        probe.send(text)
    probe.send(case.samples.subscription(case.pair, case.samples.usual))
    return probe.wait(
        lambda texts: any(case.samples.about(text) is not None for text in texts), DATA_WITHIN_MS
    )


def _refusal(case: Case, probe: Probe) -> str:
    """Return what the exchange said against a right subscription, if it said something."""
    said = [text for text in map(case.samples.refuses, probe.texts) if text is not None]
    return f": {said[0]}" if said else ""


@check("URL-01")
async def usable_url(case: Case) -> None:
    url = await case.subject.ws_url()
    case.witness(f"get_ws_url gave {url!r}")
    found = problem(url, case)
    if found:
        headline, expected = found
        case.fail(headline, expected=expected, got=repr(url))


@check("URL-02")
async def leads_to_candles(case: Case) -> None:
    await case.subject.streamed()
    url = await case.subject.ws_url()
    if not isinstance(url, str):
        case.fail("get_ws_url gives no string", got=repr(url), consequence_of="URL-01")
    probe = connect(case, url)
    case.witness(f"connected to {url}")
    if probe.refused is not None:
        body = probe.refused.body.decode("utf-8", "replace")
        case.did(f"The exchange refused the handshake on {url}.")
        case.fail(
            f"the exchange refuses the path of the URL: HTTP {probe.refused.status} {body}".strip(),
            expected=f"a path on which candles are served, such as {case.samples.ws_path}",
            got=url,
        )
    if not serves_candles(case, probe):
        case.did(f"A right subscription was sent on {url}; no candle came.")
        case.fail(
            f"no candles are served there{_refusal(case, probe)}",
            expected=f"a path on which candles are served, such as {case.samples.ws_path}",
            got=url,
        )


@check("URL-04")
async def second_url(case: Case) -> None:
    await case.subject.streamed()
    first = await case.subject.ws_url()
    second = await case.subject.ws_url()
    case.witness(f"asked twice: {first!r}, {second!r}")
    found = problem(second, case)
    if found:
        case.fail(f"the second URL is wrong: {found[0]}", expected=found[1], got=repr(second))
    probe = connect(case, second)
    if probe.refused is not None or not serves_candles(case, probe):
        case.fail(
            "the second URL leads to no candles, the first one was another",
            expected=f"a URL as good as the first, {first!r}",
            got=repr(second),
        )
