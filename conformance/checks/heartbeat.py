"""Is a connection kept alive as the exchange demands, and a dead one given up?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise

from conformance.case import Case
from conformance.observe import SOON_S, eventually, story
from conformance.registry import check
from conformance.silence import SETTLED_S, Since, blamed, quieten, subscribed, wants_care
from conformance.watched import Watched
from mock_exchanges.core.actions import Drop
from mock_exchanges.core.calendar import SECOND_MS
from mock_exchanges.core.http import Request, Response
from mock_exchanges.core.journal import Entry
from mock_exchanges.faults.connect.http_status import HttpStatus
from mock_exchanges.faults.silence.mute_pong import MutePong

# intervals in which a quiet market says nothing for long, the best first
_SLOW = ("1h", "4h", "15m")
# the periods that the check announces, one for each connection, seconds
_ANNOUNCED_S = (10.0, 5.0)
# seconds by which a message that follows on another comes at once
_AT_ONCE_S = 0.2


@dataclass(frozen=True, slots=True)
class Life:
    """How connections ended while a feed ran: by the exchange, and by the feed."""

    ends: list[Entry]
    left: list[Entry]


def pings_by_text(case: Case, interval: str) -> bool:
    """Return whether the exchange sends pings as messages, which want an answer."""
    frames = case.samples.other_frames(
        case.samples.quiet_pair, case.meaning(interval).name, case.world.now_ms()
    )
    return any(frame.reply for frame in frames)


@check("HB-01")
async def stays_alive(case: Case) -> None:
    interval = await case.live_interval()
    by_text = pings_by_text(case, interval)
    if wants_care(case) and not by_text:
        case.not_applicable("the exchange sends no pings; it wants the client's (see HB-02)")
    feed = case.watch(case.samples.quiet_pair, interval)
    ends = (await _lives(case, feed, case.samples.alive_for_s)).ends
    pings, answers = case.world.journal.of("ping"), case.world.journal.of("ponged")
    if pings:
        case.did(
            f"The exchange sent {len(pings)} pings, {len(answers)} were answered, on a connection "
            f"for {case.samples.quiet_pair} {interval}."
        )
    else:
        case.did(f"A connection for {case.samples.quiet_pair} {interval} was to stay open.")
    _must_live(case, feed, ends)
    if not pings and not by_text:
        case.not_applicable("the exchange sends no pings")
    case.witness(f"{len(pings)} ping frames, {len(answers)} answers, in {_alive(case)}")


@check("HB-02")
async def lives_without_data(case: Case) -> None:
    if not wants_care(case):
        case.not_applicable("the exchange wants nothing but answers to its pings")
    feed, ends = await _idle(case)
    _must_live(case, feed, ends)
    case.witness(f"{len(_sent(case, 1))} messages of the client in {_alive(case)}")


@check("HB-03")
async def pings_while_data_flows(case: Case) -> None:
    if not case.samples.ping_every_s:
        case.not_applicable("the exchange wants no pings of the client's own")
    interval = await case.live_interval()
    feed = case.watch(case.pair, interval)
    ends = (await _lives(case, feed, case.samples.alive_for_s / 2)).ends
    case.did(
        f"Candles of {case.pair} flowed; the exchange counts what the client sends, and heard "
        f"{len(_sent(case, 1))} messages on connection 1."
    )
    _must_live(case, feed, ends)
    case.witness(f"{len(_sent(case, 1))} messages of the client, {len(feed.updates)} updates")


@check("HB-04")
async def missing_pong(case: Case) -> None:
    interval = next((name for name in _SLOW if (m := case.known(name)) and m.streamed), None)
    interval = interval or await case.live_interval()
    grid = case.meaning(interval).grid
    await case.world.own_market()
    feed = case.watch(case.pair, interval)
    await quieten(case, case.pair, 3 * SOON_S)
    try:
        await subscribed(case, feed)
        fault = case.world.mock.add_fault(MutePong())
        began_ms = case.world.now_ms()
        if not await eventually(lambda: bool(fault.struck), SOON_S / 2):
            case.not_applicable("the feed sends no pings of its own")
        since = Since(case, feed, grid)
        case.did("Nothing was traded, and the exchange did not answer the client's pings.")
        if await eventually(lambda: bool(since.noticed()), SOON_S):
            case.witness(f"{since.seconds:.0f} s after the first missing pong: {since.noticed()}")
            return
        came = [e for e in case.world.journal.of("out", "ping") if e.at_ms > began_ms]
        if came:
            case.not_applicable("the exchange's own heartbeats came all the while")
        case.fail(
            f"{fault.struck} pings were not answered, nothing else came for {SOON_S:g} s, "
            "and the feed has not noticed",
            expected="a new connection, or word to the caller",
            got=story(feed, case.world.setting.epoch_ms) or "the feed told nothing",
            likely="pings are sent, and nobody looks whether a pong comes back",
        )
    finally:
        await feed.stop()


@check("HB-05")
async def other_frames_do_no_harm(case: Case) -> None:
    interval = await case.live_interval()
    feed = case.watch(case.samples.quiet_pair, interval)
    life = await _lives(case, feed, case.samples.alive_for_s / 2)
    journal = case.world.journal
    others = [e for e in journal.of("out") if case.samples.about(e.text) is None]
    if not others:
        case.not_applicable("nothing but candles came")
    kinds = list(dict.fromkeys(e.text[:12] for e in others))
    case.did(f"Besides candles came {len(others)} other messages, such as {others[-1].text:.80}")
    for left in life.left:
        last = next((e for e in reversed(others) if e.connection == left.connection), None)
        if last is not None and 0 <= left.at_ms - last.at_ms <= _AT_ONCE_S * SECOND_MS:
            case.fail(
                f"the feed left connection {left.connection} on the message {last.text:.80}",
                expected="what is no candle is passed over",
                got=story(feed, case.world.setting.epoch_ms),
                likely="the message is no JSON, or has not the keys of a candle, and reading it "
                "raises",
            )
    for error in getattr(feed, "unreadable", ()):
        case.fail("what was handed over is no candle", expected="candles alone", got=str(error))
    grid = case.meaning(interval).grid
    market, pair = case.world.market, case.samples.quiet_pair
    for item in feed.candles:
        on_grid = grid.floor(item.open_ms) == item.open_ms
        if not on_grid or market.candle(pair, grid, item.open_ms) is None:
            case.fail(
                "a candle was handed over that the exchange does not have",
                expected="candles alone",
                got=str(item.reading),
            )
    case.witness(f"{len(others)} messages that are no candles: {', '.join(kinds)}")


@check("HB-06")
async def period_is_announced(case: Case) -> None:
    if case.samples.token_desk is None or announced(case, _ANNOUNCED_S[0]) is None:
        case.not_applicable("the exchange announces no period of pings")
    if not case.judges_feed and case.subject.optional("get_ws_ping_payload") is None:
        case.not_applicable("the adapter leaves pings to its host")
    desk, expected_s = case.samples.token_desk, 0.0
    journal, engine = case.world.journal, case.world.mock.engine
    feed = case.watch(case.samples.quiet_pair, await case.live_interval())
    try:
        for number, every_s in enumerate(_ANNOUNCED_S):
            case.world.mock.clear_faults()
            fault = announced(case, every_s)
            assert fault is not None
            case.world.mock.add_fault(fault)
            before = len(journal.of("request"))
            if number == 0:
                await subscribed(case, feed)
            else:
                await _anew(case)
            # who keeps a token that is still good keeps its period, too
            asked = any(desk.path in entry.text for entry in journal.of("request")[before:])
            expected_s = every_s if asked else expected_s
            if not expected_s:
                case.not_exercised("the feed asked for no token", consequence_of="TOKEN-01")
            await asyncio.sleep(6 * expected_s)
            case.did(f"The exchange announced a ping every {expected_s:g} s.")
            longest_s = _longest_s(case, engine.accepted)
            if longest_s > 1.5 * expected_s + 1:
                case.fail(
                    f"connection {engine.accepted} said nothing for {longest_s:.1f} s",
                    expected=f"a ping every {expected_s:g} s, as announced with its token",
                    likely="the period is a constant, or that of the first connection",
                )
            case.witness(f"{expected_s:g} s announced, at most {longest_s:.1f} s between two")
    finally:
        await feed.stop()


def announced(case: Case, every_s: float) -> HttpStatus | None:
    """Return the fault by which a token, issued now, comes with another period of pings."""
    desk = case.samples.token_desk
    if desk is None:
        return None
    exchange = case.world.mock.engine.exchange
    answer = exchange.request(Request("POST", desk.path), case.world.now_ms())
    if not isinstance(answer, Response):
        return None
    changed = case.samples.announcing(answer, every_s)
    if changed is None:
        return None
    return HttpStatus.answering(changed, of="rest", path=desk.path)


@check("HB-07")
async def one_pinger(case: Case) -> None:
    interval = await case.live_interval()
    feed = case.watch(case.samples.quiet_pair, interval)
    engine = case.world.mock.engine
    window_s = max(60.0, 4 * case.samples.ping_every_s)
    try:
        await subscribed(case, feed)
        first = await _count(case, window_s)
        case.did(f"Connection 1 lived for {window_s:g} s; then the exchange ended four in a row.")
        if first > window_s:
            case.fail(
                f"the client sent {first} messages in {window_s:g} s, with nothing to say",
                expected="what keeps the connection alive",
                likely="the period is in other units than thought",
            )
        for _ in range(4):
            await _anew(case)
        last = await _count(case, window_s)
        case.witness(f"connection 1: {first}, connection {engine.accepted}: {last} messages")
        if last > 1.5 * first + 2:
            case.fail(
                f"connection {engine.accepted} hears {last} messages in {window_s:g} s, where "
                f"connection 1 heard {first}",
                expected="one pinger, that of the connection",
                likely="the tasks that ping for earlier connections were not ended with them",
            )
    finally:
        await feed.stop()


@check("HB-08")
async def ping_frames_are_no_substitute(case: Case) -> None:
    if not case.samples.ping_every_s:
        case.not_applicable("the exchange wants no pings of the client's own")
    feed, ends = await _idle(case)
    frames = case.world.journal.of("pinged")
    if not frames:
        case.not_applicable("the feed sends no ping frames")
    if ends and frames[0].at_ms < ends[0].at_ms and len(_sent(case, 1)) <= 2:
        case.did(f"The client sent {len(frames)} ping frames and no ping of the exchange's own.")
        _must_live(case, feed, ends, "a library's heartbeat option sends frames; this exchange "
                   "counts its own pings, which are texts")  # fmt: skip
    case.witness(f"{len(frames)} ping frames, besides {len(_sent(case, 1))} messages")


async def _idle(case: Case) -> tuple[Watched, list[Entry]]:
    """Let a feed live in a market in which nobody trades; return it, and how it was ended."""
    interval = await case.live_interval()
    await case.world.own_market()
    feed = case.watch(case.samples.quiet_pair, interval)
    await quieten(case, case.samples.quiet_pair, case.samples.alive_for_s + 120)
    case.did(
        f"In {case.samples.quiet_pair} nothing was traded; a connection for it was to last "
        f"{case.samples.alive_for_s:g} s."
    )
    return feed, (await _lives(case, feed, case.samples.alive_for_s)).ends


async def _lives(case: Case, feed: Watched, for_s: float) -> Life:
    """Run a feed for so long, or to its second connection; return how connections ended."""
    engine = case.world.mock.engine
    try:
        await feed.start()
        await eventually(lambda: engine.accepted >= 2, for_s)
        journal = case.world.journal
        life = Life(journal.of("close", "drop"), journal.of("lost"))
    finally:
        await feed.stop()
    if engine.accepted == 0:
        if feed.updates:
            case.not_applicable("the feed opens no connection: it asks REST only")
        case.not_exercised("no connection came to be")
    return life


def _must_live(case: Case, feed: Watched, ends: list[Entry], likely: str = "") -> None:
    if ends:
        case.fail(
            f"the exchange ended the connection: {ends[0].text}",
            expected=f"one connection for {_alive(case)}",
            got=story(feed, case.world.setting.epoch_ms),
            likely=likely,
        )


def _alive(case: Case) -> str:
    return f"{case.samples.alive_for_s:g} s"


def _sent(case: Case, connection: int) -> list[Entry]:
    return case.world.journal.of("in", connection=connection)


def _longest_s(case: Case, connection: int) -> float:
    """Return the longest time between two messages of the client, up to now, in seconds."""
    times = [e.at_ms for e in _sent(case, connection)]
    times.append(case.world.now_ms())
    return max((after - before for before, after in pairwise(times)), default=0) / SECOND_MS


async def _anew(case: Case) -> None:
    """End the connection; wait until the next one is subscribed and settled."""
    engine = case.world.mock.engine
    before = engine.accepted
    case.world.mock.end_connections(Drop("eof"))
    back = await eventually(lambda: engine.accepted > before and bool(engine.hub.topics()), SOON_S)
    if not back:
        case.not_exercised("no new connection came to be", consequence_of="RECON-01")


async def _count(case: Case, window_s: float) -> int:
    """Return how many messages and pings a connection hears in so many seconds, once settled."""
    engine = case.world.mock.engine
    await asyncio.sleep(SETTLED_S)
    number, before = engine.accepted, case.world.now_ms()
    await asyncio.sleep(window_s)
    if engine.accepted != number:
        case.not_exercised(f"connection {number} did not last", consequence_of=blamed(case))
    heard = case.world.journal.of("in", "pinged", connection=number)
    return sum(entry.at_ms >= before for entry in heard)
