"""The pytest plugin: options and hooks, thin.

Everything else knows nothing of pytest (`items` aside), and is imported only when
``--adapter`` is given: the plugin is loaded in every run of every project.
"""

from __future__ import annotations

import copy
import datetime
import difflib
import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.session import Session
    from conformance.verdict import Result

_ATTRIBUTE = "conformance_result"
# pytest's -r unless it is given: failures and errors
_USUAL_REPORTCHARS = "fE"
_OPTIONS = (
    "--adapter",
    "--feed",
    "--exchange",
    "--conformance-json",
    "--conformance-known",
    "--conformance-seed",
    "--conformance-strict",
)

# mock exchanges for the tests of those who write bots
pytest_plugins = ["conformance.fixtures"]

# what is installed with this plugin
_PACKAGES = {"conformance", "mock_exchanges", "reference_adapters"}


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Add the options."""
    _leave_as_written(pluginmanager)
    group = parser.getgroup("conformance", "exchange adapter conformance")
    group.addoption(
        "--adapter",
        action="append",
        default=[],
        metavar="PKG.NAME",
        help="check this adapter: a class, or a function that makes one, as pkg.mod.Name or "
        "pkg.mod:Name (may be given several times). Without a path, only the suite is run.",
    )
    group.addoption(
        "--feed",
        action="append",
        default=[],
        metavar="PKG.NAME",
        help="check this feed, which connects by itself: a function that makes one from a trading "
        "pair, an interval, and what to call with candles (may be given several times)",
    )
    group.addoption(
        "--exchange",
        metavar="NAME[@DATE]",
        help="the exchange it is for, as on a date (default: told by the adapter's URLs)",
    )
    group.addoption(
        "--conformance-strict",
        action="store_true",
        help="a should that is not met (LOOSE) fails the run too",
    )
    group.addoption(
        "--conformance-seed",
        type=int,
        default=1,
        metavar="N",
        help="seed of the market; the same seed gives the same bytes (default: 1)",
    )
    group.addoption(
        "--conformance-json",
        type=Path,
        metavar="FILE",
        help="write all results as JSON",
    )
    group.addoption(
        "--conformance-known",
        type=Path,
        metavar="FILE",
        help="known failures, TOML, which do not fail the run (default: conformance-known.toml "
        "in pytest's rootdir, if it is there)",
    )
    group.addoption(
        "--conformance-today",
        metavar="DATE",
        help="the day by which known failures expire, as 2027-01-31 (default: today, UTC)",
    )


def _leave_as_written(pluginmanager: pytest.PytestPluginManager) -> None:
    """Keep pytest from rewriting the assertions of these packages.

    It does so for all that is installed with a plugin: parses and compiles 300 modules, again in
    each run where bytecode must not be written. None of them asserts as a test does.
    """
    # private to pytest: where it is not as it was, the run is only slower
    marked = getattr(getattr(pluginmanager, "rewrite_hook", None), "_must_rewrite", None)
    if isinstance(marked, set):
        marked -= _PACKAGES


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Any:
    """Tell the right name of a misspelt option; pytest itself would only refuse the wrong one."""
    done = yield  # conftest files may bring options that look like ours
    written = [arg.partition("=")[0] for arg in args]
    near = {
        name: found[0]
        for name in written
        if name.startswith("--")
        and name not in _OPTIONS
        and (found := difflib.get_close_matches(name, _OPTIONS, n=1, cutoff=0.8))
    }
    if near:
        _, unknown = parser.parse_known_and_unknown_args(args, copy.copy(early_config.option))
        for arg in unknown:
            name = arg.partition("=")[0]
            if name in near:
                raise pytest.UsageError(f"there is no option {name}; did you mean {near[name]}?")
    return done


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Load the adapters, so that what is wrong with them is told before anything runs."""
    if not config.getoption("adapter") and not config.getoption("feed"):
        for option in ("exchange", "conformance_json", "conformance_known", "conformance_today"):
            if config.getoption(option) is not None:
                name = option.replace("_", "-")
                raise pytest.UsageError(f"--{name} is given, which needs --adapter PKG.NAME too")
        return
    # what an earlier run in this process has left: at its end pytest would walk through it
    gc.unfreeze()
    report: Path | None = config.getoption("conformance_json")
    if report is not None and not report.absolute().parent.is_dir():
        raise pytest.UsageError(f"--conformance-json {report}: there is no folder {report.parent}")
    if report is not None and report.is_dir():
        raise pytest.UsageError(f"--conformance-json {report}: is a folder, expected a file")
    if not config.option.file_or_dir and not config.getoption("pyargs"):
        config.args = []
    config.pluginmanager.register(SuitePlugin(config), "conformance-suite")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Any:
    """Put back what the suite leaves out of pytest's short summary, before it is counted."""
    failed = terminalreporter.stats.get("failed")
    try:
        return (yield)
    finally:
        if failed is not None:
            terminalreporter.stats["failed"] = failed


