"""Does the feed stay within the exchange's limits, and do as it is told when it did not?"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence

from conformance.case import Case
from conformance.checks.subscribe import MANY, refusals, silence_s, subscribed, told
from conformance.observe import SOON_S, eventually, judge_candles, passed_on, story, upcoming
from conformance.registry import check
from conformance.subject import AdapterRaised
from conformance.watched import Watched
from mock_exchanges.core.actions import Close, Drop
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.http import Response
from mock_exchanges.core.journal import Entry
from mock_exchanges.faults.base import Fault
from mock_exchanges.faults.connect.http_html import HttpHtml
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.pressure.ban import Ban
from mock_exchanges.faults.pressure.rate_limit import RateLimit
from mock_exchanges.faults.pressure.subscribe_limit import SubscribeLimit
from mock_exchanges.faults.silence.mute_data import MuteData

# candles of an outage: more than the few that come with a subscription
MISSED = 5
# what was under way when an answer came is no disobedience, milliseconds
UNDER_WAY_MS = 300
# seconds for which the exchange says to keep away, once the stream is back
WAIT_S = 150.0
BAN_S = 150.0
# seconds of an exchange that ends every connection, and of one that says nothing
FLAPPING_S = 70.0
MUTE_S = 120.0

# seconds for which each subscription is one message too many, and how often it is, at the most: a
# feed that asks without a pause would never come to the end of the time
LIMITED_S = 20.0
REFUSED = 50
# how often the same may be asked for in a stretch of time: a pause of a second is one
MOST_ASKED = 11
ASKED_WITHIN_MS = 10_000

# what differs between two requests for the same
_NUMBERS = re.compile(r'\d{2,}|"id":[^,}]*')
_MUCH = re.compile(r"too many|exceed|permits|rate|limit", re.I)

NOT_ASKED = "the feed asks nothing by REST, not even what it missed"


class Outage:
    """Candles close while the stream is away; then it is back, and what is missed is asked for."""

    def __init__(self, case: Case, interval: str) -> None:
        self.case = case
        self.grid: Grid = case.meaning(interval).grid
        self.began_ms = 0

    async def begin(self, feed: Watched) -> None:
        """Start a feed, and take the stream away once candles come."""
        await feed.start()
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            self.case.not_exercised("no candle came on the first connection")
        self._away = self.case.world.mock.add_fault(HttpStatus(of="handshake"))
        self.began_ms = self.case.world.now_ms()
        self.case.world.mock.end_connections(Drop("eof"))

    @property
    def lasts_s(self) -> float:
        """Virtual seconds from now until some candles are missed, and another is under way."""
        now_ms = self.case.world.now_ms()
        last = upcoming(self.case, self.case.pair, self.grid, MISSED + 1)
        return max(1.0, (last.end_ms - 0.6 * self.grid.length_ms - now_ms) / 1000)

    async def end(self) -> None:
        """Give the stream back."""
        self.case.world.mock.remove_fault(self._away)

    async def through(self, feed: Watched, troubles: Sequence[Fault], more_s: float) -> bool:
        """Let REST be in trouble from the outage's begin until it was asked, after its end.

        ``more_s`` is how long that may take, virtual seconds. Returns whether it was asked.
        """
        await self.begin(feed)
        mock, seen = self.case.world.mock, self.case.world.journal.total
        away_s = self.lasts_s
        faults = [mock.add_fault(trouble) for trouble in troubles]
        await asyncio.sleep(away_s)
        number = mock.engine.accepted
        await self.end()
        journal = self.case.world.journal
        await eventually(lambda: mock.engine.accepted > number, more_s)
        await asyncio.sleep(10)  # with the stream back, and REST not yet
        for fault in faults:
            mock.remove_fault(fault)
        return bool(journal.seen("request", after=seen))

    async def whole_after(self, feed: Watched) -> None:
        """Judge that in the end every candle was handed over."""
        target = upcoming(self.case, self.case.pair, self.grid, 2)
        await passed_on(self.case, feed, self.grid, target)
        await eventually(lambda: not self._missing(feed, target.end_ms), SOON_S)
        await feed.stop()
        judge_candles(self.case, feed, self.case.pair, self.grid, target)

    def _missing(self, feed: Watched, end_ms: int) -> bool:
        times = {item.open_ms for item in feed.candles}
        made = self.case.candles(self.case.pair, self.grid, feed.first_ms, end_ms)
        return any(candle.open_ms not in times for candle in made)


def limited(entries: Sequence[Entry]) -> list[Entry]:
    """Return the answers and refusals among entries that say: too much."""
    codes = ("429 ", "418 ")
    return [
        entry
        for entry in entries
        if (entry.kind == "response" and entry.text.startswith(codes))
        or (entry.kind == "refuse" and any(f" {code}" in f"{entry.text} " for code in codes))
    ]


def says_how_long(answer: Response) -> bool:
    """Return whether an answer tells for how long to keep away."""
    return bool({name.lower() for name in answer.headers} & {"retry-after", "gw-ratelimit-reset"})


@check("LIMIT-01")
async def start_up(case: Case) -> None:
    interval = await case.live_interval()
    grid = case.meaning(interval).grid
    case.watch_many([case.pair], interval)
    pairs = (await case.world.own_market(MANY - len(case.samples.pairs)))[:MANY]
    feed = case.watch_many(pairs, interval)
    journal, mock = case.world.journal, case.world.mock
    await feed.start()
    try:
        if not await eventually(lambda: subscribed(case, pairs, interval) == MANY, SOON_S):
            case.not_exercised("not all pairs were subscribed", consequence_of="SUB-05")
        away = mock.add_fault(HttpStatus(of="handshake"))
        mock.end_connections(Drop("eof"))
        await asyncio.sleep(3.2 * grid.length_ms / 1000)
        mock.remove_fault(away)
        end_ms = grid.floor(case.world.now_ms())
        begin_ms = feed.first_ms

        def filled() -> bool:
            last = {item.pair: item.open_ms for item in feed.candles}
            return len(last) >= MANY and min(last.values()) >= grid.previous(end_ms)

        done = await eventually(lambda: filled() or bool(limited(list(journal))), SOON_S)
    finally:
        await feed.stop()
    asked = journal.of("request")
    closes = (end_ms - begin_ms) // grid.length_ms
    case.did(
        f"{MANY} pairs were followed. The stream was away while {closes} candles of each closed; "
        f"the feed asked {len(asked)} times by REST."
    )
    over = limited(list(journal))
    if over:
        case.fail(
            f"catching up on {MANY} pairs, the feed goes over the request budget: {over[0].text}",
            expected="few requests with many candles each, spaced as the exchange demands",
            got=f"{len(asked)} requests, {len(over)} of them refused",
        )
    case.witness(f"{len(asked)} requests for {MANY} pairs{'' if done else ', not all answered'}")


@check("LIMIT-02")
async def too_many_requests(case: Case) -> None:
    interval = await case.live_interval()
    if not says_how_long(case.samples.too_many(30)):
        case.not_applicable("the exchange does not say how long to wait after too many requests")
    feed = case.watch(case.pair, interval)
    outage = Outage(case, interval)
    try:
        lasts_s = outage.lasts_s + WAIT_S
        await outage.through(feed, [RateLimit(of="rest", for_s=lasts_s)], WAIT_S)
        until_ms = outage.began_ms + round(lasts_s * 1000)
        await asyncio.sleep(max(0, until_ms - case.world.now_ms()) / 1000)
        _kept_away(case, feed, until_ms)
        await outage.whole_after(feed)
    finally:
        await feed.stop()


@check("LIMIT-03")
async def banned(case: Case) -> None:
    interval = await case.live_interval()
    now_ms = case.world.now_ms()
    if not says_how_long(case.samples.banned(now_ms, now_ms + 1000)):
        case.not_applicable("the exchange does not say how long a ban lasts")
    feed = case.watch(case.pair, interval)
    mock = case.world.mock
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 2, SOON_S):
            case.not_exercised("no candle came on the first connection")
        ban_s = BAN_S + 2 * case.meaning(interval).grid.length_ms / 1000
        until_ms = case.world.now_ms() + round(ban_s * 1000)
        mock.add_fault(Ban(for_s=ban_s))
        mock.end_connections(Drop("eof"))
        await asyncio.sleep(ban_s + 0.5)
        _kept_away(case, feed, until_ms)
        seen = len(feed.updates)
        if not await eventually(lambda: len(feed.updates) > seen, 2 * SOON_S):
            case.fail(
                f"the ban is over, and for {2 * SOON_S:g} s nothing comes any more",
                expected="candles again, once the ban has ended",
                got=story(feed, case.world.setting.epoch_ms),
            )
    finally:
        await feed.stop()


def _kept_away(case: Case, feed: Watched, until_ms: int) -> None:
    """Fail if the feed did not wait as long as an answer said: REST, connections, each its way.

    A ban that is told by REST holds for connections, too.
    """
    journal = list(case.world.journal)
    desk = case.samples.token_desk
    first: dict[str, Entry] = {}
    early: list[Entry] = []
    for entry in journal:
        way = {"request": "rest", "connect": "connection", "refuse": "connection"}.get(entry.kind)
        late = way in first and first[way].at_ms + UNDER_WAY_MS < entry.at_ms < until_ms
        if late and (desk is None or desk.path not in entry.text):  # a connection needs its token
            early.append(entry)
        if entry.at_ms < until_ms and limited([entry]):
            if entry.kind == "response":
                first.setdefault("rest", entry)
                if entry.text.startswith("418 "):
                    first.setdefault("connection", entry)
            elif says_how_long(case.samples.banned(0, 1000, handshake=True)):
                first.setdefault("connection", entry)
    if not first:
        case.not_applicable("the feed asked nothing that was answered with a time to wait")
    told = min(first.values(), key=lambda entry: entry.at_ms)
    wait_s = (until_ms - told.at_ms) / 1000
    case.did(f"The exchange answered {told.text[:80]!r}, and to come back in {wait_s:.0f} s.")
    if early:
        case.fail(
            f"told to keep away for {wait_s:.0f} s, the feed comes back after "
            f"{(early[0].at_ms - told.at_ms) / 1000:.1f} s, and {len(early)} times in all",
            expected="nothing before that time",
            got="\n".join(entry.line(case.world.setting.epoch_ms) for entry in early[:6]),
            likely="each request that comes too early can make the wait longer",
        )
    case.witness(f"kept away for {wait_s:.0f} s")


@check("LIMIT-04")
async def attempts_and_messages(case: Case) -> None:
    interval = await case.live_interval()
    feed = case.watch(case.pair, interval)
    mock, journal, engine = case.world.mock, case.world.journal, case.world.mock.engine
    await feed.start()
    try:
        if not await eventually(lambda: len(feed.updates) >= 1, SOON_S):
            case.not_exercised("no candle came on the first connection")
        until_ms = case.world.now_ms() + round(FLAPPING_S * 1000)
        while case.world.now_ms() < until_ms:
            mock.end_connections(Close(1001))
            await asyncio.sleep(0.5)
        attempts = len(journal.of("connect", "refuse"))
        over = limited(list(journal))
        seen = len(feed.updates)
        await eventually(lambda: len(feed.updates) > seen and bool(engine.connections), SOON_S)
        mute = mock.add_fault(MuteData())
        mark = journal.total
        await asyncio.sleep(MUTE_S)
        sent = len(journal.seen("in", after=mark))
        ends = [entry.text for entry in journal.seen("close", after=mark)]
        flood = [
            text for text in (*ends, *(why for _, why in refusals(case))) if _MUCH.search(text)
        ]
        mock.remove_fault(mute)
    finally:
        await feed.stop()
    case.did(
        f"For {FLAPPING_S:g} s the exchange ended every connection; the feed tried {attempts}. "
        f"Then it sent no candle for {MUTE_S:g} s; the feed sent {sent} messages."
    )
    if over:
        case.fail(
            f"the feed connects more often than the exchange allows: {over[0].text}",
            expected="attempts that become rarer, and stay below the exchange's limit",
            got=f"{attempts} attempts in {FLAPPING_S:g} s",
        )
    if flood:
        case.fail(
            f"the feed sends more messages than the exchange allows, and is cut off: {flood[0]}",
            expected="few messages, however long nothing comes",
            got=f"{sent} messages in {MUTE_S:g} s",
        )
    case.witness(f"{attempts} attempts, {sent} messages")


@check("LIMIT-05")
async def hidden_limit(case: Case) -> None:
    interval = await case.live_interval()
    code = _code(case.samples.too_many(5))
    hidden = [
        (name, answer)
        for name, answer in case.samples.rest_failures().items()
        if answer.status == 200 and code is not None and _code(answer) == code
    ]
    if not hidden:
        case.not_applicable("the exchange answers too many requests with HTTP 429 only")
    feed = case.watch(case.pair, interval)
    outage = Outage(case, interval)
    name, answer = hidden[0]
    try:
        if not await outage.through(feed, [HttpStatus.answering(answer, of="rest")], SOON_S):
            case.not_applicable(NOT_ASKED)
        case.did(f"While candles were missing, REST answered {name}: {answer.body.decode()[:80]}")
        await outage.whole_after(feed)
    finally:
        await feed.stop()


@check("LIMIT-06")
async def pages_for_people(case: Case) -> None:
    interval = await case.live_interval()
    feed = case.watch(case.pair, interval)
    outage = Outage(case, interval)
    pages = (
        HttpHtml(of="rest", status=200, times=2),
        HttpStatus(of="rest", status=200, times=2),
        HttpHtml(of="rest", status=403, times=2),
    )
    try:
        if not await outage.through(feed, pages, SOON_S):
            case.not_applicable(NOT_ASKED)
        case.did(
            "While candles were missing, requests were answered with HTML and HTTP 200, then with "
            "nothing, then with the HTML page of a CDN and HTTP 403; then they were answered well."
        )
        await outage.whole_after(feed)
    finally:
        await feed.stop()


@check("LIMIT-07")
async def limit_on_the_stream(case: Case) -> None:
    interval = await case.live_interval()
    if not case.samples.flooded("", case.world.now_ms()):
        case.not_applicable("the exchange has no error for too many messages on a connection")
    mock, journal = case.world.mock, case.world.journal
    feed = case.watch(case.pair, interval)
    fault = mock.add_fault(SubscribeLimit(times=REFUSED))
    try:
        try:
            await feed.start()
        except AdapterRaised as raised:
            case.witness(f"start() raised {raised.error!r}")
            return
        if not await eventually(lambda: bool(fault.struck), SOON_S / 5):
            case.not_applicable("the feed asks for nothing by a message on a connection")
        await asyncio.sleep(LIMITED_S)
        refused = [entry for entry in journal.of("fault") if " strikes: " in entry.text]
        mock.remove_fault(fault)
        since_ms, why = refused[0].at_ms, refusals(case)[0][1]
        case.did(
            f"For {LIMITED_S:g} s the exchange answered each subscription {why!r}, "
            f"{len(refused)} times, and accepted it from then on."
        )
        if (hasty := _hasty(refused)) > MOST_ASKED:
            case.fail(
                f"told that it was a message too many, the feed asks again at once, {hasty} times "
                f"in {ASKED_WITHIN_MS / 1000:g} s",
                expected="a pause before the next request, longer each time",
                got="\n".join(e.line(case.world.setting.epoch_ms) for e in refused[:6]),
                likely="each request that comes too early is one more that is counted",
            )
        within_s = silence_s(case, case.meaning(interval).grid.length_ms)
        await eventually(lambda: told(feed, since_ms) or bool(feed.candles), within_s)
        heard, came = told(feed, since_ms), len(feed.candles)
        said = story(feed, case.world.setting.epoch_ms)
    finally:
        await feed.stop()
    if not heard and not came:
        case.fail(
            "the exchange answers that it was a message too many, and neither a candle nor a word "
            f"comes for {within_s:g} s",
            expected="the subscription asked for again, after a pause, or word to the caller",
            got=said or "no word, no candle",
            likely="the error is taken for a confirmation, or for data, and passed over",
        )
    case.witness(f"{len(refused)} refusals; {feed.notes[-1].text if heard else f'{came} candles'}")


def _hasty(refused: Sequence[Entry]) -> int:
    """Return how often the same was asked for within some seconds, at the most."""
    asked: dict[str, list[int]] = {}
    for entry in refused:
        asked.setdefault(_NUMBERS.sub("", entry.text), []).append(entry.at_ms)
    return max(
        sum(since_ms <= at_ms < since_ms + ASKED_WITHIN_MS for at_ms in times)
        for times in asked.values()
        for since_ms in times
    )


def _code(answer: Response) -> str | None:
    """Return the exchange's own code of an answer, if it has one."""
    try:
        return str(json.loads(answer.body)["code"])
    except (ValueError, KeyError, TypeError):
        return None
