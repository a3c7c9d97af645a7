"""Known failures: what a project accepts for a while, and says so in a file.

A known failure does not fail the run. An entry that no longer holds does: what it names
passes, or does not exist, or its time is over.
"""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from conformance.card import cards
from conformance.verdict import Result, Verdict
from mock_exchanges.core.nearest import nearest
from mock_exchanges.registry import names

FILE = "conformance-known.toml"
EXPECTED = (Verdict.FAIL, Verdict.LOOSE, Verdict.NOT_EXERCISED)
_REQUIRED = ("check", "where", "expect", "reason", "expires")
_KEYS = (*_REQUIRED, "link")
_DATE = re.compile(r"@[^:]*")

# adapter, exchange, check, interval or None: one result that a run plans
Planned = tuple[str, str, str, str | None]


class BadKnown(ValueError):
    """The file is wrong; the message names file, entry, key, value, expected and nearest."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One known failure. ``number`` counts from 1, in the order of the file."""

    number: int
    check: str
    where: str
    expect: Verdict
    reason: str
    expires: datetime.date
    link: str = ""

    def covers(self, exchange: str, interval: str | None) -> bool:
        """Return whether a place is meant: ``binance``, ``binance:1m``, ``*:1?``."""
        places = [exchange, exchange.partition("@")[0]]
        if interval is not None:
            places += [f"{place}:{interval}" for place in places]
        return any(fnmatchcase(place, self.where) for place in places)

    def names(self, exchange: str) -> bool:
        """Return whether the entry is about an exchange at all, in whatever interval."""
        # an exchange made by module:factory has a colon of its own
        wanted = {self.where, self.where.rpartition(":")[0] or self.where}
        return any(
            fnmatchcase(place, want)
            for want in wanted
            for place in (exchange, exchange.partition("@")[0])
        )

    def __str__(self) -> str:
        return f"{self.check} where {self.where!r} (entry {self.number})"


class Known:
    """The entries of a file on a day."""

    def __init__(self, file: str, entries: Sequence[Entry], today: datetime.date) -> None:
        self.file = file
        self.entries = tuple(entries)
        self._today = today

    def apply(self, result: Result) -> Result:
        """Set ``known`` on a result that an entry expects, or that follows from such a one."""
        for entry in self._alive(result.exchange):
            if entry.check == result.id and entry.expect is result.verdict:
                if entry.covers(result.exchange, result.interval):
                    result.known = entry.reason
                    break
            elif entry.check == result.consequence_of and entry.expect is not Verdict.NOT_EXERCISED:
                result.known = f"follows from {entry.check}, which is known: {entry.reason}"
                break
        return result

    def _alive(self, exchange: str) -> Iterable[Entry]:
        return (e for e in self.entries if e.expires >= self._today and e.names(exchange))

    def problems(self, results: Sequence[Result], planned: Iterable[Planned]) -> list[str]:
        """Return a line for each entry that no longer holds.

        Entries about other exchanges, and about checks that were not run, are left alone.
        """
        judged = {(r.adapter, r.exchange, r.id, r.interval): r for r in results}
        plan = list(planned)
        exchanges = {exchange for _, exchange, _, _ in plan}
        found = (self._problem(entry, judged, plan, exchanges) for entry in self.entries)
        return [line for line in found if line is not None]

    def _problem(
        self,
        entry: Entry,
        judged: Mapping[Planned, Result],
        plan: Sequence[Planned],
        exchanges: Iterable[str],
    ) -> str | None:
        if not any(entry.names(exchange) for exchange in exchanges):
            return None
        places = [p for p in plan if p[2] == entry.check and entry.covers(p[1], p[3])]
        if not places:
            return self._nowhere(entry, judged, plan)
        run = [judged[place] for place in places if place in judged]
        if run and entry.expires < self._today:
            return (
                f"expired: {entry} was accepted until {entry.expires}; mend it, or give it a new "
                "date with a reason"
            )
        passed = _passed(run, entry.expect)
        if passed:
            held = any(result.verdict is entry.expect for result in run)
            rest = "narrow the entry" if held else "take the entry out"
            return f"unexpected pass: {_few(passed)}, but {entry} expects {entry.expect}; {rest}"
        idle = (Verdict.NOT_APPLICABLE, Verdict.INFO)
        if len(run) == len(places) and all(result.verdict in idle for result in run):
            return (
                f"unmatched: {entry} expects {entry.expect}, but is {run[0].verdict} here; "
                "take the entry out"
            )
        return None

    def _nowhere(
        self, entry: Entry, judged: Iterable[Planned], plan: Sequence[Planned]
    ) -> str | None:
        if not any(check == entry.check for _, _, check, _ in judged):
            return None
        there = {
            f"{exchange.partition('@')[0]}:{interval}" if interval else exchange
            for _, exchange, check, interval in plan
            if check == entry.check and entry.names(exchange)
        }
        near = nearest(entry.where, sorted(there))
        hint = f"; the nearest is {near!r}" if near else ""
        return f"unmatched: {entry} names no place where this check is run{hint}"


