"""Making clients trust the mock exchanges' certificates, wherever they look."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # making certificates is dear to import
    from mock_exchanges.server.tls import Authority

__all__ = ["prepare"]

_VARIABLES = (
    "SSL_CERT_FILE",  # OpenSSL's defaults: aiohttp, websockets, urllib, httpx
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "WEBSOCKET_CLIENT_CA_BUNDLE",
)


@contextlib.contextmanager
def prepare(authority: Authority, folder: Path) -> Iterator[Path]:
    """Write the authority's certificate into ``folder`` and let clients trust it alone.

    Holds for the environment, for what was imported earlier and has made its default
    TLS context already, and for certifi. Everything is put back at the end. Yields the
    certificate's file.
    """
    file = authority.write(folder / "mock-exchanges-ca.pem")
    with contextlib.ExitStack() as undo:
        undo.callback(_renew_contexts)  # at the very end, in the old environment
        for name in (*_VARIABLES, "SSL_CERT_DIR"):
            undo.callback(_set_variable, name, os.environ.get(name))
        for name in _VARIABLES:
            os.environ[name] = str(file)
        os.environ.pop("SSL_CERT_DIR", None)
        _point_certifi(undo, str(file))
        _renew_contexts()
        yield file


def _set_variable(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value


def _point_certifi(undo: contextlib.ExitStack, file: str) -> None:
    if importlib.util.find_spec("certifi") is None:
        return
    import certifi

    genuine = certifi.where

    def where() -> str:
        return file

    # Afterwards too: a module imported meanwhile has copied our function or its answer.
    undo.callback(_swap_certifi, where, file, genuine, genuine())
    _swap_certifi(genuine, genuine(), where, file)


def _swap_certifi(
    old_where: Callable[[], str], old: str, new_where: Callable[[], str], new: str
) -> None:
    for module in ("certifi", "certifi.core", "requests.certs"):
        if getattr(sys.modules.get(module), "where", None) is old_where:
            sys.modules[module].where = new_where  # type: ignore[attr-defined]  # by name
    for module in ("requests.utils", "requests.adapters"):
        if getattr(sys.modules.get(module), "DEFAULT_CA_BUNDLE_PATH", None) == old:
            sys.modules[module].DEFAULT_CA_BUNDLE_PATH = new  # type: ignore[attr-defined]


def _renew_contexts() -> None:
    """Let libraries that keep a default TLS context make it again."""
    connector: Any = sys.modules.get("aiohttp.connector")
    if hasattr(connector, "_make_ssl_context"):
        connector._SSL_CONTEXT_VERIFIED = connector._make_ssl_context(True)
    urllib.request._opener = None  # type: ignore[attr-defined]  # keeps its context
    adapters: Any = sys.modules.get("requests.adapters")
    context = getattr(adapters, "_preloaded_ssl_context", None)
    if context is not None:  # requests 2.32.0 to 2.32.5
        from urllib3.util.ssl_ import create_urllib3_context

        adapters._preloaded_ssl_context = create_urllib3_context()
        adapters._preloaded_ssl_context.load_verify_locations(adapters.DEFAULT_CA_BUNDLE_PATH)
