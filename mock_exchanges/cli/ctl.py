"""``mock-exchanges ctl``: commands a running mock exchange over its control API."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NoReturn

from pydantic import BaseModel

from mock_exchanges.cli.arguments import ControlArguments, Misuse
from mock_exchanges.control.client import TOKEN_VARIABLE, URL_VARIABLE, Control, ControlError
from mock_exchanges.control.models import KINDS, FaultAtWork, JournalEntry, MarketState
from mock_exchanges.control.openapi import description
from mock_exchanges.control.problem import Problem, tagged
from mock_exchanges.core.journal import Entry
from mock_exchanges.core.nearest import nearest
from mock_exchanges.faults import UnknownFault, find
from mock_exchanges.scenario import BadScenario, UnknownScenario
from mock_exchanges.scenario import find as find_scenario
from mock_exchanges.scenario.edits import EDITS

_EXAMPLES = """\
examples:
  mock-exchanges ctl add-fault close-no-frame after=3
  mock-exchanges ctl add-fault http-status status=429 times=2
  mock-exchanges ctl scenario flapping
  mock-exchanges ctl clock next-close 1m
  mock-exchanges ctl market halt for_s=120
  mock-exchanges ctl end 1 --code 1012
  mock-exchanges ctl journal --kind fault
  mock-exchanges ctl wait --containing SUBSCRIBE --within 5
"""

Said = Any
_Verb = Callable[[Control, argparse.Namespace], tuple[Said, str]]


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in a line, with the nearest right verb."""

    def error(self, message: str) -> NoReturn:
        if "invalid choice: '" in message:
            word = message.split("invalid choice: '")[1].partition("'")[0]
            near = nearest(word, _VERBS)
            hint = f"; did you mean {near!r}?" if near else ""
            if "VERB" in message:
                message = f"{word!r} is no verb{hint}"
        raise Misuse(f"ctl: {message}\nTry: {self.prog} --help")


def read(words: Sequence[str]) -> ControlArguments:
    """Read the words after ``ctl``. Raises Misuse; SystemExit(0) after --help."""
    parsed = _parser().parse_args(words)
    return ControlArguments(verb=parsed.verb or "", parsed=parsed)


