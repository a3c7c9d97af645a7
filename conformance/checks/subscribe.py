"""Does the feed ask for the right streams, notice what is refused, and keep pairs apart?"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence

from conformance.case import Case
from conformance.feed import UserFeed
from conformance.observe import SOON_S, eventually, judge_candles, passed_on, story, upcoming
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.watched import Emitted, Note, Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.faults.pressure.retire_endpoint import RetireEndpoint
from mock_exchanges.faults.silence.mute_ack import MuteAck

# virtual seconds within which a caller hears of a refusal, which needs no guessing
REFUSAL_S = 60.0
# pairs of a start-up that is large: more than fit into a second, fewer than into a connection
MANY = 40

_COMPLAINT = re.compile(r"refus|reject|error|fail|unknown|invalid|not found|no such|\bcode\b", re.I)


class OnePair:
    """What a feed of several pairs says of one of them (see conformance.watched.Watched)."""

    def __init__(self, feed: Watched, pair: str) -> None:
        self._feed = feed
        self.pair = pair
        self.first_ms = feed.first_ms

    @property
    def candles(self) -> Sequence[Emitted]:
        """The closed candles of this pair."""
        return [item for item in self._feed.candles if plain(item.pair) == plain(self.pair)]

    @property
    def updates(self) -> Sequence[object]:
        """Signs of life of the whole feed."""
        return self._feed.updates

    @property
    def notes(self) -> Sequence[Note]:
        """What the whole feed told."""
        return self._feed.notes

    async def start(self) -> None:
        """Start the whole feed."""
        await self._feed.start()

    async def stop(self) -> None:
        """Stop the whole feed."""
        await self._feed.stop()


def right_topics(case: Case, pair: str, interval: str) -> list[str]:
    """Return the topics of a pair that would be right for a framework's interval."""
    meanings = [meaning for meaning in case.samples.meanings(interval) if meaning.streamed]
    return [case.samples.topic(pair, meaning.name) for meaning in meanings]


def subscribed(case: Case, pairs: Sequence[str], interval: str) -> int:
    """Return how many of some pairs are subscribed at this moment."""
    topics = set(case.world.mock.engine.hub.topics())
    return sum(not topics.isdisjoint(right_topics(case, pair, interval)) for pair in pairs)


def silence_s(case: Case, length_ms: int) -> float:
    """Return the virtual seconds within which any program notices that nothing comes.

    Generous: where idle intervals have no candle, silence is usual for long.
    """
    return (600.0 if case.samples.flat else 7200.0) + 3 * length_ms / 1000


def told(feed: Watched, since_ms: int) -> bool:
    """Return whether a caller was told of trouble that began at a time (epoch milliseconds)."""
    return any(
        note.error or note.at_ms > since_ms or _COMPLAINT.search(note.text) for note in feed.notes
    )


def refusals(case: Case) -> list[tuple[int, str]]:
    """Return when the exchange refused a request on a connection, and in which words."""
    sent = case.world.journal.of("out")
    return [(e.at_ms, why) for e in sent if (why := case.samples.refuses(e.text)) is not None]


@check("SUB-01")
async def right_stream(case: Case) -> None:
    interval = await case.live_interval()
    engine, journal = case.world.mock.engine, case.world.journal
    feed = case.watch(case.pair, interval)
    await feed.start()
    try:
        found = await eventually(lambda: subscribed(case, [case.pair], interval) == 1, SOON_S / 5)
        topics = ", ".join(engine.hub.topics())
    finally:
        await feed.stop()
    tried = journal.of("connect", "refuse")
    if not tried:
        case.not_applicable("the feed opens no WebSocket connection")
    case.witness(f"{len(tried)} connections; subscribed to {topics or 'nothing'}")
    if found:
        return
    sent = _sent(case)
    near = [entry.text for entry in journal.of("near-miss") if entry.connection]
    case.did(f"The feed was to follow {case.pair} {interval}; it tried {len(tried)} connections.")
    case.fail(
        f"the feed never subscribes to the candles of {case.pair} {interval}"
        + (f", but to {topics}" if topics else ""),
        expected=f"a request such as {_request(case, case.pair, interval)}",
        got="; ".join(dict.fromkeys(sent)) or tried[-1].text,
        likely=near[-1] if near else "",
    )


