"""Does the adapter tell of what the exchange refuses?"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from typing import Any

from conformance.case import Case
from conformance.checks.payload import chosen
from conformance.registry import check
from conformance.subject import AdapterRaised


class _Heard(logging.Handler):
    """Keeps what is logged from information upward."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


@check("PARSE-09")
async def errors_surface(case: Case) -> None:
    interval = await chosen(case, await case.usual_interval())
    frames = (await case.wire()).other_frames(case.pair, interval, case.world.now_ms())
    errors = [frame for frame in frames if frame.error]
    if not errors:
        case.not_applicable("the exchange sends no error frames")
    for frame in errors:
        told = await _surfaces(case, json.loads(frame.text))
        case.witness(f"{frame.name}: {told or 'nothing'}")
        if not told:
            case.showed(frame.text)
            case.fail(
                f"{frame.name} is passed over in silence",
                expected="a line in a log, a warning, or an exception: whoever runs the adapter "
                "looks for it when no candle comes",
                got="no word",
            )


async def _surfaces(case: Case, data: Any) -> str:
    """Return how the parser tells of a frame: what it raises, logs, warns of or prints."""
    heard, printed = _Heard(), io.StringIO()
    root = logging.getLogger()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.INFO)
    try:
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            warnings.catch_warnings(record=True) as warned,
        ):
            warnings.simplefilter("always")
            try:
                await case.subject.parse(data)
            except AdapterRaised as raised:
                return f"raised {raised.error!r}"
    finally:
        root.removeHandler(heard)
        root.setLevel(level)
    told = [*heard.texts, *(str(each.message) for each in warned), printed.getvalue().strip()]
    return told[0]
