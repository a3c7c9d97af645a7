"""From ``--adapter pkg.mod:Class`` to instances, with errors that say what was tried."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class LoadError(ValueError):
    """The dotted path gives no adapter. The text is a few lines for the user."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: its name, the option that names it, what its maker may ask for."""

    what: str
    option: str
    offers: tuple[str, ...]
    # who has one of these is one
    marks: tuple[str, ...]
    example: str

    @property
    def one(self) -> str:
        """The name with its article."""
        return f"{'an' if self.what[0] in 'aeiou' else 'a'} {self.what}"


ADAPTER = Wanted(
    "adapter", "--adapter", ("network_client",),
    ("parse_ws_message", "get_supported_intervals"), "MyAdapter",
)  # fmt: skip
FEED = Wanted(
    "feed", "--feed",
    ("trading_pair", "trading_pairs", "interval", "on_candle", "on_update", "on_status"),
    ("start",), "make_feed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Factory:
    """Makes instances of one adapter or feed; ``path`` is what the user wrote."""

    path: str
    target: Callable[..., Any]
    wants: tuple[str, ...]
    wanted: Wanted = ADAPTER

    def make(self, offers: Mapping[str, Any]) -> Any:
        """Return a new one, giving the maker what it asks for by name."""
        return self.target(**{name: offers[name] for name in self.wants})


def load(path: str, folder: Path | None = None, wanted: Wanted = ADAPTER) -> Factory:
    """Find a class or function that makes an adapter, or what else is wanted.

    ``path`` is ``pkg.mod.Name`` or ``pkg.mod:Name``; ``folder`` is put on the import
    path first, so that an author's working directory needs no installation.

    Raises LoadError saying which part was found and which was not.
    """
    if folder is not None and str(folder) not in sys.path:
        # its own mocks go with the suite, though the folder may be a clone of it
        importlib.import_module("mock_exchanges")
        sys.path.insert(0, str(folder))
    asked = f"{wanted.option} {path}"
    module_name, name = _split(path, asked)
    module = _import(path, module_name, asked)
    target = module
    for part in name.split("."):
        if not hasattr(target, part):
            known = [n for n in dir(target) if not n.startswith("_")]
            raise LoadError(
                f"{asked}: module {module_name!r} was found, but it has no {name!r}"
                f"{_nearest(part, known)}"
            )
        target = getattr(target, part)
    if not callable(target):
        if inspect.ismodule(target):
            inside = [n for n, v in vars(target).items() if inspect.isclass(v) and _is(v, wanted)]
            example = inside[0] if inside else wanted.example
            raise LoadError(f"{asked}: is a module; name what is in it, such as {path}.{example}")
        if _is(target, wanted):
            raise LoadError(
                f"{asked}: is {wanted.one} instance ({type(target).__name__}), expected its "
                f"class or a function that makes one, as every check gets a fresh {wanted.what}"
            )
        raise LoadError(
            f"{asked}: is {target!r:.60}, expected a class or a function that returns {wanted.one}"
        )
    return Factory(path, target, _wants(asked, target, wanted), wanted)


def _is(value: Any, wanted: Wanted) -> bool:
    return any(hasattr(value, mark) for mark in wanted.marks)


def _split(path: str, asked: str) -> tuple[str, str]:
    if ":" in path:
        module_name, _, name = path.partition(":")
    else:
        module_name, _, name = path.rpartition(".")
    if not module_name or not name or "/" in path or path.endswith(".py"):
        raise LoadError(
            f"{asked}: expected a dotted path such as mypkg.MyAdapter or mypkg.mod:make"
        )
    return module_name, name


def _import(path: str, module_name: str, asked: str) -> Any:
    parts = module_name.split(".")
    for end in range(1, len(parts) + 1):
        part = ".".join(parts[:end])
        try:
            before = ".".join(parts[: end - 1])
            inside = not before or hasattr(importlib.import_module(before), "__path__")
            spec = importlib.util.find_spec(part) if inside else None
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise LoadError(f"{asked}: importing {part!r} failed: {_said(error)}") from None
        if spec is None:
            raise LoadError(
                f"{asked}: no module {part!r} was found{_module_hint(path, parts, end)}\n"
                f"searched: the working directory {Path.cwd()} and what is installed in "
                f"{Path(sys.prefix)}"
            )
    try:
        return importlib.import_module(module_name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise LoadError(
            f"{asked}: module {module_name!r} was found, but importing it failed: {_said(error)}"
        ) from None


def _module_hint(path: str, parts: list[str], end: int) -> str:
    import pkgutil

    if end == 1:
        known = [info.name for info in pkgutil.iter_modules()]
    else:
        parent = importlib.import_module(".".join(parts[: end - 1]))
        known = [info.name for info in pkgutil.iter_modules(getattr(parent, "__path__", []))]
        if hasattr(parent, parts[end - 1]):
            before = ".".join(parts[: end - 1])
            inner = path.replace(":", ".").removeprefix(f"{before}.")
            return f", but {before} has an attribute of that name: write {before}:{inner}"
    return _nearest(parts[end - 1], known)


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]!r}?"
    lower = {name.lower(): name for name in known}
    return f"; did you mean {lower[word.lower()]!r}?" if word.lower() in lower else ""


def _wants(asked: str, target: Callable[..., Any], wanted: Wanted) -> tuple[str, ...]:
    """Return the names of the offers that the constructor asks for."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return ()
    wants, unknown = [], []
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name in wanted.offers and parameter.kind is not parameter.POSITIONAL_ONLY:
            wants.append(parameter.name)
        elif parameter.default is parameter.empty:
            unknown.append(parameter.name)
    if unknown:
        raise LoadError(
            f"{asked}: its constructor wants {', '.join(unknown)}, which the suite cannot "
            f"know (it offers {', '.join(wanted.offers)})\n"
            f"give it defaults, or name a function without arguments that makes the {wanted.what}: "
            f"{wanted.option} {target.__module__}:make_{wanted.what}"
        )
    return tuple(wants)


def _said(error: BaseException) -> str:
    """Return an error with the place it comes from, as one line."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, SyntaxError):
        return said  # it names file and line itself
    where = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if not frame.filename.startswith("<frozen") and frame.filename != importlib.__file__:
            where = f" ({Path(frame.filename).name}, line {frame.lineno})"
    return f"{said}{where}"
