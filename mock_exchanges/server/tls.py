"""A throw-away certificate authority, so that clients meet real TLS."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import trustme


class Authority:
    """Issues certificates for exchange host names; valid for this process only."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._contexts: dict[tuple[str, ...], ssl.SSLContext] = {}

    @cached_property
    def pem(self) -> bytes:
        """The authority's certificate, PEM."""
        return self._ca.cert_pem.bytes()

    def write(self, path: Path) -> Path:
        """Write the certificate to a file that clients can be pointed at."""
        path.write_bytes(self.pem)
        return path

    def server_context(self, names: Iterable[str]) -> ssl.SSLContext:
        """Return a server context whose certificate is good for these host names.

        The same names give the same context: making a certificate is dear.
        """
        asked = tuple(names)
        context = self._contexts.get(asked)
        if context is None:
            context = self._contexts[asked] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._ca.issue_cert(*asked).configure_cert(context)
        return context
