"""Does every connection get a token of its own, where the exchange wants one?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from conformance.case import Case
from conformance.checks.coming_back import attempts, comes_back, running
from conformance.checks.url import connect, problem
from conformance.observe import story
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.world import Probe
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.interference import Interference
from mock_exchanges.core.samples import TokenDesk
from mock_exchanges.faults import Fault
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.connect.no_answer import NoAnswer
from mock_exchanges.faults.pressure.slow import Slow
from mock_exchanges.faults.pressure.token_expired import TokenExpired

# virtual time within which a connection with a wrong token is ended
REFUSED_WITHIN_MS = 3_000

# seconds for which the token desk is away, and by which it is late
_DESK_AWAY_S, _SLOW_S = 20.0, 15.0


async def desk_of(case: Case) -> TokenDesk:
    """Return where tokens come from; end as not applicable where none are needed."""
    desk = case.samples.token_desk
    if desk is None:
        case.not_applicable("the exchange's connections need no token")
    if not case.judges_feed:
        await case.subject.streamed()
    return desk


@check("URL-03")
async def fresh_token(case: Case) -> None:
    desk = await desk_of(case)
    url = await case.subject.ws_url()
    asked = [e for e in case.world.journal.of("request") if desk.path in e.text]
    case.witness(f"{len(asked)} requests for a token; {url!r}")
    if not isinstance(url, str):
        case.fail("get_ws_url gives no string", got=repr(url), consequence_of="URL-01")
    # on the right path, as a wrong one is URL-02's matter
    path, _ = case.samples.handshake(case.world.now_ms())
    probe = case.world.probe(path, urlsplit(url).query)
    if not _taken(probe):
        case.did(f"The exchange was asked for a token {len(asked)} times.")
        case.fail(
            f"the exchange does not take the token in the URL: {_refusal(probe)}",
            expected="the token and the endpoint of the answer, and what else is mandatory",
            got=url,
        )


@check("URL-05")
async def desk_away(case: Case) -> None:
    desk = await desk_of(case)
    for name, answer in case.samples.rest_failures().items():
        subject = await case.world.subject()
        fault = HttpStatus.answering(answer, of="rest", path=desk.path, times=3)
        case.world.mock.add_fault(fault)
        case.did(f"The exchange answered the request for a token with {name}.")
        try:
            url = await subject.ws_url()
        except AdapterRaised as raised:
            case.witness(f"{name}: raised {type(raised.error).__name__}")
            continue
        finally:
            case.world.mock.remove_fault(fault)
        case.witness(f"{name}: {url!r}")
        probe = connect(case, url) if problem(url, case) is None else None
        if probe is None or not _taken(probe):
            case.fail(
                f"without a token, after {name}, get_ws_url gives a URL all the same",
                expected="an exception, or a right URL after a retry",
                got=repr(url),
            )


@check("TOKEN-01")
async def token_of_each_connection(case: Case) -> None:
    desk = await desk_of(case)
    if case.judges_feed:
        await _feed_renews(case)
        return
    await case.subject.ws_url()
    await asyncio.sleep(desk.life_s + 60)
    case.did(f"A token is good for {desk.life_s / 3600:g} h; so much time went by.")
    url = await case.subject.ws_url()
    probe = connect(case, url)
    case.witness(f"asked again after {desk.life_s:g} s: {url!r}")
    if not _taken(probe):
        case.fail(
            f"the URL for a later connection has a token that expired: {_refusal(probe)}",
            expected="a token asked for anew at every call of get_ws_url",
            got=url,
        )


async def _feed_renews(case: Case) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    mock.add_fault(TokenExpired(single_use=True))
    async with running(case) as feed:
        for _ in range(2):
            number, since_ms = engine.accepted, case.world.now_ms()
            mock.end_connections(Drop("eof"))
            case.did(f"Connection {number} broke, and its token was not good for another one.")
            if await comes_back(case, feed, number):
                case.witness(f"connection {engine.accepted} has a token of its own")
                continue
            tried = attempts(case, since_ms)
            if not tried:
                case.not_exercised("it did not try to connect again", consequence_of="RECON-01")
            case.fail(
                f"it tried {len(tried)} times with a token that expired",
                expected="a token asked for anew, at the latest when one is refused",
                got=story(feed, case.world.setting.epoch_ms),
            )


@check("TOKEN-02")
async def desk_back(case: Case) -> None:
    desk = await desk_of(case)
    troubles: tuple[tuple[str, Fault], ...] = (
        ("did not answer", NoAnswer(of="rest", path=desk.path)),
        ("answered with HTTP 503", HttpStatus(of="rest", path=desk.path)),
        (f"answered {_SLOW_S:g} s late", Slow(delay_s=_SLOW_S, path=desk.path)),
    )
    if case.judges_feed:
        await _feed_asks_again(case, troubles)
    else:
        await _adapter_asks_again(case, troubles)


async def _feed_asks_again(case: Case, troubles: tuple[tuple[str, Fault], ...]) -> None:
    mock, engine = case.world.mock, case.world.mock.engine
    async with running(case) as feed:
        for what, fault in troubles:
            number = engine.accepted
            active = mock.add_fault(fault)
            mock.end_connections(Drop("eof"))
            case.did(f"The connection ended, and for {_DESK_AWAY_S:g} s the token desk {what}.")
            await asyncio.sleep(_DESK_AWAY_S)
            mock.remove_fault(active)
            if not active.struck:
                case.not_exercised("no token was asked for")
            if not await comes_back(case, feed, number):
                case.fail(
                    f"after the token desk {what}, no candle comes any more",
                    expected="another request for a token, and candles",
                    got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
                    likely="an error on the way to the token ends the loop that reconnects, or "
                    "what the failed request began is kept",
                )
            case.witness(f"candles again after the desk {what}, asked {active.struck} times")


async def _adapter_asks_again(case: Case, troubles: tuple[tuple[str, Fault], ...]) -> None:
    for what, fault in troubles:
        subject = await case.world.subject()
        active = case.world.mock.add_fault(fault)
        case.did(f"The token desk {what}, and was well again later.")
        try:
            first = await subject.ws_url()
        except AdapterRaised as raised:
            first = str(raised)
        case.world.mock.remove_fault(active)
        await asyncio.sleep(_DESK_AWAY_S)
        try:
            url = await subject.ws_url()
            why = None if problem(url, case) is not None else _refusal_of(connect(case, url))
        except AdapterRaised as raised:
            url, why = None, str(raised)
        if url is None or problem(url, case) is not None or why:
            case.fail(
                f"once the token desk {what}, get_ws_url gives no right URL any more",
                expected="a new request for a token at the next call",
                got=f"at first: {first}\nthen: {why or url}",
                likely="what the failed call began was kept: a flag, a lock, half an answer",
            )
        case.witness(f"after the desk {what}: {url}")


def _refusal_of(probe: Probe) -> str:
    return "" if _taken(probe) else _refusal(probe)


class OtherEndpoint(Interference):
    """The token desk announces an endpoint on another of these hosts."""

    def __init__(self, path: str, hosts: Iterable[str]) -> None:
        self.host = ""
        self._path = path
        self._hosts = tuple(hosts)

    def on_response(self, request: Request, response: Response, now_ms: int) -> Response:
        if request.path != self._path or response.status != HTTPStatus.OK:
            return response
        answer = self._changed(json.loads(response.body))
        return replace(response, body=json.dumps(answer, separators=(",", ":")).encode())

    def _changed(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._changed(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._changed(each) for each in value]
        if isinstance(value, str) and value.startswith(("wss://", "ws://")):
            parts = urlsplit(value)
            self.host = next(host for host in self._hosts if host != parts.hostname)
            return urlunsplit(parts._replace(netloc=self.host))
        return value


@check("TOKEN-03")
async def heeds_the_answer(case: Case) -> None:
    desk = await desk_of(case)
    mock = case.world.mock
    other = OtherEndpoint(desk.path, [*case.samples.ws_hosts, *case.samples.rest_hosts])
    mock.engine.add_fault(other, mock.now_ms())
    if case.judges_feed:
        async with running(case):
            case.did(f"The token desk announced an endpoint on {other.host}.")
            hosts = [c.request.headers.get("host", "") for c in mock.engine.connections.values()]
            if not hosts:
                case.not_exercised("the connection ended at once", "RECON-01")
            went = hosts[0].partition(":")[0]
    else:
        url = await case.subject.ws_url()
        case.did(f"The token desk announced an endpoint on {other.host}.")
        went = urlsplit(url).hostname or "" if isinstance(url, str) else repr(url)
    if not other.host:
        case.not_exercised("no token was asked for")
    if went != other.host:
        case.fail(
            f"the connection goes to {went}, which was not announced",
            expected=f"the endpoint of the token's answer, on {other.host}",
            got=went,
            likely="the endpoint is a constant; it is good until the exchange moves it",
        )
    case.witness(f"went to {other.host}")


def _taken(probe: Probe) -> bool:
    """Return whether the exchange takes the connection, or refuses it within a moment."""
    if probe.refused is None and probe.closed is None:
        probe.wait(lambda _: False, REFUSED_WITHIN_MS)
    return probe.refused is None and probe.closed is None


def _refusal(probe: Probe) -> str:
    if probe.refused is not None:
        body = probe.refused.body.decode("utf-8", "replace")
        return f"HTTP {probe.refused.status} {body}".strip()
    return f"{probe.texts[-1] if probe.texts else ''} {probe.closed}".strip()
