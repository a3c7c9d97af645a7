"""Does the adapter log in, where candles are served only after that?"""

from __future__ import annotations

import inspect

from conformance.case import Case
from conformance.checks.url import DATA_WITHIN_MS
from conformance.registry import check
from conformance.world import encode


@check("LOGIN-01")
async def logs_in(case: Case) -> None:
    if not case.samples.login(case.world.now_ms()):
        case.not_applicable("the exchange's candles need no login")
    await case.subject.streamed()
    offered = case.subject.optional("get_ws_auth_payload")
    login = await offered if inspect.isawaitable(offered) else offered
    case.witness(f"get_ws_auth_payload gave {login!r}")
    if login is None:
        case.did("The exchange serves candles only to connections that have logged in.")
        case.fail(
            "the adapter offers no login",
            expected="get_ws_auth_payload, with a login good at the time of the call",
            got="no get_ws_auth_payload, or None",
        )
    path, query = case.samples.handshake(case.world.now_ms())
    probe = case.world.probe(path, query)
    probe.send(encode(login))
    refusals = [said for text in probe.texts if (said := case.samples.refuses(text))]
    probe.send(case.samples.subscription(case.pair, case.samples.usual))
    came = probe.wait(lambda texts: any(case.samples.about(text) for text in texts), DATA_WITHIN_MS)
    if refusals or not came:
        case.did(f"The adapter's login was sent: {encode(login)}.")
        case.fail(
            f"the exchange refuses the login: {refusals[0]}"
            if refusals
            else "after the login no candle comes",
            expected=f"a login such as {case.samples.login(case.world.now_ms())[0]}",
            got=encode(login),
        )
