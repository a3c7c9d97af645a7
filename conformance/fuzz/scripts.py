"""What can go wrong in a random session: faults under which a right host loses no candle.

Scripts are drawn from the fields of the fault models, within their own bounds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from mock_exchanges.core.exchange import Exchange
from mock_exchanges.faults import Fault, find
from mock_exchanges.scenario.model import Scenario

# virtual seconds from the start of a session to the end of all trouble
TROUBLE_S = 300
# faults in one session, at most
MOST = 4
# the largest value drawn for a field
_UPPER = {
    "after": 12, "every": 3, "times": 3, "from_s": 200, "copies": 4, "hold_s": 20, "delay_s": 20,
    "pieces": 5, "bytes": 64, "every_ms": 40, "age_s": 200, "notice_s": 60, "rows": 5,
}  # fmt: skip
# values of fields that are not numbers of any size
_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "of": ("handshake", "rest", "any"),
    "how": ("eof", "reset"),
    "code": (1001, 1000, 1006, 1011, 1012, 1013, 3000, 4000),
    "status": (503, 500, 502, 504, 520),
}
# fault -> the fields drawn beside when and how often. Not here is what no host can see
# through (a wrong candle in a right frame), what changes the ledger (late-correction), and
# what is a ban, which may last longer than a session.
KINDS: Mapping[str, tuple[str, ...]] = {
    "close-no-frame": (),
    "reset": (),
    "close-code": ("code",),
    "half-open": (),
    "http-status": ("of", "status"),
    "http-html": ("of",),
    "no-answer": ("of", "how"),
    "refuse": (),
    "upgrade-drop": (),
    "slow-accept": ("delay_s",),
    "mute-data": (),
    "mute-all": (),
    "mute-pong": (),
    "never-start": (),
    "duplicate": ("copies",),
    "skip-candle": (),
    "skip-close": (),
    "stale-snapshot": ("rows",),
    "burst": ("hold_s", "copies"),
    "lag": ("delay_s",),
    "slow": ("delay_s",),
    "fragment": ("pieces",),
    "extra-field": (),
    "unknown-frame": (),
}
# 1006 is never sent in a frame
_UNSENT = {1005, 1006}


def kinds(exchange: Exchange) -> list[str]:
    """Return the faults of `KINDS` that make sense at an exchange."""
    found = []
    for name in KINDS:
        try:
            find(name)().check(exchange)  # type: ignore[call-arg]  # each has a name of its own
        except ValueError:
            continue
        found.append(name)
    return found


def scripts(exchange: Exchange) -> st.SearchStrategy[list[Fault]]:
    """Return the strategy of scripts: none or a few faults, each over by `TROUBLE_S`."""
    return st.lists(st.sampled_from(kinds(exchange)).flatmap(_fault), max_size=MOST)


def _fault(name: str) -> st.SearchStrategy[Fault]:
    model = find(name)
    fields = {field: _field(model, field) for field in KINDS[name]}
    fields["from_s"] = _field(model, "from_s")
    # the lead of the end over the beginning; shrinks to a short one
    fields["for_s"] = st.integers(1, TROUBLE_S)
    # the simplest is a fault that strikes at once and each time
    optional = {
        field: _field(model, field)
        for field in ("after", "every", "times")
        if _usable(model, field)
    }
    return st.fixed_dictionaries(fields, optional=optional).map(lambda drawn: _made(model, drawn))


def _made(model: type[Fault], drawn: dict[str, Any]) -> Fault:
    drawn["for_s"] = min(drawn["for_s"], TROUBLE_S - drawn["from_s"])
    return model.model_validate(drawn)


def _usable(model: type[Fault], field: str) -> bool:
    return _bound(model, field, "le", 1) > 0


def _bound(model: type[Fault], field: str, name: str, default: float) -> float:
    for item in model.model_fields[field].metadata:
        found = getattr(item, name, None)
        if found is not None:
            return float(found)
    return default


def _field(model: type[Fault], field: str) -> st.SearchStrategy[Any]:
    """Return whole numbers within the bounds of a field, or the values it can have."""
    if field in _CHOICES:
        values = [value for value in _CHOICES[field] if value not in _UNSENT]
        return st.sampled_from(values)
    least = _bound(model, field, "ge", 0)
    if (above := _bound(model, field, "gt", -1)) >= 0:
        least = above + 1
    most = min(_UPPER[field], _bound(model, field, "le", float("inf")))
    return st.integers(int(least), int(most))


def scenario(script: list[Fault], name: str, about: str, seed: int) -> Scenario:
    """Return a script as a scenario."""
    return Scenario(name=name, about=about, seed=seed, faults=tuple(script))


def toml(made: Scenario) -> str:
    """Return a scenario as a TOML file, which `mock_exchanges.scenario.load` reads back."""
    head = {key: getattr(made, key) for key in ("name", "about", "exchange", "seed")}
    lines = [f"{key} = {_value(value)}" for key, value in head.items() if value not in (None, "")]
    for fault in made.faults:
        said = fault.model_dump(mode="json", exclude_unset=True)
        lines += ["", "[[faults]]", f"fault = {_value(fault.fault)}"]
        lines += [f"{key} = {_value(value)}" for key, value in said.items()
                  if key != "fault" and value is not None]  # fmt: skip
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
