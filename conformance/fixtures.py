"""Mock exchanges as pytest fixtures: `binance`, `coinbase`, `okx`, `kucoin`, `demo`, `exchange`.

An ``async def`` test that asks for one runs on virtual time, whatever plugin for async
tests is installed; a plain one gets the exchange in a thread, in real time. This module
is loaded in every run of every project: what it needs is imported when it is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from unittest import TestCase

import pytest

if TYPE_CHECKING:
    from conformance.stage import Options, Stage

_STAGE = pytest.StashKey["Stage"]()
_TEST = pytest.StashKey[Callable[..., Any]]()

_MARKER = (
    "exchange(seed=1, pairs=None, epoch_ms=None, scenario=None, limits=True, tls=False, "
    "real_time=False, within_s=3600): how the mock exchanges of a test's fixtures are made"
)


def pytest_configure(config: pytest.Config) -> None:
    """Announce the marker."""
    config.addinivalue_line("markers", _MARKER)


# -- the fixtures


def _named(name: str) -> Any:
    def made(request: pytest.FixtureRequest) -> Iterator[Any]:
        stage = _stage(request)
        yield stage.open(name, {}, of=name)
        stage.close(of=name)

    made.__doc__ = (
        f"A running mock of {name}, with the options of @pytest.mark.exchange: a MockExchange on "
        "virtual time in an async test, a RunningMock in real time in a plain one."
    )
    return pytest.fixture(name=name)(made)


binance = _named("binance")
coinbase = _named("coinbase")
okx = _named("okx")
kucoin = _named("kucoin")
demo = _named("demo")


@pytest.fixture
def exchange(request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """A function that runs mock exchanges, any number: exchange("okx", seed=3, pairs=["BTC-USDT"]).

    In an async test: mock = await exchange("okx"). Options are those of
    @pytest.mark.exchange, and market, port, tls_port, authority and host of MockExchange.
    """
    stage = _stage(request)
    yield stage.opener(of="exchange")
    stage.close(of="exchange")


def _stage(request: pytest.FixtureRequest) -> Stage:
    """Return what the test's exchanges run on."""
    found: Stage | None = request.node.stash.get(_STAGE, None)
    if found is not None:
        return found
    options = _options(request.node)
    if _coroutine_of(request.node) is not None:
        pytest.fail(
            f"fixture {request.fixturename!r} was not asked for before the test began, so the test "
            "does not run on virtual time; name it among the test's arguments or in "
            f"@pytest.mark.usefixtures({request.fixturename!r}), beside getfixturevalue",
            pytrace=False,
        )
    from conformance.stage import BlockingStage

    made = request.node.stash[_STAGE] = BlockingStage(options)
    return made


def _options(item: pytest.Item) -> Options:
    """Return what the markers of a test say; fail it if they say what is not known."""
    from conformance.stage import BadOption, Options

    try:
        return Options.of(item.iter_markers("exchange"))
    except BadOption as error:
        pytest.fail(str(error), pytrace=False)


# -- the run of a test


def _coroutine_of(item: pytest.Item) -> Callable[..., Any] | None:
    """Return the test function, if it is one that somebody must run on a loop."""
    if not isinstance(item, pytest.Function) or not inspect.iscoroutinefunction(item.obj):
        return None
    # unittest runs its own, on a loop of its own
    return None if item.cls is not None and issubclass(item.cls, TestCase) else item.obj


def _asks_for_ours(item: pytest.Function) -> bool:
    """Return whether a test gets one of our fixtures, itself or by way of others.

    A fixture of the same name takes the place of ours; it gets ours by asking for its own name.
    """
    info = item._fixtureinfo
    known = info.name2fixturedefs
    todo = [(name, 1) for name in info.initialnames]
    seen = set()
    while todo:
        name, depth = todo.pop()
        definitions = known.get(name, ())
        if (name, depth) in seen or depth > len(definitions):
            continue
        seen.add((name, depth))
        definition = definitions[-depth]
        if getattr(definition.func, "__module__", None) == __name__:
            return True
        todo.extend((each, depth + 1 if each == name else 1) for each in definition.argnames)
    return False


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Any:
    """Decide whether a test runs on our loop, before any fixture is made."""
    test = _coroutine_of(item)
    if test is not None and _asks_for_ours(item):  # type: ignore[arg-type]  # a Function
        from conformance.stage import BadOption, LoopStage, Options

        # what the markers say wrong is told by the fixture: other plugins are not set up yet
        with suppress(BadOption):
            item.stash[_STAGE] = LoopStage(Options.of(item.iter_markers("exchange")))
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: Any) -> Any:
    """Run the async fixtures of such a test on its loop, whoever else would run them.

    Those of a wider scope live longer than the loop, and stay with who runs them.
    """
    func = fixturedef.func
    if fixturedef.scope != "function" or not (
        inspect.iscoroutinefunction(func) or inspect.isasyncgenfunction(func)
    ):
        return (yield)
    stage = request.node.stash.get(_STAGE, None)
    if stage is None or not hasattr(stage, "run"):
        return (yield)
    bound: Any = func
    if hasattr(func, "__self__") and isinstance(request.instance, type(func.__self__)):
        # each test has an instance of its own
        bound = bound.__func__.__get__(request.instance)
    with pytest.MonkeyPatch.context() as patch:
        # a plain function, which other plugins have no reason to touch
        patch.setattr(fixturedef, "func", stage.plain(bound, request.addfinalizer))
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """Keep the test function: others may hide it when they prepare to run it."""
    if item.stash.get(_STAGE, None) is not None and (test := _coroutine_of(item)) is not None:
        item.stash[_TEST] = test
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Any:
    """Run the test on its loop; to everybody else it is a plain function."""
    test = pyfuncitem.stash.get(_TEST, None)
    if test is None:
        return (yield)
    stage: Any = pyfuncitem.stash[_STAGE]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyfuncitem, "obj", stage.plain(test, None))
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Any:
    """End the loop once all fixtures are gone."""
    try:
        return (yield)
    finally:
        stage = item.stash.get(_STAGE, None)
        if stage is not None:
            del item.stash[_STAGE]
            if _TEST in item.stash:
                del item.stash[_TEST]
            stage.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Any:
    """Show what happened last at the exchanges of a test that failed."""
    report = yield
    stage = item.stash.get(_STAGE, None)
    if stage is not None and report.failed:
        report.sections.extend(stage.told())
    return report