def _today(written: str | None) -> datetime.date | None:
    try:
        return None if written is None else datetime.date.fromisoformat(written)
    except ValueError:
        raise pytest.UsageError(
            f"--conformance-today is {written!r}, expected a date such as 2027-01-31"
        ) from None


def _shares_out(config: pytest.Config) -> bool:
    """Return whether other processes do the work of this one, those of pytest-xdist."""
    return (
        config.getoption("dist", "no") != "no"
        and bool(config.getoption("tx", None))
        and not config.getoption("collectonly")
    )


def _each_once(reports: list[Any]) -> list[Any]:
    """Return failures for the short summary: one for each finding, none for what follows."""
    from conformance.report.text import kind
    from conformance.verdict import Result

    def result_of(report: Any) -> Result | None:
        data = getattr(report, _ATTRIBUTE, None)
        return None if data is None else Result.from_data(data)

    results = [result_of(report) for report in reports]
    failed = {(result.adapter, result.id) for result in results if result is not None}
    seen = set()
    kept = []
    for report, result in zip(reports, results, strict=True):
        if result is not None:
            if kind(result) in seen or (result.adapter, result.consequence_of) in failed:
                continue
            seen.add(kind(result))
        kept.append(report)
    return kept


class SuitePlugin:
    """The hooks of a run with adapters."""

    def __init__(self, config: pytest.Config) -> None:
        from conformance.patience import here_is_stderr

        here_is_stderr(keep_dumps=not float(config.getini("faulthandler_timeout") or 0))
        self._config = config
        self._loaded: Session | None = None
        # where other processes judge, they begin before this one loads what it needs itself
        self._shares = _shares_out(config)
        if not self._shares:
            self._load()
        self._strict: bool = config.getoption("conformance_strict")
        self._json: Path | None = config.getoption("conformance_json")
        self._worker = hasattr(config, "workerinput")
        self._results: list[Result] = []
        self._spread = False  # over processes, which tell their results in any order
        self._real_s: dict[str, float] = {}
        self._problems: list[str] = []
        self._selected: int | None = None  # not known before the collection is over
        if config.getoption("collectonly"):
            self._json = None
        if self._json is not None:
            self._json = self._json.absolute()
            if not self._worker:
                # a run that dies must not leave the report of an older one
                self._json.unlink(missing_ok=True)

    @property
    def _session(self) -> Session:
        assert self._loaded is not None
        return self._loaded

    def _load(self) -> None:
        from conformance.session import Request, Session, UsageError

        config = self._config
        request = Request(
            adapters=list(dict.fromkeys(config.getoption("adapter"))),
            feeds=list(dict.fromkeys(config.getoption("feed"))),
            exchange=config.getoption("exchange"),
            seed=config.getoption("conformance_seed"),
            folder=config.invocation_params.dir,
            known=config.getoption("conformance_known"),
            root=config.rootpath,
            today=_today(config.getoption("conformance_today")),
        )
        try:
            self._loaded = Session(request, judges=not self._shares)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None

    def pytest_report_header(self) -> list[str]:
        """Tell what is checked against what, or the first half of it."""
        from conformance.report.data import suite_version

        first = f"conformance: exchange-conformance {suite_version()}, virtual time"
        return [first] if self._shares else [first, *self._header()]

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> None:
        """Load the adapters while other processes begin, and tell the second half of the header.

        Not before, at the session's start: an error there would leave the others to the
        interpreter's end.
        """
        if self._shares:
            self._load()
            reporter = session.config.pluginmanager.getplugin("terminalreporter")
            if reporter is not None and reporter.showheader and not reporter.no_header:
                if reporter.isatty:
                    reporter.write_line("")  # ends a line that tells how far the processes are
                for line in self._header():
                    reporter.write_line(line)

    def _header(self) -> list[str]:
        from conformance.network import bypasses

        lines = []
        for setting in self._session.settings:
            lines.append(f"  {setting.adapter} on {setting.exchange}, seed {setting.seed}")
            if setting.real_time:
                lines.append(f"    in real time, a few checks only: {setting.real_time}")
        known = self._session.known
        if known is not None:
            lines.append(f"  known failures: {len(known.entries)} in {known.file}")
        lines.extend(f"  warning: {said}" for said in bypasses())
        return lines

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Any:
        """Add the suite to what the session collects, so that -k, --lf and the like see it."""
        report = yield
        if isinstance(collector, pytest.Session):
            from conformance.items import nodes

            report.result.extend(nodes(collector, self._session))
        return report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Any:
        """Keep the word that the suite does not work, whatever -k and the like would choose."""
        from conformance.card import DEAREST
        from conformance.items import SmokeItem

        broken = [item for item in items if isinstance(item, SmokeItem)]
        items[:] = [item for item in items if item not in broken]
        try:
            return (yield)
        finally:
            if self._worker:
                # last, a day of exchange time would keep one process while the others are done
                items.sort(key=lambda item: item.name != DEAREST)
            items[:0] = broken

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is to be judged."""
        self._count(item.nodeid for item in session.items)
        # what is there by now stays, and most of what the collector walks: an eighth of a run
        gc.freeze()

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Count what is to be judged, where other processes judge it."""
        self._spread = True
        self._count(ids)

    def _count(self, ids: Iterable[str]) -> None:
        own = tuple(f"{setting.adapter}::" for setting in self._session.settings)
        self._selected = sum(1 for nodeid in ids if nodeid.startswith(own))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Any:
        """Put the result on the report, as data, so that it travels between processes."""
        report = yield
        result = getattr(item, "result", None)
        if call.when == "call" and result is not None:
            setattr(report, _ATTRIBUTE, result.as_data())
        return report

    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, Any] | None:
        """Tell the verdicts apart that pytest does not know."""
        data = getattr(report, _ATTRIBUTE, None)
        if data is None or report.when != "call":
            return None
        verdict, followed = data["verdict"], data["consequence_of"]
        if data["known"] is not None and report.skipped:
            return "known", "k", ("KNOWN", {"yellow": True})
        if report.failed and verdict == "harness-error":
            return "failed", "E", ("HARNESS ERROR", {"red": True})
        if report.failed and followed:
            return "failed", "f", (f"FOLLOWS {followed}", {"red": True})
        if report.failed and verdict == "not-exercised":
            return "failed", "F", ("NOT EXERCISED", {"red": True})
        if report.passed and verdict == "loose":
            return "loose", "L", ("LOOSE", {"yellow": True})
        if report.passed and verdict == "info":
            return "info", "i", ("INFO", {"cyan": True})
        if report.skipped:
            return "not applicable", "-", ("N/A", {"cyan": True})
        return None

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result, whichever process it comes from."""
        from conformance.verdict import Result

        data = getattr(report, _ATTRIBUTE, None)
        if data is not None:
            result = Result.from_data(data)
            self._results.append(result)
            spent = self._real_s.get(result.adapter, 0.0)
            self._real_s[result.adapter] = spent + report.duration

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Settle the exit code and write the report file."""
        from conformance.process import ending
        from conformance.verdict import Verdict

        ending.status(int(session.exitstatus))
        if self._worker or self._loaded is None:
            return
        if self._spread:
            from conformance.report.table import in_order

            self._results = in_order(self._results)
        broken = any(result.verdict is Verdict.HARNESS_ERROR for result in self._results)
        known = self._session.known
        if known is not None and not broken:
            self._problems = known.problems(self._results, self._session.planned())
        if broken:
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR
        elif self._problems and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        ending.status(int(session.exitstatus))
        if self._json is not None:
            from conformance.report import data

            planned = sum(1 for _ in self._session.planned())
            selected = planned if self._selected is None else self._selected
            counts = data.Counts(planned, selected, len(self._results))
            book = None if known is None else data.KnownFile(known.file, self._problems)
            data.write(self._json, self._results, int(session.exitstatus), counts, book)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say at the end what was found, and what only follows from it."""
        from conformance.report.summary import Style, summary

        if not self._results:
            return
        terminalreporter.section("conformance")
        style = Style(
            strict=self._strict,
            width=terminalreporter.config.get_terminal_writer().fullwidth,
            wrap=bool(terminalreporter.isatty),
            every=terminalreporter.verbosity > 0,
            real_s=self._real_s,
        )
        for line in summary(self._results, style, self._problems):
            for text, colour in line:
                terminalreporter.write(text, **({colour: True} if colour else {}))
            terminalreporter.write_line("")
        if terminalreporter.config.getoption("reportchars") == _USUAL_REPORTCHARS:
            terminalreporter.stats["failed"] = _each_once(terminalreporter.stats.get("failed", []))

    def pytest_enter_pdb(self) -> None:
        """Leave somebody who looks at a check with a debugger the time that it takes."""
        from conformance.patience import wait_for_debugger

        wait_for_debugger()

    def pytest_unconfigure(self) -> None:
        """Put the environment back, and see to it that the process ends."""
        from conformance.process import ending

        if self._loaded is not None:
            self._loaded.close()
        ending.end_children()
