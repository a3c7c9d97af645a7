"""Does every connection get a token of its own, where the exchange wants one?"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from conformance.case import Case
from conformance.checks.url import connect, problem
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.world import Probe
from mock_exchanges.core.samples import TokenDesk
from mock_exchanges.faults.connect.http_status import HttpStatus

# virtual time within which a connection with a wrong token is ended
REFUSED_WITHIN_MS = 3_000


async def desk_of(case: Case) -> TokenDesk:
    """Return where tokens come from; end as not applicable where none are needed."""
    desk = case.samples.token_desk
    if desk is None:
        case.not_applicable("the exchange's connections need no token")
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
