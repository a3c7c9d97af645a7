"""What does the adapter send to subscribe, and does it bring what was meant?"""

from __future__ import annotations

import copy
from typing import Any

from conformance.case import Case
from conformance.checks.url import DATA_WITHIN_MS, connect
from conformance.registry import check
from conformance.world import Probe, encode

# so many subscriptions share a connection, one in a second
TOGETHER = 4


class Subscribed:
    """What came of one pair's payloads on a right connection."""

    def __init__(self, probe: Probe, payloads: list[str]) -> None:
        self.probe = probe
        self.payloads = payloads
        self.refusal: str | None = None
        self.right = False
        # which of the interval's meanings came
        self.name = ""
        self.wrong: tuple[str, str] | None = None


async def subscribe(case: Case, pair: str, interval: str) -> Subscribed:
    """Send the adapter's payloads where candles are served, and see what comes.

    Without a payload the adapter's own URL is used: it may carry the subscription.
    """
    case.meaning(interval)
    right = {meaning.name for meaning in case.samples.meanings(interval)}
    payloads = await case.subject.payloads(pair, interval)
    texts = [_text(case, payload) for payload in payloads]
    probe = case.world.probe() if texts else connect(case, str(await case.subject.ws_url()))
    came = Subscribed(probe, texts)
    for text in texts:
        probe.send(text)
    refusals = [said for text in probe.texts if (said := case.samples.refuses(text)) is not None]
    if refusals:
        came.refusal = refusals[0]
        return came

    def about(received: list[str]) -> bool:
        for text in received:
            known = case.samples.about(text)
            if known is not None and known[0] == pair and known[1] in right:
                came.right, came.name = True, known[1]
            elif known is not None:
                came.wrong = known
        return came.right or came.wrong is not None

    about(probe.texts)
    if not came.right and came.wrong is None:
        probe.wait(about, DATA_WITHIN_MS)
    if not came.right and came.wrong is None and probe.closed is not None:
        came.refusal = f"the connection was ended: {probe.closed}"
    return came


def _text(case: Case, payload: Any) -> str:
    try:
        return encode(payload)
    except (TypeError, ValueError) as error:
        case.fail(
            f"the payload is no text and cannot be written as JSON: {error}",
            expected="a str, or something that json.dumps takes",
            got=repr(payload),
            consequence_of=None if case.card.id == "PAY-01" else "PAY-01",
        )


async def chosen(case: Case, interval: str) -> str:
    """Return which of an interval's meanings the adapter subscribes to, the usual one if none."""
    meanings = case.samples.meanings(interval)
    if len(meanings) > 1:
        came = await subscribe(case, case.pair, interval)
        if came.right:
            return came.name
    return case.meaning(interval).name


def silence(case: Case) -> str:
    """Return what the exchange passed over in silence, with the nearest right stream."""
    journal = case.world.probed
    missed = journal.of("near-miss") if journal is not None else []
    return missed[-1].text if missed else ""


@check("PAY-01")
async def accepted(case: Case) -> None:
    await case.subject.streamed()
    meaning = case.meaning(case.interval)
    for pair in case.samples.pairs[:3]:
        came = await subscribe(case, pair, case.interval)
        sent = ", ".join(came.payloads) or "nothing (the URL is to carry the subscription)"
        case.witness(f"{pair}: sent {sent}")
        case.did(f"For {pair} {case.interval} the adapter sent {sent} to the right endpoint.")
        right = case.samples.subscription(pair, meaning.name)
        if came.refusal is not None:
            case.fail(
                f"the exchange refuses the subscription: {came.refusal}",
                expected=f"a request such as {right}",
                got=sent,
            )
        if not came.payloads and came.wrong is not None and came.wrong[1] == meaning.name:
            continue  # the URL carries a subscription, and so one market only
        if came.wrong is not None and not came.right:
            case.fail(
                f"candles of {came.wrong[0]} {came.wrong[1]} come instead of {pair} "
                f"{case.interval}",
                expected=f"a request such as {right}",
                got=sent,
            )
        if not came.right:
            case.fail(
                "the subscription is accepted, and nothing ever comes",
                expected=f"a request such as {right}",
                got=sent,
                consequence_of="PAY-02",
            )


