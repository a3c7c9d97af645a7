"""What strange clients send: the parts from which each exchange's fuzzing is made."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from hypothesis import settings
from hypothesis import strategies as st

from mock_exchanges.core.actions import Binary, Event, Pinged, Ponged, Text

fuzz = settings(derandomize=True, deadline=None, max_examples=150, database=None)

Values = st.SearchStrategy[Any]


def values_of(names: st.SearchStrategy[str], keys: st.SearchStrategy[str] | None = None) -> Values:
    """Any JSON, in which the names occur, as the keys of objects too unless others are given."""
    keys = names if keys is None else keys
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | names,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=8,
    )


def texts_of(requests: Values, values: Values, *more: st.SearchStrategy[str]) -> Values:
    """Requests, whole and cut, any other JSON, any other text."""
    return st.one_of(
        st.text(max_size=200),
        requests.map(json.dumps),
        requests.map(lambda value: json.dumps(value, ensure_ascii=False)),
        st.builds(lambda value, cut: json.dumps(value)[:cut], requests, st.integers(0, 80)),
        values.map(json.dumps),
        *more,
    )


def events_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[Event]]:
    """Some frames in a row: the texts, and all other kinds."""
    payloads = st.binary(max_size=125)
    event: st.SearchStrategy[Event] = st.one_of(
        texts.map(Text), payloads.map(Binary), payloads.map(Pinged), payloads.map(Ponged)
    )
    return st.lists(event, max_size=8)


def queries_of(
    parameters: list[str], arguments: st.SearchStrategy[str], most: int = 7
) -> st.SearchStrategy[str]:
    """Query strings of known and unknown parameters."""
    names = st.sampled_from(parameters) | st.text(max_size=8)
    return st.lists(st.tuples(names, arguments), max_size=most).map(
        lambda pairs: "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)
    )
