"""What a check is given: a world, a fresh adapter, and ways to conclude."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn

from conformance import compare
from conformance.card import Card
from conformance.contract import Reading, Unreadable
from conformance.feed import USUAL_INTERVALS
from conformance.process.keeping import Changes
from conformance.subject import AdapterRaised, Subject
from conformance.verdict import Outcome, Row, Severity, Verdict
from conformance.watched import Watched
from conformance.world import World
from mock_exchanges.core.calendar import Grid
from mock_exchanges.core.candle import Candle
from mock_exchanges.core.samples import Interval, Samples

# the report folds what repeats, and cuts to what a reader wants
WIRE_LINES = 30


class Case:
    """One check on one adapter, for one interval where the check goes by interval.

    A check passes by returning after at least one `witness`; it ends otherwise
    through one of the methods that do not return.
    """

    def __init__(
        self, card: Card, world: World, subject: Subject | None, interval: str | None
    ) -> None:
        self.card = card
        self.world = world
        self._subject = subject
        self.witnessed: list[str] = []
        self.happened = ""
        self.frames: list[str] = []
        # the feeds of this case: what they told stands in the message
        self.watching: list[Watched] = []
        # judges what the check's run left behind in the process, when all of it is over
        self.afterwards: Callable[[Changes], None] | None = None
        self._interval = interval
        self._wire: Samples | None = None

    @property
    def subject(self) -> Subject:
        """The adapter. Raises LookupError where a feed is judged, which has no methods to ask."""
        if self._subject is None:
            raise LookupError(f"check {self.card.id} asks an adapter's methods, and judges a feed")
        return self._subject

    @property
    def running(self) -> list[str]:
        """The adapter's methods that have been called and have not come back."""
        return [] if self._subject is None else self._subject.running

    @property
    def judges_feed(self) -> bool:
        """Whether the user's own feed is judged, rather than an adapter in our driver."""
        return self._subject is None

    async def live_interval(self) -> str:
        """Return the interval for live checks that need any one, known to the exchange."""
        if not self.judges_feed:
            interval = await self.usual_interval()
            self.meaning(interval)
            return interval
        for name in USUAL_INTERVALS:
            if any(meaning.streamed for meaning in self.samples.meanings(name)):
                return name
        return self.samples.usual

    def watch(self, pair: str, interval: str, history: int = 3) -> Watched:
        """Return a feed of a pair and an interval, not started: the user's, or our driver's.

        ``history`` is how many closed candles our driver fetches first.
        """
        if self.judges_feed:
            return self._watching(self.world.user_feed([pair], interval))
        return self._watching(self.world.feed(self.subject, pair, interval, history))

    def watch_many(self, pairs: Sequence[str], interval: str) -> Watched:
        """Return one feed of several pairs, not started, or end as not applicable."""
        if not self.judges_feed or "trading_pairs" not in self.world.setting.factory.wants:
            what = "feed" if self.judges_feed else "host of an adapter"
            self.not_applicable(f"the {what} follows one pair at a time")
        return self._watching(self.world.user_feed(pairs, interval))

    def _watching(self, feed: Watched) -> Watched:
        self.watching.append(feed)
        return feed

    @property
    def samples(self) -> Samples:
        """The exchange's own frames and right requests."""
        return self.world.samples

    @property
    def pair(self) -> str:
        """The pair that most checks use."""
        return self.samples.pairs[0]

    @property
    def interval(self) -> str:
        """The interval this case is about."""
        if self._interval is None:
            if self.card.per == "adapter":
                raise LookupError(f"check {self.card.id} does not go by interval")
            self.not_applicable("the adapter names no interval (see INTV-01, INTV-02)")
        return self._interval

    async def wire(self) -> Samples:
        """Return the samples as connections to the adapter's URL get them, if it has a usable one.

        A wrong URL is another check's matter and must not hide what the parser does.
        """
        if self._wire is None:
            try:
                url = await self.subject.ws_url()
            except AdapterRaised:
                url = None
            self._wire = self.samples.for_url(url) if isinstance(url, str) else self.samples
        return self._wire

    def known(self, interval: str) -> Interval | None:
        """Return what an interval usually means on this exchange, or None."""
        return next(iter(self.samples.meanings(interval)), None)

    def candles(self, pair: str, grid: Grid, start_ms: int, end_ms: int) -> list[Candle]:
        """Return the exchange's closed candles that open in ``[start_ms, end_ms)``."""
        found = self.world.market.candles(pair, grid, start_ms, end_ms)
        return found if self.samples.flat else [candle for candle in found if candle.trades]

    def newest(self, pair: str, grid: Grid, end_ms: int, count: int) -> list[Candle]:
        """Return the last ``count`` closed candles of the exchange before ``end_ms``."""
        first = self.world.market.first_open(pair, grid)
        span = count
        while True:
            start_ms = max(first, grid.back(end_ms, span))
            found = self.candles(pair, grid, start_ms, end_ms)
            if len(found) >= count or start_ms == first:
                return found[-count:]
            span *= 4

    def candle(self, pair: str, grid: Grid, open_ms: int) -> Candle | None:
        """Return one closed candle of the exchange, if it has it."""
        found = self.candles(pair, grid, open_ms, open_ms + 1)
        return found[0] if found else None

    def meaning(self, interval: str) -> Interval:
        """Return what an interval is on this exchange, or end as not applicable."""
        found = self.known(interval)
        if found is None:
            self.not_applicable(f"the exchange has no interval {interval!r} (see INTV-02)")
        return found

    async def usual_interval(self) -> str:
        """Return a streamed interval for checks that need any one: 1m if there is one."""
        streamed = await self.subject.streamed()
        known = [name for name in streamed if self.known(name) is not None]
        if not known:
            self.not_applicable("no streamed interval of the adapter is one of the exchange")
        return "1m" if "1m" in known else known[0]

    async def supported(self) -> Mapping[str, Any]:
        """Return the supported intervals; INTV-02 is about whether they are right."""
        supported = await self.subject.intervals()
        if not isinstance(supported, Mapping):
            self.fail(
                f"get_supported_intervals gives {type(supported).__name__}",
                expected="a mapping of interval name to seconds",
                got=repr(supported),
                consequence_of=None if self.card.id == "INTV-02" else "INTV-02",
            )
        return supported

    async def usual_rest_interval(self) -> str:
        """Return an interval for REST checks that need any one: 1m if there is one."""
        supported = await self.supported()
        known = [name for name in supported if self.known(name) is not None]
        if not known:
            self.not_applicable("no interval of the adapter is one of the exchange")
        return "1m" if "1m" in known else known[0]

    def witness(self, text: str) -> None:
        """Say that what the check is about really happened."""
        self.witnessed.append(text)

    def did(self, text: str) -> None:
        """Say what the exchange did; it stands in the message if the check fails from here."""
        self.happened = text

    def showed(self, *frames: str) -> None:
        """Name the frames that were handed to the adapter, for the message's wire log."""
        self.frames = list(frames)

    def fail(
        self,
        headline: str,
        *,
        expected: str = "",
        got: str = "",
        rows: Sequence[Row] = (),
        likely: str = "",
        consequence_of: str | None = None,
    ) -> NoReturn:
        """End the check: the rule was broken (a should gives loose, info gives info)."""
        verdict = {
            Severity.MUST: Verdict.FAIL,
            Severity.SHOULD: Verdict.LOOSE,
            Severity.INFO: Verdict.INFO,
        }[self.card.severity]
        raise Outcome(
            verdict, headline, self.happened, expected, got, rows, likely,
            consequence_of=consequence_of,
        )  # fmt: skip

    def info(self, headline: str) -> NoReturn:
        """End the check with an observation."""
        raise Outcome(Verdict.INFO, headline)

    def not_applicable(self, reason: str) -> NoReturn:
        """End the check: the rule does not apply to this adapter on this exchange."""
        raise Outcome(Verdict.NOT_APPLICABLE, reason)

    def not_exercised(self, reason: str, consequence_of: str | None = None) -> NoReturn:
        """End the check: what it is about did not happen, so nothing is known."""
        raise Outcome(Verdict.NOT_EXERCISED, reason, consequence_of=consequence_of)

    def must_not_block(self, method: str) -> None:
        """Fail if a method of the adapter has stopped the event loop by a blocking connection."""
        host = self.subject.blocked.get(method)
        if host is not None:
            self.did(f"{method} opened a blocking connection to {host}.")
            self.fail(
                f"{method} blocks the event loop while it waits for {host}",
                expected="an async client, or asyncio.to_thread around a blocking one",
                got="a blocking call on the host's loop: everything else stands still meanwhile",
            )

    def compare(self, what: str, got: Reading, expected: Candle, columns: bool = True) -> None:
        """Fail unless a candle is the ledger's; ``columns=False`` looks at the time only."""
        if compare.same_time(got.timestamp, expected.open_ms) and not (
            columns and compare.differs(got, expected)
        ):
            return
        compared = compare.rows(got, expected)
        bad = compare.wrong(compared)
        if not columns:
            bad = [name for name in bad if name == "timestamp"]
        if bad:
            self.fail(
                f"{what}: {', '.join(bad)} {'is' if len(bad) == 1 else 'are'} not the exchange's",
                rows=compared,
                likely=compare.explain(got, expected),
            )

    def readings(self, what: str, candles: Iterable[object]) -> list[Reading]:
        """Read candles, failing with what is missing if one cannot be read."""
        from conformance.contract import read_candle

        try:
            return [read_candle(candle) for candle in candles]
        except Unreadable as error:
            self.fail(f"{what}: {error}")
