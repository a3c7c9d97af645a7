"""``mock-exchanges faults`` and ``scenarios``: what can go wrong on command."""

from __future__ import annotations

import json
import sys
import textwrap
from itertools import groupby
from typing import Any

from mock_exchanges.cli.arguments import ListingArguments, Misuse
from mock_exchanges.faults import Fault, UnknownFault, faults, find
from mock_exchanges.faults.page import own_fields
from mock_exchanges.scenario import BadScenario, UnknownScenario, library
from mock_exchanges.scenario import find as find_scenario

_WIDTH = 88


def list_faults(arguments: ListingArguments) -> None:
    """Print all faults by family, or the fields of those named. Raises Misuse for no fault."""
    try:
        named = [find(name) for name in arguments.names]
    except UnknownFault as error:
        raise Misuse(str(error)) from None
    if arguments.json:
        rows = [_fault_data(fault) for fault in named or faults().values()]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    elif named:
        sys.stdout.write("\n".join(map(_fault_text, named)))
    else:
        sys.stdout.write(_all_faults())


def list_scenarios(arguments: ListingArguments) -> None:
    """Print the ready scenarios, or those named in full. Raises Misuse for what is none."""
    try:
        named = [find_scenario(name) for name in arguments.names]
    except (BadScenario, UnknownScenario) as error:
        raise Misuse(str(error)) from None
    if arguments.json:
        scenarios = named or list(library().values())
        rows = [each.model_dump(mode="json", exclude_unset=True) for each in scenarios]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
    elif named:
        for each in named:
            dumped = each.model_dump_json(exclude_unset=True, indent=2)
            sys.stdout.write(dumped + "\n")
    else:
        width = max(map(len, library()))
        for name, each in library().items():
            sys.stdout.write(_row(name, each.about, width))


def _all_faults() -> str:
    known = faults()
    width = max(map(len, known))
    lines = []
    for family, members in groupby(known.values(), key=lambda each: each.family()):
        lines.append(f"{family}\n")
        lines += [_row(each.kind(), each.sentence(), width) for each in members]
    return "".join(lines) + (
        "\nmock-exchanges faults NAME tells its fields; "
        "every fault can be narrowed by\n"
        f"{', '.join(name for name in Fault.model_fields if name != 'fault')}.\n"
    )


def _row(name: str, text: str, width: int) -> str:
    indent = " " * (width + 4)
    wrapped = textwrap.fill(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)
    return f"  {name:<{width}}  {wrapped.lstrip()}\n"


def _fault_text(fault: type[Fault]) -> str:
    lines = [f"{fault.kind()} ({fault.family()})\n", f"  {fault.sentence()}\n"]
    own = list(own_fields(fault))
    width = max((len(name) for name, _, _ in own), default=0)
    lines += [_row(name, f"{text} ({default})", width) for name, default, text in own]
    return "".join(lines)


def _fault_data(fault: type[Fault]) -> dict[str, Any]:
    return {
        "fault": fault.kind(),
        "family": fault.family(),
        "notices": fault.sentence(),
        "fields": [
            {"name": name, "default": default, "description": text}
            for name, default, text in own_fields(fault)
        ],
    }