def ctl(arguments: ControlArguments) -> None:
    """Do one verb and print its answer. Raises Misuse for what the user can mend."""
    parsed = arguments.parsed
    if not arguments.verb:
        raise Misuse(f"ctl: no verb; expected one of {', '.join(_VERBS)}")
    if parsed.verb == "openapi":
        sys.stdout.write(json.dumps(description(), indent=2, ensure_ascii=False) + "\n")
        return
    try:
        control = Control(parsed.url, parsed.token)
        if parsed.verb == "journal" and parsed.follow:
            _follow(control, parsed)
            return
        answer, text = _VERBS[parsed.verb](control, parsed)
    except ValueError as error:
        raise Misuse(f"ctl: {error}") from None
    except ControlError as error:
        came = "".join(f"\n{line}" for line in _lines(error.arrived))
        raise Misuse(f"ctl: {error}{came}") from None
    if parsed.json and parsed.verb == "journal":
        text = "".join(each.model_dump_json() + "\n" for each in answer)
    elif parsed.json:
        text = json.dumps(_data(answer), ensure_ascii=False) + "\n"
    sys.stdout.write(text)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="mock-exchanges ctl",
        description="Command a running mock exchange.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    both: tuple[tuple[_Parser, Any], ...] = (
        (parser, None), (common, argparse.SUPPRESS)
    )  # fmt: skip
    for each, default in both:
        each.add_argument(
            "--url",
            default=default,
            metavar="URL",
            help=f"the control URL that serve prints (default: {URL_VARIABLE})",
        )
        each.add_argument(
            "--token",
            default=default,
            metavar="TOKEN",
            help=f"the control token, where there is one (default: {TOKEN_VARIABLE})",
        )
        each.add_argument("--json", action="store_true",
                          default=default or False,
                          help="print JSON and nothing else")  # fmt: skip
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)

    def verb(name: str, about: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name, help=about, description=about, parents=[common], allow_abbrev=False
        )

    verb("health", "how the mock exchange is")
    verb("faults", "the faults at work")
    add = verb("add-fault", "let something go wrong from now on")
    add.add_argument("name", metavar="NAME", help="mock-exchanges faults lists them")
    add.add_argument("fields", nargs="*", metavar="key=value", help="its fields; then is JSON")
    remove = verb("remove-fault", "take one fault away")
    remove.add_argument("number", type=_number, metavar="N")
    verb("clear", "let everything go right again")
    scenario = verb("scenario", "play a scenario; end takes away what scenarios let go wrong")
    scenario.add_argument(
        "name", nargs="?", metavar="NAME|FILE|end", help="nothing: what is being played"
    )
    clock = verb("clock", "freeze, run RATE, step S, next-close INTERVAL; nothing: the date")
    clock.add_argument("act", nargs="?", metavar="ACT", help="freeze, run, step or next-close")
    clock.add_argument("value", nargs="?", metavar="VALUE", help="a rate, seconds, or an interval")
    market = verb("market", "edit the market; reset takes edits back; nothing: what there is")
    market.add_argument("edit", nargs="?", metavar="EDIT", help=f"{', '.join(EDITS)} or reset")
    market.add_argument("fields", nargs="*", metavar="key=value", help="its fields")
    candles = verb("candles", "the true candles, to compare with")
    candles.add_argument("pair", metavar="PAIR", help="standard name, BTC-USDT")
    candles.add_argument("interval", nargs="?", default="1m", metavar="INTERVAL")
    verb("connections", "the open WebSocket connections")
    end = verb("end", "end every connection now, or one")
    end.add_argument("number", nargs="?", type=_number, metavar="N")
    end.add_argument("--code", type=_number, metavar="CODE", help="close code (default: 1001)")
    end.add_argument("--reason", default="", metavar="TEXT", help="reason in the close frame")
    end.add_argument("--how", choices=("eof", "reset"), help="without a close frame")
    journal = verb("journal", "what happened")
    journal.add_argument("--follow", action="store_true", help="and what happens, until Ctrl-C")
    journal.add_argument("--after", type=_whole, default=0, metavar="NUMBER")
    journal.add_argument("--limit", type=_number, default=10_000, metavar="N")
    wait = verb("wait", "wait until something happened")
    wait.add_argument("--times", type=_number, default=1, metavar="N")
    wait.add_argument("--within", type=float, default=30.0, metavar="S", help="real seconds")
    wait.add_argument("--after", type=_whole, default=0, metavar="NUMBER")
    for one in (journal, wait):
        one.add_argument("--kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
        one.add_argument("--connection", type=_whole, metavar="N")
        one.add_argument("--containing", default="", metavar="TEXT")
    verb("reset", "begin anew: no faults, connections, edits, or journal")
    verb("openapi", "print the API as OpenAPI 3.1; needs no running mock")
    return parser


# -- the verbs: each returns what --json prints, and what is for people


def _health(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    found = control.health()
    state = "well" if found.ok else f"broken: {found.failure}"
    return found, (
        f"{found.exchange} {found.profile}: {state}\n"
        f"  {found.date}, rate {found.rate:g}, seed {found.seed}\n"
        f"  connections {found.connections}, faults {found.faults}, journal {found.journal}\n"
    )


def _faults(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    found = control.faults()
    return found, "".join(map(_fault_line, found)) or "no faults\n"


def _add_fault(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    try:
        model = find(parsed.name)
    except UnknownFault as error:
        raise ValueError(error) from None
    fault = {"fault": parsed.name, **_fields(model, parsed.fields)}
    added = control.add_fault(_checked("fault", fault))
    return added, _fault_line(added)


def _remove_fault(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    removed = control.remove_fault(parsed.number)
    return removed, f"removed: {_fault_line(removed)}"


def _clear(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    count = control.clear_faults()
    return {"removed": count}, f"removed: {count}\n"


def _scenario(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    if parsed.name == "end":
        count = control.end_scenario()
        return {"removed": count}, f"removed: {count}\n"
    if parsed.name is None:
        found = control.playing()
    else:
        try:
            found = control.play(find_scenario(parsed.name))
        except (BadScenario, UnknownScenario) as error:
            raise ValueError(error) from None
    lines = [f"{each.name or 'no name'}: {each.about}\n" for each in found.playing]
    lines += [f"  {_fault_line(each)}" for each in found.faults]
    return found, "".join(lines) or "no scenario\n"


def _clock(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    act, value = parsed.act, parsed.value
    if act is None:
        state = control.clock()
    elif act == "freeze" and value is None:
        state = control.freeze()
    elif act == "run":
        state = control.run(1 if value is None else _float("run", value))
    elif act == "step" and value is not None:
        state = control.step(_float("step", value))
    elif act == "next-close":
        state = control.to_next_close(value or "1m")
    else:
        known = ("freeze", "run", "step", "next-close")
        near = nearest(act, known)
        hint = f"; did you mean {near!r}?" if near and near != act else ""
        raise ValueError(
            f"clock {act}{' ' + value if value else ''}: expected freeze, run RATE, step SECONDS "
            f"or next-close INTERVAL{hint}"
        )
    return state, f"{state.date}, rate {state.rate:g}\n"


def _market(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    if parsed.edit == "reset":
        count = control.reset_market()
        return {"removed": count}, f"removed: {count}\n"
    if parsed.edit is None:
        found = control.market()
    else:
        model = EDITS.get(parsed.edit)
        if model is None:
            near = nearest(parsed.edit, [*EDITS, "reset"])
            hint = f"; did you mean {near!r}?" if near else ""
            raise ValueError(f"edit is {parsed.edit!r}, expected {', '.join(EDITS)} or reset{hint}")
        edit = {"edit": parsed.edit, **_fields(model, parsed.fields)}
        found = control.edit_market(_checked("edit", edit))
    return found, _market_text(found)


def _candles(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    found = control.candles(parsed.pair, parsed.interval)
    rows = (
        f"{c.open_ms} {c.open} {c.high} {c.low} {c.close} {c.volume}"
        f"{'' if c.closed else ' running'}\n"
        for c in found
    )
    return found, "".join(rows) or "no candles\n"


def _connections(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    found = control.connections()
    rows = (f"ws{each.number} {each.target} {' '.join(each.streams)}".rstrip() for each in found)
    return found, "".join(f"{row}\n" for row in rows) or "no connections\n"


def _end(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    ended = control.end_connections(
        parsed.number, code=parsed.code, reason=parsed.reason, how=parsed.how
    )
    return {"ended": ended}, f"ended: {' '.join(map(str, ended)) or 'none'}\n"


def _journal(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    page = control.journal(**_which(parsed), after=parsed.after, limit=parsed.limit)
    return page.entries, "".join(f"{line}\n" for line in _lines(page.entries))


def _follow(control: Control, parsed: argparse.Namespace) -> None:
    after, origin_ms = parsed.after, None
    while True:
        page = control.journal(**_which(parsed), after=after)
        after = page.next
        for entry in page.entries:
            origin_ms = entry.at_ms if origin_ms is None else origin_ms
            line = entry.model_dump_json() if parsed.json else next(_lines([entry], origin_ms))
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
        try:
            control.wait(**_which(parsed), after=after)
        except ControlError as error:
            if error.code != "not-in-time":
                raise


def _wait(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    found = control.wait(
        **_which(parsed), times=parsed.times, within_s=parsed.within, after=parsed.after
    )
    return found, "".join(f"{line}\n" for line in _lines(found.entries))


def _reset(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    control.reset()
    return _health(control, parsed)


def _openapi(control: Control, parsed: argparse.Namespace) -> tuple[Said, str]:
    raise NotImplementedError("printed without a running mock")


_VERBS: Mapping[str, _Verb] = {
    "health": _health,
    "faults": _faults,
    "add-fault": _add_fault,
    "remove-fault": _remove_fault,
    "clear": _clear,
    "scenario": _scenario,
    "clock": _clock,
    "market": _market,
    "candles": _candles,
    "connections": _connections,
    "end": _end,
    "journal": _journal,
    "wait": _wait,
    "reset": _reset,
    "openapi": _openapi,
}


# -- reading and writing


def _fields(model: type[BaseModel], words: Iterable[str]) -> dict[str, Any]:
    """Return fields from ``key=value`` words, read as the model's schema has them."""
    found: dict[str, Any] = {}
    schema = model.model_json_schema()
    own = schema.get("properties") or schema["$defs"][model.__name__]["properties"]
    for word in words:
        name, sign, value = word.partition("=")
        if not sign:
            raise ValueError(
                f"{word!r} is no field, expected key=value, such as {next(iter(own))}=…"
            )
        if name in found:
            raise ValueError(f"{name} is given twice")
        found[name] = value if _is_text(own.get(name, {})) else _read(value)
    return found


def _is_text(schema: Mapping[str, Any]) -> bool:
    """Return whether a field holds text, and nothing else but null."""
    kinds = {each.get("type") for each in schema.get("anyOf", [schema])} - {"null"}
    return kinds == {"string"}


def _read(value: str) -> Any:
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def _checked(tag: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a fault or an edit if it is right. Raises ValueError that names the field."""
    try:
        tagged(tag, data)
    except Problem as problem:
        failure = problem.failure
        hint = f"; {failure.hint}" if failure.hint else ""
        raise ValueError(f"{failure.message}{hint}") from None
    return data


def _float(act: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"clock {act}: {value!r} is no number") from None


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def _whole(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 0 on")
    return int(text)


def _which(parsed: argparse.Namespace) -> dict[str, Any]:
    return {
        "kind": parsed.kind, "connection": parsed.connection, "containing": parsed.containing
    }  # fmt: skip


def _lines(entries: Iterable[JournalEntry], origin_ms: int | None = None) -> Iterator[str]:
    for each in entries:
        origin_ms = each.at_ms if origin_ms is None else origin_ms
        yield Entry(each.at_ms, each.kind, each.connection, each.text).line(origin_ms)


def _fault_line(each: FaultAtWork) -> str:
    over = ", over" if each.over else ""
    return f"{each.number} {each.fault.told()}: struck {each.struck}{over}\n"


def _market_text(found: MarketState) -> str:
    edits = [
        " ".join(str(value) for value in each.model_dump(exclude_none=True).values()) + "\n"
        for each in found.edits
    ]
    return (
        f"seed {found.seed}, intervals {' '.join(found.intervals)}\n"
        f"pairs {' '.join(found.pairs)}\n" + ("".join(edits) or "no edits\n")
    )


def _data(answer: Said) -> Any:
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json", exclude_unset=True)
    if isinstance(answer, (list, tuple)):
        return [_data(each) for each in answer]
    return answer
