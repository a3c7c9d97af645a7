"""``conformance fuzz``: random sessions, and the shortest that goes wrong."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.cli.arguments import Misuse

if TYPE_CHECKING:
    from conformance.runner import Suite

FOUND = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asked for."""

    adapter: str | None
    feed: str | None
    exchange: str | None
    seed: int
    examples: int
    output: Path | None
    scenario: Path | None


def fuzz(wanted: Wanted) -> int:
    """Look for a session that goes wrong; return 1 if there is one. Raises Misuse."""
    if (wanted.adapter is None) == (wanted.feed is None):
        raise Misuse("expected --adapter PKG.NAME or --feed PKG.NAME, one of them")
    if wanted.examples < 1:
        raise Misuse(f"--examples is {wanted.examples}, expected at least 1")
    try:
        import hypothesis  # noqa: F401 - to tell who lacks it
    except ImportError:
        raise Misuse(
            "needs hypothesis, which is not installed: pip install 'exchange-conformance[fuzz]'"
        ) from None
    from conformance.session import Request, Session, UsageError

    request = Request(
        adapters=[wanted.adapter] if wanted.adapter else [],
        feeds=[wanted.feed] if wanted.feed else [],
        exchange=wanted.exchange,
        folder=Path.cwd(),
    )
    try:
        session = Session(request)
    except UsageError as error:
        raise Misuse(str(error)) from None
    try:
        return _run(session, wanted)
    finally:
        session.close()


def _run(session: object, wanted: Wanted) -> int:
    from conformance.fuzz.play import judge
    from conformance.fuzz.search import search
    from conformance.report import text
    from conformance.session import Session
    from conformance.verdict import Verdict
    from mock_exchanges.scenario.reading import BadScenario, load

    assert isinstance(session, Session)
    suite = session.suites[0]
    if suite.setting.real_time:
        raise Misuse(f"cannot fuzz what does not live on virtual time: {suite.setting.real_time}")
    if wanted.scenario is not None:
        try:
            scenario = load(wanted.scenario)
        except BadScenario as error:
            raise Misuse(str(error)) from None
        result = judge(suite, scenario)
        if result.verdict is Verdict.PASS:
            _say(f"{wanted.scenario}: every closed candle arrived")
            return 0
        result.again = _command(wanted, str(wanted.scenario))
        _say(text.message(result))
        return FOUND
    if wanted.adapter is not None and (wrong := _frames(suite, wanted)):
        return wrong
    found = search(suite, wanted.examples, wanted.seed, _progress)
    if sys.stderr.isatty():
        sys.stderr.write("\n")
    if found is None:
        _say(f"{wanted.examples} random sessions on {suite.setting.exchange}, seed {wanted.seed}: "
             "every closed candle arrived")  # fmt: skip
        return 0
    from conformance.fuzz.scripts import toml

    written = wanted.output or Path("conformance-fuzz.toml")
    try:
        written.write_text(toml(found.scenario), "utf-8")
    except OSError as error:
        raise Misuse(f"--output {written}: cannot be written: {error}") from None
    found.result.again = _command(wanted, str(written))
    _say(text.message(found.result))
    _say("")
    plain = "" if found.scenario.faults else "; it needs no fault at all"
    _say(f"the shortest script of {found.sessions} sessions, in {written}{plain}:")
    _say("")
    _say(toml(found.scenario))
    return FOUND


def _frames(suite: Suite, wanted: Wanted) -> int:
    """Try the parser with random frames; return 1 if it makes candles up."""
    from conformance.fuzz.frames import misread
    from conformance.report import text

    found = misread(suite, wanted.examples, wanted.seed)
    if found is None:
        _say(f"{wanted.examples} random frames, seed {wanted.seed}: no invented candle")
        return 0
    result, count = found
    result.again = shlex.join([*_words(wanted), "--seed", str(wanted.seed)])
    _say(text.message(result))
    _say("")
    _say(f"the simplest of {count} frames")
    return FOUND


def _progress(number: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\rsession {number}")


def _command(wanted: Wanted, scenario: str) -> str:
    return shlex.join([*_words(wanted), "--scenario", scenario])


def _words(wanted: Wanted) -> list[str]:
    words = ["conformance", "fuzz"]
    words += ["--adapter", wanted.adapter] if wanted.adapter else ["--feed", str(wanted.feed)]
    words += ["--exchange", wanted.exchange] if wanted.exchange else []
    return words


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
