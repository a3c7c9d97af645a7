"""Imports run one way: the rooms of the house stay apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("conformance", "mock_exchanges", "reference_adapters")
EXCHANGES = sorted(
    folder.name
    for folder in (ROOT / "mock_exchanges").iterdir()
    if (folder / "profile.py").exists()
)


def modules(folder: str) -> Iterator[tuple[str, set[str]]]:
    """Yield (module, what it imports) for the modules under a folder."""
    for file in sorted((ROOT / folder).rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        imported = set()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{name} imports relatively"
                imported |= {f"{node.module}.{alias.name}" for alias in node.names}
        yield name, imported


def offenders(folder: str, *banned: str) -> list[str]:
    """Return "module imports other" for what must not be imported there."""
    return [
        f"{name} imports {other}"
        for name, imported in modules(folder)
        for other in sorted(imported)
        if any(other == ban or other.startswith(f"{ban}.") for ban in banned)
    ]


def test_the_exchanges_are_found() -> None:
    assert "binance" in EXCHANGES


@pytest.mark.parametrize(
    ("folder", "banned"),
    [
        ("mock_exchanges", ("conformance", "reference_adapters")),
        ("reference_adapters", ("conformance", "mock_exchanges")),
        ("conformance", ("reference_adapters", "tests")),
        (
            "mock_exchanges/core",
            ("asyncio", "socket", "time", "aiohttp", "random", "mock_exchanges.server",
             "mock_exchanges.faults", "mock_exchanges.registry"),
        ),
        ("mock_exchanges/faults", ("mock_exchanges.server", "asyncio", "aiohttp")),
        ("conformance/checks", ("pytest", "aiohttp", "conformance.plugin", "conformance.items")),
    ],
)  # fmt: skip
def test_imports_run_one_way(folder: str, banned: tuple[str, ...]) -> None:
    assert offenders(folder, *banned) == []


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_an_exchange_is_known_by_itself_and_the_registry_alone(exchange: str) -> None:
    place = f"mock_exchanges.{exchange}"
    for folder in ("conformance", "mock_exchanges", "reference_adapters"):
        for found in offenders(folder, place):
            assert found.startswith(place), found


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_an_exchange_does_no_io(exchange: str) -> None:
    assert offenders(f"mock_exchanges/{exchange}", "asyncio", "socket", "time", "aiohttp",
                     "random", "mock_exchanges.server") == []  # fmt: skip


def test_only_the_plugin_and_its_items_know_pytest() -> None:
    knowing = {name.partition(" ")[0] for name in offenders("conformance", "pytest")}
    assert knowing == {"conformance.plugin", "conformance.items", "conformance.fixtures"}
    assert offenders("mock_exchanges", "pytest", "_pytest") == []


def test_no_common_check_names_an_exchange() -> None:
    for folder in ("conformance/checks", "conformance/driver"):
        for file in (ROOT / folder).glob("*.py"):
            text = file.read_text("utf-8").lower()
            for exchange in EXCHANGES:
                assert exchange not in text, f"{file.name} names {exchange}"