@check("SUB-02")
async def refusal_told(case: Case) -> None:
    interval = await case.live_interval()
    pair = unlisted(case, interval)
    feed = case.watch(pair, interval)
    try:
        try:
            await feed.start()
        except AdapterRaised as raised:
            case.witness(f"start() raised {raised.error!r}")
            return
        asked = await eventually(lambda: bool(refusals(case)), SOON_S)
        since_ms, why = refusals(case)[0] if asked else (case.world.now_ms(), "")
        heard = await eventually(lambda: told(feed, since_ms), REFUSAL_S)
        said = story(feed, case.world.setting.epoch_ms)
    finally:
        await feed.stop()
    if heard:
        case.witness(f"told: {feed.notes[-1].text}")
        return
    if not asked:
        case.not_exercised(f"the feed never asked for {pair}", consequence_of="SUB-01")
    case.did(f"The exchange refused {pair}, which it does not list, at once: {why}")
    case.fail(
        f"the exchange refuses the subscription, and the caller hears nothing for {REFUSAL_S:g} s",
        expected="an exception, or on_status with the exchange's error",
        got=said or "no word, no candle",
    )


@check("SUB-03")
async def confirmation_missing(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    mock = case.world.mock
    fault = mock.add_fault(MuteAck(data=False))
    feed = case.watch(case.pair, interval)
    within_s = silence_s(case, grid.length_ms)
    await feed.start()
    try:
        if not await eventually(lambda: bool(case.world.journal.of("fault")), SOON_S / 5):
            case.not_applicable("the feed asks for nothing that the exchange would confirm")
        since_ms = case.world.now_ms()
        heard = await eventually(lambda: told(feed, since_ms) or bool(feed.candles), within_s)
        said = story(feed, case.world.setting.epoch_ms)
        mock.remove_fault(fault)
    finally:
        await feed.stop()
    case.did("The subscription was heard, and neither confirmed nor refused; no candle came on it.")
    if not heard:
        case.fail(
            f"the confirmation never comes, and the caller hears nothing for {within_s:g} s",
            expected="an error in a time that the feed sets, or candles by another way",
            got=said or "no word, no candle",
        )
    case.witness(feed.notes[-1].text if feed.notes else f"{len(feed.candles)} candles")


@check("SUB-04")
async def leaves_one(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    gone, kept = case.samples.pairs[:2]
    feed = case.watch_many([gone, kept], interval)
    await feed.start()
    try:
        if not (isinstance(feed, UserFeed) and feed.can_unsubscribe):
            case.not_applicable("the feed has no method unsubscribe(trading_pair)")
        if not await eventually(lambda: subscribed(case, [gone, kept], interval) == 2, SOON_S):
            case.not_exercised("not both pairs were subscribed", consequence_of="SUB-01")
        await feed.unsubscribe(gone)
        left = await eventually(lambda: subscribed(case, [gone], interval) == 0, REFUSAL_S)
        case.did(f"The caller unsubscribed {gone}, and not {kept}.")
        before = len(OnePair(feed, gone).candles)
        await passed_on(case, OnePair(feed, kept), grid, upcoming(case, kept, grid, 2))
        stays = subscribed(case, [kept], interval) == 1
        case.world.mock.end_connections(Drop("eof"))
        case.did(f"{case.happened} Later the connection ended, and came anew.")
        await eventually(lambda: subscribed(case, [kept], interval) == 1, SOON_S)
        again = subscribed(case, [gone], interval)
        target = upcoming(case, kept, grid, 1)
        await passed_on(case, OnePair(feed, kept), grid, target)
    finally:
        await feed.stop()
    more = len(OnePair(feed, gone).candles) - before
    wrong = {
        f"{gone} stays subscribed at the exchange": not left,
        f"{kept} is left, too": not stays,
        f"{gone} is subscribed again after a reconnect": bool(again),
        f"{more} candles of {gone} come after it was left": more > 0,
    }
    for headline, holds in wrong.items():
        if holds:
            case.fail(
                f"unsubscribe: {headline}",
                expected=f"an end of {gone}, and of nothing else",
                got="; ".join(
                    e.text for e in case.world.journal.of("in") if "subscr" in e.text.lower()
                ),
            )
    judge_candles(case, OnePair(feed, kept), kept, grid, target)


@check("SUB-05")
async def many_pairs(case: Case) -> None:
    interval = await case.live_interval()
    case.watch_many([case.pair], interval)
    pairs = (await case.world.own_market(MANY - len(case.samples.pairs)))[:MANY]
    feed = case.watch_many(pairs, interval)
    journal = case.world.journal
    await feed.start()
    try:
        whole = await eventually(
            lambda: subscribed(case, pairs, interval) == MANY or bool(_flood(case)), SOON_S
        )
        await asyncio.sleep(1)
        count = subscribed(case, pairs, interval)
        trouble = _flood(case)
    finally:
        await feed.stop()
    sent = journal.of("in")
    case.did(f"The feed was asked to follow {MANY} pairs; it sent {len(sent)} messages.")
    if trouble:
        case.fail(
            f"asked for {MANY} pairs at once, the feed goes beyond what the exchange allows: "
            + trouble[0],
            expected="few messages with many streams each, spaced as the exchange demands",
            got=f"{count} of {MANY} pairs are subscribed; {len(sent)} messages were sent",
        )
    if not whole:
        case.fail(
            f"{MANY - count} of {MANY} pairs are not subscribed after {SOON_S:g} s",
            expected=f"{MANY} streams, over as many connections as it takes",
            got=story(feed, case.world.setting.epoch_ms),
        )
    case.witness(f"{MANY} pairs with {len(sent)} messages")


@check("SUB-06")
async def one_bad(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    bad = unlisted(case, interval, silent_too=True)
    good = [case.samples.pairs[0], case.samples.pairs[1]]
    feed = case.watch_many([good[0], bad, good[1]], interval)
    try:
        try:
            await feed.start()
        except AdapterRaised as raised:
            case.witness(f"start() raised {raised.error!r}: nothing was promised")
            return
        targets = {pair: upcoming(case, pair, grid, 2) for pair in good}
        for pair, target in targets.items():
            await passed_on(case, OnePair(feed, pair), grid, target)
    finally:
        await feed.stop()
    case.did(f"The feed was asked for {', '.join(good)}, and {bad}, which is not listed.")
    for pair, target in targets.items():
        judge_candles(case, OnePair(feed, pair), pair, grid, target)


@check("SUB-07")
async def retired(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    mock, engine = case.world.mock, case.world.mock.engine
    feed = case.watch(case.pair, interval)
    within_s = silence_s(case, grid.length_ms)
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        number = engine.accepted
        mock.add_fault(RetireEndpoint())
        mock.end_connections(Drop("eof"))
        back = await eventually(lambda: engine.accepted > number, SOON_S)
        if not back:
            case.not_exercised("no second connection came to be", consequence_of="RECON-01")
        await asyncio.sleep(5)
        since_ms, seen = case.world.now_ms(), len(feed.candles)
        case.did(
            f"Candles came on connection {number}. It ended; since then the exchange takes "
            "connections and subscriptions, and sends nothing."
        )
        heard = await eventually(_heard(feed, since_ms, seen), within_s)
        said = story(feed, case.world.setting.epoch_ms)
    finally:
        await feed.stop()
    if not heard:
        case.fail(
            f"the endpoint was retired: nothing comes, and nobody is told for {within_s:g} s",
            expected="an error, or candles by another way",
            got=said or "no word",
        )
    case.witness(feed.notes[-1].text if feed.notes else f"{len(feed.candles)} candles")


@check("LIFE-01")
async def kept_apart(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    pairs = list(case.samples.pairs[:2])
    feed = case.watch_many(pairs, interval)
    targets = {pair: upcoming(case, pair, grid, 3) for pair in pairs}
    await feed.start()
    try:
        for pair, target in targets.items():
            await passed_on(case, OnePair(feed, pair), grid, target)
    finally:
        await feed.stop()
    named = sorted({item.pair for item in feed.candles})
    case.did(
        f"Candles of {' and '.join(pairs)} came interleaved; the feed spoke of {', '.join(named)}."
    )
    for pair, target in targets.items():
        judge_candles(case, OnePair(feed, pair), pair, grid, target)


def unlisted(case: Case, interval: str, *, silent_too: bool = False) -> str:
    """Return a pair that the exchange does not list.

    Ends the check as not applicable where the exchange does not refuse such a one, unless
    ``silent_too``.
    """
    pair = f"NOPE-{case.pair.partition('-')[2]}"
    probe = case.world.probe()
    answers = probe.send(_request(case, pair, interval))
    if not silent_too and not any(case.samples.refuses(text) for text in answers):
        case.not_applicable(
            "the exchange takes subscriptions to what it does not list (see SUB-07)"
        )
    return pair


def _request(case: Case, pair: str, interval: str) -> str:
    return case.samples.subscription(pair, case.meaning(interval).name)


def _sent(case: Case) -> list[str]:
    """Return what was sent on connections."""
    return [entry.text for entry in case.world.journal.of("in")]


def _flood(case: Case) -> list[str]:
    """Return what the exchange said to too much: refusals, and ends of connections."""
    ends = case.world.journal.of("close", "drop", "refuse")
    return [*(why for _, why in refusals(case)), *(e.text for e in ends)]


def _heard(feed: Watched, since_ms: int, seen: int) -> Callable[[], bool]:
    def heard() -> bool:
        late = any(note.at_ms > since_ms for note in feed.notes)
        return late or len(feed.candles) > seen

    return heard


def plain(pair: str) -> str:
    """Return a pair as letters and digits alone, to know it however it is written."""
    return re.sub(r"\W|_", "", pair).upper()
