"""The ledger: candles of every pair, in every calendar, at every moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from difflib import get_close_matches
from types import MappingProxyType

from mock_exchanges.core.calendar import MINUTE_MS, Grid
from mock_exchanges.core.candle import EXACT, Candle
from mock_exchanges.core.market.book import Book, merged
from mock_exchanges.core.market.edited import EditedBook
from mock_exchanges.core.market.edits import Edit, checked_stretch, units
from mock_exchanges.core.market.trades import Trade
from mock_exchanges.core.pair import Pair
from mock_exchanges.core.pairs import DEFAULT_PAIRS


class UnknownPair(KeyError):
    """The market has no such trading pair."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        names = list(known)
        near = get_close_matches(name.upper(), names, 1, 0)
        hint = f"; the nearest is {near[0]!r}" if near else ""
        self.name = name
        super().__init__(f"unknown trading pair {name!r}, expected one of {len(names)}{hint}")

    def __str__(self) -> str:
        return str(self.args[0])


class Market:
    """All candles and trades of some trading pairs: a pure function of seed and edits.

    ``halts`` are stretches ``[start_ms, end_ms)``, whole minutes, in which nothing is
    traded and no candle exists. All times are epoch milliseconds. ``pairs`` shows what
    is listed by now; ``edition`` counts the edits, so that who keeps what it read knows
    when to read anew.
    """

    def __init__(
        self,
        seed: int = 1,
        pairs: Iterable[Pair] = DEFAULT_PAIRS,
        halts: Iterable[tuple[int, int]] = (),
    ) -> None:
        self.seed = seed
        self.edition = 0
        self._halts = merged(halts)
        self._edits: list[Edit] = []
        self._watchers: list[Callable[[str], object]] = []
        self._made = {pair.name: pair for pair in pairs}
        # changed in place, so that who holds the view sees what is listed
        self._pairs = dict(self._made)
        self.pairs: Mapping[str, Pair] = MappingProxyType(self._pairs)
        self._books = {name: Book(seed, pair, self._halts) for name, pair in self._made.items()}

    def candle(self, pair: str, grid: Grid, open_ms: int) -> Candle | None:
        """Return the whole candle that opens at ``open_ms``.

        None if it lies wholly before the listing or in a halt.
        """
        book = self._book(pair)
        if grid.floor(open_ms) != open_ms:
            raise ValueError(
                f"open_ms is {open_ms}, expected an open time of the grid, "
                f"such as {grid.floor(open_ms)} or {grid.ceil(open_ms)}"
            )
        return book.candle(open_ms, grid.next(open_ms))

    def at(self, pair: str, grid: Grid, now_ms: int) -> Candle | None:
        """Return the running candle of the interval that contains ``now_ms``.

        It holds the trades up to and including ``now_ms``. None if nothing of the
        interval exists yet.
        """
        open_ms = grid.floor(now_ms)
        return self._book(pair).running(open_ms, grid.next(open_ms), now_ms)

    def candles(self, pair: str, grid: Grid, start_ms: int, end_ms: int) -> list[Candle]:
        """Return the whole candles that open in ``[start_ms, end_ms)``, ascending."""
        book = self._book(pair)
        opens = grid.opens(max(start_ms, grid.floor(book.listed_ms)), end_ms)
        found = (book.candle(open_ms, grid.next(open_ms)) for open_ms in opens)
        return [candle for candle in found if candle is not None]

    def first_open(self, pair: str, grid: Grid) -> int:
        """Return the open time of the first candle: the one that contains the listing."""
        return grid.floor(self._book(pair).listed_ms)

    def trades(self, pair: str, minute_ms: int) -> tuple[Trade, ...]:
        """Return the trades of the minute that begins at ``minute_ms``, ascending."""
        book = self._book(pair)
        if minute_ms % MINUTE_MS:
            raise ValueError(
                f"minute_ms is {minute_ms}, expected a multiple of {MINUTE_MS}, "
                f"such as {minute_ms - minute_ms % MINUTE_MS}"
            )
        return book.trades(minute_ms)

    def trade_times(self, pair: str, minute_ms: int) -> tuple[int, ...]:
        """Return the times of the trades of the minute that begins at ``minute_ms``.

        Ascending; several trades may share a millisecond. Empty if the minute is
        quiet, halted or before the listing.
        """
        return tuple(trade.time_ms for trade in self.trades(pair, minute_ms))

    def trading(self, pair: str, now_ms: int) -> bool:
        """Return whether a pair is listed and not halted at ``now_ms``."""
        return self._book(pair).trading(now_ms)

    # -- edits while it runs

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was done to this market since it was made, in order."""
        return tuple(self._edits)

    def halt(self, start_ms: int, end_ms: int, pair: str | None = None) -> None:
        """Let nothing be traded in ``[start_ms, end_ms)``, of one pair or of all.

        No candle exists of it; afterwards the market may open anywhere. A stretch that
        is past rewrites history: all trade ids after it are smaller.
        Raises ValueError unless the times are whole minutes, UnknownPair.
        """
        checked_stretch(start_ms, end_ms)
        if pair is not None:
            self._book(pair)
        self._apply(Edit("halt", pair, start_ms, end_ms))

    def gap(self, pair: str, start_ms: int, end_ms: int) -> None:
        """Let the exchange have lost the candles that lie in ``[start_ms, end_ms)``.

        Neither REST nor streams tell them. What was traded was traded all the same:
        larger candles hold it, prices and ids go on.
        Raises ValueError unless the times are whole minutes, UnknownPair.
        """
        checked_stretch(start_ms, end_ms)
        self._book(pair)
        self._apply(Edit("gap", pair, start_ms, end_ms))

    def quieten(self, pair: str, start_ms: int, end_ms: int) -> None:
        """Let nobody trade a pair in ``[start_ms, end_ms)``, though the market is open.

        Its candles exist, flat, where the exchange has flat ones; afterwards the market
        may open anywhere. A stretch that is past rewrites history, as a halt does.
        Raises ValueError unless the times are whole minutes, UnknownPair.
        """
        checked_stretch(start_ms, end_ms)
        self._book(pair)
        self._apply(Edit("quieten", pair, start_ms, end_ms))

    def correct(
        self,
        pair: str,
        minute_ms: int,
        price: Decimal | str | int | None = None,
        volume: Decimal | str | int | None = None,
    ) -> None:
        """Let one more trade of a minute become known.

        It comes just before the minute's last one (in a minute without trades, in its
        middle), so open and close stay and only high, low and sums change, of every
        candle that holds the minute. Later trades have ids one greater. ``price`` is in
        quote units, the minute's close if left out; ``volume`` in base units, that of a
        usual trade if left out.

        Raises ValueError for a minute that is none or in which the pair is not traded,
        for what is not positive or finer than the pair's digits; UnknownPair.
        """
        book = self._book(pair)
        if minute_ms % MINUTE_MS:
            raise ValueError(
                f"minute_ms is {minute_ms}, expected a multiple of {MINUTE_MS}, "
                f"such as {minute_ms - minute_ms % MINUTE_MS}"
            )
        if not book.trading(minute_ms):
            raise ValueError(
                f"minute_ms is {minute_ms}, expected a minute in which {pair} is traded: "
                "this one is before its listing or in a halt"
            )
        of = self._pairs[pair]
        if price is None:
            price = Decimal(book.close(minute_ms)).scaleb(-of.price_digits, EXACT)
        if volume is None:
            usual = of.volume_per_minute / of.trades_per_minute
            volume = max(
                usual.quantize(Decimal(1).scaleb(-of.volume_digits)),
                Decimal(1).scaleb(-of.volume_digits),
            )
        edit = Edit(
            "correct", pair, minute_ms, minute_ms + MINUTE_MS,
            units("price", price, of.price_digits), units("volume", volume, of.volume_digits),
        )  # fmt: skip
        self._apply(edit)

    def list_pair(self, pair: Pair, from_ms: int | None = None) -> None:
        """List one more pair, from its UTC day ``listed`` on, or from ``from_ms``.

        Raises ValueError for a pair that is listed already, and for a time that is no
        whole minute.
        """
        if pair.name in self._pairs:
            raise ValueError(f"pair is {pair.name}, which is listed already; expected a new one")
        if from_ms is not None:
            if from_ms % MINUTE_MS:
                raise ValueError(
                    f"from_ms is {from_ms}, expected epoch milliseconds of a whole minute"
                )
            pair = replace(pair, listed=datetime.fromtimestamp(from_ms / 1000, UTC).date())
        self._apply(Edit("list", pair.name, from_ms, None, listed=pair))

    def reset(self) -> None:
        """Take all edits back: the market is as it was made."""
        self._edits.clear()
        for name in [name for name in self._pairs if name not in self._made]:
            del self._pairs[name], self._books[name]
        for name, pair in self._made.items():
            self._books[name] = Book(self.seed, pair, self._halts)
        self._changed("reset")

    def watch(self, changed: Callable[[str], object]) -> None:
        """Call back after each edit, with what it was, as a line."""
        self._watchers.append(changed)

    def unwatch(self, changed: Callable[[str], object]) -> None:
        """Call back no more. Raises ValueError for who does not watch."""
        self._watchers.remove(changed)

    def _apply(self, edit: Edit) -> None:
        edits = [*self._edits, edit]
        pairs = dict(self._pairs)
        if edit.listed is not None:
            pairs[edit.listed.name] = edit.listed
        touched = list(pairs) if edit.pair is None else [edit.pair]
        # All or nothing: what cannot be done raises here.
        books = {name: self._edited(pairs[name], edits) for name in touched}
        self._edits.append(edit)
        if edit.listed is not None:
            self._pairs[edit.listed.name] = edit.listed
        self._books.update(books)
        self._changed(str(edit))

    def _edited(self, pair: Pair, edits: Iterable[Edit]) -> EditedBook:
        stretches: dict[str, list[tuple[int, int]]] = {"halt": [*self._halts]}
        late: dict[int, list[tuple[int, int]]] = {}
        listed_ms = None
        for edit in edits:
            if edit.pair not in (None, pair.name):
                continue
            if edit.kind == "list":
                listed_ms = edit.start_ms
                continue
            assert edit.start_ms is not None and edit.end_ms is not None
            if edit.kind == "correct":
                assert edit.price is not None and edit.volume is not None
                trade = (
                    int(edit.price.scaleb(pair.price_digits)),
                    int(edit.volume.scaleb(pair.volume_digits)),
                )
                late.setdefault(edit.start_ms // MINUTE_MS, []).append(trade)
            else:
                stretches.setdefault(edit.kind, []).append((edit.start_ms, edit.end_ms))
        return EditedBook(
            self.seed,
            pair,
            stretches["halt"],
            quiet=stretches.get("quieten", ()),
            lost=stretches.get("gap", ()),
            late=late,
            listed_ms=listed_ms,
        )

    def _changed(self, what: str) -> None:
        self.edition += 1
        for watcher in tuple(self._watchers):
            watcher(what)

    def _book(self, pair: str) -> Book:
        try:
            return self._books[pair]
        except KeyError:
            raise UnknownPair(pair, self._books) from None
