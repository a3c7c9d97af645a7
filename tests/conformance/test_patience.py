"""Real time that runs out, and that is given again to what goes on."""

from __future__ import annotations

import itertools

import pytest

from conformance.patience import Hanging, patience


def test_what_stands_is_cut_off() -> None:
    with pytest.raises(Hanging), patience(0.05, progress=lambda: 7):
        while True:
            pass


def test_what_goes_on_slowly_is_given_more_time() -> None:
    moves = itertools.count()
    with patience(0.05, progress=lambda: next(moves)) as alarm:
        while alarm._grants < 2:
            pass
    assert not alarm.rung


def test_what_goes_on_for_ever_is_cut_off_in_the_end() -> None:
    moves = itertools.count()
    with pytest.raises(Hanging), patience(0.02, progress=lambda: next(moves)):
        while True:
            pass
