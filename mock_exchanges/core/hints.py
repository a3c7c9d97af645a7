"""What was probably meant by a query that an exchange refuses, or half of which it ignores."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from urllib.parse import unquote_plus

from mock_exchanges.core.nearest import nearest

_LONGEST = 80


def query_hints(
    query: str, words: Mapping[str, Collection[str]], others: Collection[str] = ()
) -> str:
    """Return what is wrong in a query's names and words, or "" if nothing is.

    ``words`` are the parameters that take one of some words, ``others`` those that take
    anything; parameters of neither are unknown. Other faults are not looked for.
    """
    parts = (part.partition("=") for part in query.split("&") if part)
    wrong = []
    for name, _, value in ((unquote_plus(a), b, unquote_plus(c)) for a, b, c in parts):
        if name in words:
            if value not in words[name]:
                wrong.append(f"{name} is {_cut(value)!r}{_near(_word(value, words[name]))}")
        elif name not in others:
            known = [*words, *others]
            wrong.append(f"no parameter {_cut(name)!r}{_near(nearest(name[:_LONGEST], known))}")
    return ", ".join(wrong)


def path_hint(path: str, known: Collection[str]) -> str:
    """Return that there is no such path, and the nearest there is."""
    return f"no such path: {_cut(path)}{_near(nearest(path[:_LONGEST], known), quoted=False)}"


def _word(value: str, known: Collection[str]) -> str | None:
    """Return the nearest word, with separators or without: BTCUSDT is BTC-USDT."""
    bare = {_bare(word): word for word in reversed(list(known))}
    if _bare(value) in bare:
        return bare[_bare(value)]
    return nearest(value[:_LONGEST], known) or bare.get(
        nearest(_bare(value)[:_LONGEST], bare) or ""
    )


def _bare(word: str) -> str:
    return re.sub(r"[\W_]", "", word).upper()


def _near(word: str | None, *, quoted: bool = True) -> str:
    if word is None:
        return ""
    return f"; nearest is {word!r}" if quoted else f"; nearest is {word}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
