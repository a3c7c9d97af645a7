"""One run over one or more adapters: from what the user wrote to suites of checks."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from conformance import clock
from conformance.known import FILE, BadKnown, Known, Planned
from conformance.known import load as load_known
from conformance.loading import ADAPTER, FEED, LoadError, Wanted, load
from conformance.patience import Hanging
from conformance.process.staying import staying
from conformance.setting import Setting, Trust
from conformance.subject import AdapterRaised
from conformance.verdict import Result

if TYPE_CHECKING:
    from conformance.runner import Suite


class UsageError(ValueError):
    """What the user wrote cannot be run; the text says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for.

    ``known`` is a file of known failures; without one it is that of ``root``, if there is one.
    ``today`` is for expired entries; without it, the day in UTC.
    """

    adapters: Sequence[str] = ()
    feeds: Sequence[str] = ()
    exchange: str | None = None
    seed: int = 1
    folder: Path | None = None
    known: Path | None = None
    root: Path | None = None
    today: date | None = None


class Session:
    """Loads adapters, and makes their suites when they are asked for. Close it to undo what it set.

    A process that only shares out the work does not judge (``judges``). It asks for no suite,
    and does not load what they are made of: servers, certificates, faults, checks.
    """

    def __init__(self, request: Request, *, judges: bool = True) -> None:
        self._undo = contextlib.ExitStack()
        if judges:
            _ = self._trust  # before the adapters, which may look for certificates when imported
        clock.install()
        self._unfit: dict[tuple[str, str], Result | None] = {}
        try:
            self.settings = [
                self._setting(path, wanted, request)
                for wanted, paths in ((ADAPTER, request.adapters), (FEED, request.feeds))
                for path in paths
            ]
            self.known = self._known(request)
        except BaseException:
            self._undo.close()
            raise

    def close(self) -> None:
        """Undo what was set in the environment."""
        self._undo.close()

    @cached_property
    def _trust(self) -> Trust:
        trust = Trust()
        self._undo.callback(trust.close)
        # first imported here it reads one certificate, and not all of the system's
        import aiohttp  # noqa: F401

        return trust

    @cached_property
    def suites(self) -> list[Suite]:
        """One for each setting."""
        from conformance.runner import Suite

        return [Suite(setting, self._trust) for setting in self.settings]

    def unfit(self, suite: Suite) -> Result | None:
        """Return a harness error if the suite does not work here on the suite's exchange."""
        from conformance.smoke import smoke

        setting = suite.setting
        place = (setting.adapter, setting.exchange)
        if place not in self._unfit:
            self._unfit[place] = smoke(setting, self._trust)
        return self._unfit[place]

    def planned(self) -> Iterator[Planned]:
        """Yield what there is to judge, whatever was selected."""
        for suite in self.suites:
            setting = suite.setting
            if self.unfit(suite) is None:
                for check, interval in suite.plan():
                    yield setting.adapter, setting.exchange, check.card.id, interval

    def _known(self, request: Request) -> Known | None:
        file = request.known
        if file is None and request.root is not None and (request.root / FILE).is_file():
            file = request.root / FILE
        if file is None:
            return None
        today = request.today or datetime.now(UTC).date()
        try:
            return load_known(file, today, [setting.exchange for setting in self.settings])
        except BadKnown as error:
            raise UsageError(str(error)) from None

    def _setting(self, path: str, wanted: Wanted, request: Request) -> Setting:
        from conformance.detect import UnknownHost, exchange_of
        from mock_exchanges.registry import UnknownExchange, create

        try:
            with staying():
                factory = load(path, request.folder, wanted)
            exchange = request.exchange or exchange_of(factory)
            create(exchange)  # a wrong name or date is told now, not check by check
        except (LoadError, UnknownHost) as error:
            raise UsageError(str(error)) from error
        except (UnknownExchange, ValueError) as error:
            raise UsageError(f"--exchange {request.exchange}: {error}") from error
        except AdapterRaised as raised:
            raise UsageError(
                f"{wanted.option} {path}: {raised}\n{raised.trail}".rstrip()
            ) from raised
        except Hanging as hanging:
            where = f", in {hanging.method}\n{hanging.trail}" if hanging.method else ""
            raise UsageError(f"{wanted.option} {path}: the {wanted.what} hangs{where}") from hanging
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise UsageError(
                f"{wanted.option} {path}: making the {wanted.what} failed: "
                f"{type(error).__name__}: {error}"
            ) from error
        setting = Setting(factory, exchange, request.seed)
        if wanted is FEED:
            from conformance.realtime import outside

            setting = replace(setting, real_time=outside(setting, self._trust))
        return setting
