"""One run over one or more adapters: from what the user wrote to suites of checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance import clock
from conformance.loading import ADAPTER, FEED, LoadError, Wanted, load
from conformance.runner import Suite
from conformance.setting import Setting, Trust
from conformance.subject import AdapterRaised


class UsageError(ValueError):
    """What the user wrote cannot be run; the text says why and what would be right."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asked for."""

    adapters: Sequence[str] = ()
    feeds: Sequence[str] = ()
    exchange: str | None = None
    seed: int = 1
    folder: Path | None = None


class Session:
    """Loads adapters and makes their suites. Close it to undo what it set."""

    def __init__(self, request: Request) -> None:
        clock.install()
        self._trust = Trust()
        try:
            self.suites = [
                self._suite(path, wanted, request)
                for wanted, paths in ((ADAPTER, request.adapters), (FEED, request.feeds))
                for path in paths
            ]
        except BaseException:
            self._trust.close()
            raise

    def close(self) -> None:
        """Undo what was set in the environment."""
        self._trust.close()

    def _suite(self, path: str, wanted: Wanted, request: Request) -> Suite:
        from conformance.detect import UnknownHost, exchange_of
        from mock_exchanges.registry import UnknownExchange, create

        try:
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
        except Exception as error:
            raise UsageError(
                f"{wanted.option} {path}: making the {wanted.what} failed: "
                f"{type(error).__name__}: {error}"
            ) from error
        return Suite(Setting(factory, exchange, request.seed), self._trust)