@check("PAY-02")
async def not_passed_over(case: Case) -> None:
    for interval in await case.subject.streamed():
        meaning = case.known(interval)
        if meaning is None:
            continue  # INTV-01 is about that
        for pair in case.samples.pairs[:3]:
            came = await subscribe(case, pair, interval)
            case.witness(f"{pair} {interval}: {'candles' if came.right else 'no candles'}")
            if came.right or came.wrong is not None or came.refusal is not None:
                continue
            sent = ", ".join(came.payloads) or "nothing"
            missed = silence(case)
            case.did(
                f"For {pair} {interval} the exchange answered {came.probe.texts[:1]} and then "
                f"sent no candle for {DATA_WITHIN_MS // 1000} s."
            )
            case.fail(
                "the exchange takes the subscription and never sends anything",
                expected=f"a request such as {case.samples.subscription(pair, meaning.name)}",
                got=sent,
                likely=missed,
            )


@check("PAY-03")
async def ids_within_rules(case: Case) -> None:
    usual = await case.usual_interval()
    known = [name for name in await case.subject.streamed() if case.known(name) is not None]
    asked = [(pair, usual) for pair in case.samples.pairs]
    asked += [(case.pair, name) for name in known if name != usual]
    both = case.world.probe()
    for number, (pair, interval) in enumerate(asked):
        texts = [_text(case, payload) for payload in await case.subject.payloads(pair, interval)]
        if not texts:
            case.not_applicable("the adapter sends no subscription: its URL carries it")
        alone = case.world.probe()
        probes = {"on a connection of its own": alone}
        if number < TOGETHER:
            probes["after another on the same connection"] = both
            both.wait(lambda _: False, 1000)
        for where, probe in probes.items():
            answers = [answer for text in texts for answer in probe.send(text)]
            refusal = next(filter(None, map(case.samples.refuses, answers)), None)
            if refusal is not None:
                case.did(f"For {pair} {interval} the adapter sent {', '.join(texts)}, {where}.")
                case.fail(
                    f"the exchange refuses the subscription of {pair} {interval}: {refusal}",
                    expected="an id of the length and kind that the exchange allows, for every "
                    "pair and interval, as in "
                    + case.samples.subscription(pair, case.meaning(interval).name),
                    got=", ".join(texts),
                )
    case.witness(f"{len(asked)} subscriptions, {TOGETHER} of them on one connection")


@check("PAY-05")
async def within_rate(case: Case) -> None:
    interval = await case.usual_interval()
    probe = case.world.probe()
    sent = 0
    for number, pair in enumerate(case.samples.pairs, 1):
        texts = [_text(case, payload) for payload in await case.subject.payloads(pair, interval)]
        if not texts:
            case.not_applicable("the adapter sends no subscription: its URL carries it")
        for text in texts:
            probe.send(text)
        sent += len(texts)
        probe.wait(lambda _: False, 1000)
        if probe.closed is not None:
            case.did(f"Pair after pair was subscribed on one connection, one in a second: {sent}.")
            case.fail(
                f"the exchange ends the connection at pair {number}: {probe.closed}",
                expected="one short message, or a few, for a pair",
                got=f"{len(texts)} messages for {pair}, the longest of "
                f"{max(map(len, texts))} characters, such as {texts[0][:200]}",
            )
    case.witness(f"{len(case.samples.pairs)} pairs with {sent} messages")


@check("PAY-04")
async def right_again(case: Case) -> None:
    interval = await case.usual_interval()
    meaning = case.meaning(interval)
    first, second = case.samples.pairs[:2]
    given = await case.subject.payloads(first, interval)
    kept = copy.deepcopy(given)
    if not given:
        case.not_applicable("the adapter sends no subscription: its URL carries it")
    other = await subscribe(case, second, interval)
    again = await subscribe(case, first, interval)
    case.witness(
        f"asked for {first}, {second}, {first}: {kept}, {other.payloads}, {again.payloads}"
    )
    if given != kept:
        case.fail(
            f"the payload for {first} changed when the one for {second} was asked for",
            expected=repr(kept),
            got=repr(given),
        )
    for pair, came in ((second, other), (first, again)):
        if not came.right:
            case.did(f"{came.payloads or 'Nothing'} was sent for {pair}, asked for later.")
            case.fail(
                f"the payload for {pair} is right when asked for first, and wrong later"
                + (f": {came.refusal}" if came.refusal else ""),
                expected=f"a request such as {case.samples.subscription(pair, meaning.name)}",
                got=", ".join(came.payloads) or "nothing",
            )
