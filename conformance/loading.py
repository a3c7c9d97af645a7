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
class Factory:
    """Makes instances of one adapter; ``path`` is what the user wrote."""

    path: str
    target: Callable[..., Any]
    wants: tuple[str, ...]

    def make(self, offers: Mapping[str, Any]) -> Any:
        """Return a new adapter, giving the constructor what it asks for by name."""
        return self.target(**{name: offers[name] for name in self.wants})


# what a constructor may ask for by name
OFFERS = ("network_client",)


def load(path: str, folder: Path | None = None) -> Factory:
    """Find an adapter class or factory.

    ``path`` is ``pkg.mod.Name`` or ``pkg.mod:Name``; ``folder`` is put on the import
    path first, so that an author's working directory needs no installation.

    Raises LoadError saying which part was found and which was not.
    """
    if folder is not None and str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    module_name, name = _split(path)
    module = _import(path, module_name)
    target = module
    for part in name.split("."):
        if not hasattr(target, part):
            known = [n for n in dir(target) if not n.startswith("_")]
            raise LoadError(
                f"--adapter {path}: module {module_name!r} was found, but it has no {name!r}"
                f"{_nearest(part, known)}"
            )
        target = getattr(target, part)
    if not callable(target):
        if inspect.ismodule(target):
            inside = [n for n, v in vars(target).items() if inspect.isclass(v) and _is_adapter(v)]
            example = inside[0] if inside else "MyAdapter"
            raise LoadError(
                f"--adapter {path}: is a module; name what is in it, such as {path}.{example}"
            )
        if _is_adapter(target):
            raise LoadError(
                f"--adapter {path}: is an adapter instance ({type(target).__name__}), expected "
                "its class or a function that makes one, as every check gets a fresh adapter"
            )
        raise LoadError(
            f"--adapter {path}: is {target!r:.60}, expected a class or a function "
            "that returns an adapter"
        )
    return Factory(path, target, _wants(path, target))


def _is_adapter(value: Any) -> bool:
    return hasattr(value, "parse_ws_message") or hasattr(value, "get_supported_intervals")


def _split(path: str) -> tuple[str, str]:
    if ":" in path:
        module_name, _, name = path.partition(":")
    else:
        module_name, _, name = path.rpartition(".")
    if not module_name or not name or "/" in path or path.endswith(".py"):
        raise LoadError(
            f"--adapter {path}: expected a dotted path such as mypkg.MyAdapter or mypkg.mod:make"
        )
    return module_name, name


def _import(path: str, module_name: str) -> Any:
    parts = module_name.split(".")
    for end in range(1, len(parts) + 1):
        part = ".".join(parts[:end])
        try:
            before = ".".join(parts[: end - 1])
            inside = not before or hasattr(importlib.import_module(before), "__path__")
            spec = importlib.util.find_spec(part) if inside else None
        except (Exception, SystemExit) as error:
            raise LoadError(
                f"--adapter {path}: importing {part!r} failed: {_said(error)}"
            ) from None
        if spec is None:
            raise LoadError(
                f"--adapter {path}: no module {part!r} was found{_module_hint(path, parts, end)}\n"
                f"searched: the working directory {Path.cwd()} and what is installed in "
                f"{Path(sys.prefix)}"
            )
    try:
        return importlib.import_module(module_name)
    except (Exception, SystemExit) as error:
        raise LoadError(
            f"--adapter {path}: module {module_name!r} was found, but importing it failed: "
            f"{_said(error)}"
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


def _wants(path: str, target: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the offers that the constructor asks for."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return ()
    wants, unknown = [], []
    for parameter in parameters:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        if parameter.name in OFFERS and parameter.kind is not parameter.POSITIONAL_ONLY:
            wants.append(parameter.name)
        elif parameter.default is parameter.empty:
            unknown.append(parameter.name)
    if unknown:
        raise LoadError(
            f"--adapter {path}: its constructor wants {', '.join(unknown)}, which the suite cannot "
            f"know (it offers {', '.join(OFFERS)})\n"
            "give it defaults, or name a function without arguments that makes the adapter: "
            f"--adapter {target.__module__}:make_adapter"
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