def _passed(run: Sequence[Result], expect: Verdict) -> list[str]:
    """Return where a check passes for every adapter that it was run on."""
    places: dict[tuple[str, str], set[Verdict]] = {}
    for result in run:
        places.setdefault((result.exchange, result.where), set()).add(result.verdict)
    return [
        where for (_, where), found in places.items()
        if Verdict.PASS in found and expect not in found
    ]  # fmt: skip


def load(path: Path, today: datetime.date, exchanges: Iterable[str] = ()) -> Known:
    """Read a file of known failures.

    ``exchanges`` are those of the run, which may be known by no other name.
    Raises BadKnown for what is wrong with the file.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadKnown(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise BadKnown(f"{path}: is no TOML: {error}") from None
    for key in data:
        if key != "known":
            raise BadKnown(f"{path}: has {key!r}, expected [[known]] entries only")
    written = data.get("known", [])
    if not isinstance(written, list) or not all(isinstance(item, dict) for item in written):
        raise BadKnown(f"{path}: known is no list of tables, expected [[known]] entries")
    every = {*names(), *(exchange.partition("@")[0] for exchange in exchanges)}
    entries: list[Entry] = []
    for number, item in enumerate(written, 1):
        entry = _entry(item, f"{path}: entry {number}", number, every)
        for other in entries:
            if (other.check, other.where) == (entry.check, entry.where):
                raise BadKnown(
                    f"{path}: entry {number}: is about {entry.check} where {entry.where!r}, "
                    f"as entry {other.number}; expected one of them"
                )
        entries.append(entry)
    return Known(path.name, entries, today)


def _entry(item: Mapping[str, Any], at: str, number: int, exchanges: Iterable[str]) -> Entry:
    for key in item:
        if key not in _KEYS:
            raise BadKnown(
                f"{at}: the key {key!r} is not known, expected {', '.join(_KEYS)}"
                + _hint(key, _KEYS)
            )
    for key in _REQUIRED:
        if key not in item:
            raise BadKnown(f"{at}: has no {key!r}, expected {', '.join(_REQUIRED)}")
    for key in item:
        if key != "expires" and not isinstance(item[key], str):
            raise BadKnown(f"{at}: {key} is {item[key]!r}, expected text")
    check, where, expect = item["check"], item["where"], item["expect"]
    if check not in cards():
        raise BadKnown(
            f"{at}: check is {check!r}, expected the id of a check{_hint(check, cards())}"
        )
    if expect not in EXPECTED:
        raise BadKnown(
            f"{at}: expect is {expect!r}, expected {', '.join(EXPECTED)}{_hint(expect, EXPECTED)}"
        )
    if not item["reason"].strip():
        raise BadKnown(f"{at}: reason is empty, expected why this is accepted for now")
    entry = Entry(
        number, check, where, Verdict(expect), item["reason"], _date(item["expires"], at),
        item.get("link", ""),
    )  # fmt: skip
    undated = replace(entry, where=_DATE.sub("", where))
    if not any(undated.names(exchange) for exchange in exchanges):
        raise BadKnown(
            f"{at}: where is {where!r}, expected EXCHANGE or EXCHANGE:INTERVAL, globs allowed"
            + _hint(undated.where.partition(":")[0], exchanges)
        )
    return entry


def _date(value: Any, at: str) -> datetime.date:
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass
    if isinstance(value, datetime.datetime):
        return value.date()
    if isinstance(value, datetime.date):
        return value
    raise BadKnown(f"{at}: expires is {value!r}, expected a date such as 2027-01-31")


def _hint(word: str, known: Iterable[str]) -> str:
    near = nearest(word, sorted(map(str, known)))
    return f"; the nearest is {near!r}" if near else ""


def _few(places: Sequence[str]) -> str:
    shown = ", ".join(places[:3])
    more = f" and {len(places) - 3} more" if len(places) > 3 else ""
    return f"{shown}{more} {'passes' if len(places) == 1 else 'pass'}"
