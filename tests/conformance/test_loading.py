"""From a dotted path to instances. What is said of wrong paths: test_plugin.py."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from conformance.loading import Factory, LoadError, load
from conformance.session import Request, Session, UsageError

SOURCE = """
class Plain:
    pass

class Client:
    def __init__(self, network_client):
        self.client = network_client

class Optional:
    def __init__(self, timeout=3, *args, network_client=None, **kwargs):
        self.client, self.timeout, self.rest = network_client, timeout, kwargs

class Outer:
    class Inner(Plain):
        pass

    @classmethod
    def make(cls):
        return Plain()

class Positional:
    def __init__(self, network_client, /):
        pass

def make(network_client):
    return Client(network_client)

async def later():
    return Plain()

SHORT = lambda: Plain()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "loadable.py").write_text(SOURCE)
    before = list(sys.path)
    yield tmp_path
    sys.path[:] = before
    sys.modules.pop("loadable", None)


@pytest.mark.parametrize(
    ("name", "kind", "client"),
    [
        ("Plain", "Plain", False),
        ("Client", "Client", True),
        ("Optional", "Optional", True),
        ("Outer.Inner", "Inner", False),
        ("Outer.make", "Plain", False),
        ("make", "Client", True),
        ("SHORT", "Plain", False),
    ],
)
def test_a_constructor_gets_what_it_asks_for_by_name(
    folder: Path, name: str, kind: str, client: bool
) -> None:
    factory = load(f"loadable:{name}", folder)
    made = factory.make({"network_client": "CLIENT"})
    assert type(made).__name__ == kind
    assert getattr(made, "client", None) == ("CLIENT" if client else None)
    assert factory.path == f"loadable:{name}"


def test_each_instance_is_new(folder: Path) -> None:
    factory = load("loadable.Plain", folder)
    assert factory.make({}) is not factory.make({})


def test_other_arguments_keep_their_defaults(folder: Path) -> None:
    made = load("loadable:Optional", folder).make({"network_client": None})
    assert (made.timeout, made.rest) == (3, {})


@pytest.mark.parametrize("path", ["", ".", ":", "a:", ":a", "a.", ".a", "a/b.py", "a/b:c"])
def test_what_is_no_dotted_path_is_told_so(path: str) -> None:
    with pytest.raises(LoadError, match="expected a dotted path"):
        load(path)


def test_an_argument_that_cannot_be_given_by_name_is_unknown(folder: Path) -> None:
    with pytest.raises(LoadError, match="its constructor wants network_client, which"):
        load("loadable:Positional", folder)


def test_the_folder_is_put_on_the_path_once(folder: Path) -> None:
    for _ in range(3):
        load("loadable.Plain", folder)
    assert sys.path.count(str(folder)) == 1
    assert sys.path[0] == str(folder)


def test_a_callable_without_a_signature_is_called_without_arguments() -> None:
    assert load("builtins:dict").make({"network_client": 1}) == {}
    assert Factory("x", partial(int, "7"), ()).make({}) == 7


def test_a_session_undoes_what_it_set_when_an_adapter_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import os

    before: dict[str, Any] = dict(os.environ)
    with pytest.raises(UsageError, match="nowhere_at_all"):
        Session(Request(["reference_adapters.BinanceAdapter", "nowhere_at_all.X"]))
    assert dict(os.environ) == before


def test_a_module_that_ends_the_process_is_told(tmp_path: Path) -> None:
    (tmp_path / "ends_here.py").write_text("import os\nos._exit(0)\n")
    said = r"module 'ends_here' was found, but importing it failed: EndsTheProcess: os._exit\(0\)"
    with pytest.raises(UsageError, match=said):
        Session(Request(["ends_here.X"], folder=tmp_path))


def test_a_session_has_a_suite_for_each_adapter() -> None:
    session = Session(
        Request(["reference_adapters:BinanceAdapter"], exchange="binance@2025-01-27", seed=5)
    )
    try:
        setting = session.suites[0].setting
        assert (setting.adapter, setting.exchange, setting.exchange_name, setting.seed) == (
            "reference_adapters:BinanceAdapter", "binance@2025-01-27", "binance", 5,
        )  # fmt: skip
    finally:
        session.close()


def test_who_shares_out_the_work_loads_no_more_than_it_needs() -> None:
    source = """
        import sys
        from conformance.session import Request, Session

        session = Session(Request(["reference_adapters.BinanceAdapter"]), judges=False)
        print(session.settings[0].exchange)
        dear = ("aiohttp", "pydantic", "trustme", "mock_exchanges.server", "conformance.checks")
        print([name for name in dear if name in sys.modules])
        print(len(list(session.planned())) > 100)  # still there for who asks
        print([name for name in dear if name not in sys.modules])
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(source)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["binance", "[]", "True", "[]"]
