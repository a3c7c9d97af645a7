"""Every fault tells what the client notices, and a real client has noticed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mock_exchanges.faults import Fault, faults
from mock_exchanges.faults.table import FAMILIES

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests/mock_exchanges/faults"
# what runs a real client over sockets and then connects anew, without the fault
WITNESSES = ("with_fault(", "is_well(", "faults.recording import")


def test_there_are_as_many_as_were_promised() -> None:
    assert len(faults()) >= 35
    assert {fault.family() for fault in faults().values()} == set(FAMILIES)


@pytest.mark.parametrize("fault", faults().values(), ids=list(faults()))
def test_each_has_a_file_a_sentence_and_a_test_with_a_real_client(fault: type[Fault]) -> None:
    name = fault.kind().replace("-", "_")
    home = ROOT / "mock_exchanges/faults" / fault.family() / f"{name}.py"
    assert home.read_text("utf-8").rstrip().endswith(f"register({fault.__name__})")
    sentence = fault.sentence()
    assert sentence.endswith(".") and len(sentence) < 120
    assert sentence.count(". ") == 0
    for field, info in fault.model_fields.items():
        assert field == "fault" or info.description, f"{fault.kind()}: {field} is not described"
    test = TESTS / fault.family() / f"test_{name}.py"
    text = test.read_text("utf-8")
    assert any(witness in text for witness in WITNESSES), test
    assert "assert" in text or "raises" in text
