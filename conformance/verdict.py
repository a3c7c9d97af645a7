"""What a check can conclude, and how it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

# characters that a reader is shown
_LONGEST = {"headline": 2000, "happened": 8000, "expected": 8000, "got": 8000, "likely": 2000}
_LINE = 4000


def shortened(text: str, limit: int) -> str:
    """Return a text with its middle left out where it is too long for a reader."""
    if len(text) <= limit:
        return text
    head, tail = limit * 2 // 3, limit // 3
    left_out = len(text) - head - tail
    return f"{text[:head]} [… {left_out:,} characters left out …] {text[-tail:]}"


class Verdict(StrEnum):
    """The outcome of one check on one adapter."""

    PASS = "pass"
    LOOSE = "loose"
    FAIL = "fail"
    INFO = "info"
    NOT_APPLICABLE = "not-applicable"
    NOT_EXERCISED = "not-exercised"
    HARNESS_ERROR = "harness-error"


class Severity(StrEnum):
    """How much a check weighs: a must fails the run, a should only when asked to."""

    MUST = "must"
    SHOULD = "should"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison: expected and got, side by side."""

    column: str
    expected: str
    got: str
    wrong: bool


@dataclass(slots=True)
class Result:
    """One verdict with everything a reader needs. All values are JSON-able."""

    id: str
    verdict: Verdict
    severity: Severity
    title: str
    adapter: str
    exchange: str
    seed: int
    interval: str | None = None
    judged: str = "adapter"
    headline: str = ""
    happened: str = ""
    expected: str = ""
    got: str = ""
    rows: Sequence[Row] = ()
    wire: Sequence[str] = ()
    likely: str = ""
    consequence_of: str | None = None
    sources: Sequence[str] = ()
    witnessed: Sequence[str] = ()
    again: str = ""
    virtual_seconds: float = 0.0
    # why the project accepts it for now, if it does
    known: str | None = None

    @property
    def where(self) -> str:
        """The check with its interval, ``PARSE-01[1m]``."""
        return f"{self.id}[{self.interval}]" if self.interval else self.id

    @property
    def finding(self) -> bool:
        """Whether this is a new defect, neither dragged along by another nor known."""
        found = self.verdict in (Verdict.FAIL, Verdict.LOOSE)
        return found and self.consequence_of is None and self.known is None

    def gates(self, strict: bool = False) -> bool:
        """Return whether this result fails the run."""
        if self.known is not None:
            return False
        if self.verdict in (Verdict.FAIL, Verdict.NOT_EXERCISED, Verdict.HARNESS_ERROR):
            return True
        return strict and self.verdict is Verdict.LOOSE

    def shorten(self) -> None:
        """Leave out the middle of what is longer than anybody reads."""
        for name, limit in _LONGEST.items():
            setattr(self, name, shortened(getattr(self, name), limit))
        self.wire = [shortened(line, _LINE) for line in self.wire]
        self.witnessed = tuple(shortened(line, _LINE) for line in self.witnessed)
        self.rows = [
            Row(row.column, shortened(row.expected, _LINE), shortened(row.got, _LINE), row.wrong)
            for row in self.rows
        ]

    def as_data(self) -> dict[str, Any]:
        """Return the result as plain data."""
        data = asdict(self)
        data["verdict"] = str(self.verdict)
        data["severity"] = str(self.severity)
        for name in ("sources", "wire", "witnessed"):
            data[name] = list(data[name])
        data["rows"] = [dict(row) for row in data["rows"]]
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Result:
        """Return the result that `as_data` gave."""
        fields = dict(data)
        fields["verdict"] = Verdict(fields["verdict"])
        fields["severity"] = Severity(fields["severity"])
        fields["rows"] = [Row(**row) for row in fields["rows"]]
        return cls(**fields)


@dataclass
class Outcome(Exception):
    """Ends a check with a verdict other than pass. Raised by `Case`, not by checks."""

    verdict: Verdict
    headline: str
    happened: str = ""
    expected: str = ""
    got: str = ""
    rows: Sequence[Row] = field(default_factory=tuple)
    likely: str = ""
    wire: Sequence[str] | None = None
    consequence_of: str | None = None

    def __str__(self) -> str:
        return self.headline
