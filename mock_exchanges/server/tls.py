"""A throw-away certificate authority, so that clients meet real TLS."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path

import trustme

from mock_exchanges.core.interference import BadTls


class Authority:
    """Issues certificates for exchange host names; valid for this process only."""

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self._certificates: dict[tuple[str, ...], trustme.LeafCert] = {}
        self._free: dict[tuple[str, ...], list[ssl.SSLContext]] = {}

    @cached_property
    def pem(self) -> bytes:
        """The authority's certificate, PEM."""
        return self._ca.cert_pem.bytes()

    def write(self, path: Path) -> Path:
        """Write the certificate to a file that clients can be pointed at."""
        path.write_bytes(self.pem)
        return path

    def server_context(
        self, names: Iterable[str], bad: Callable[[], BadTls | None] | None = None
    ) -> ssl.SSLContext:
        """Return a server context whose certificate is good for these host names.

        ``bad`` is asked at each handshake whether it is to fail, and how: by an alert, or
        by a certificate that nobody trusts. The context is the caller's until `give_back`.
        """
        asked = tuple(names)
        # Making one is dear, and so is a certificate: the same names get the same.
        free = self._free.get(asked)
        if free:
            context = free.pop()
        else:
            certificate = self._certificates.get(asked)
            if certificate is None:
                certificate = self._certificates[asked] = self._ca.issue_cert(*asked)
            context = _context(certificate)
        if bad is not None:
            _spoil(context, bad, asked)
        return context

    def give_back(self, names: Iterable[str], context: ssl.SSLContext) -> None:
        """Let a context for these names, which no server uses any more, serve another one."""
        context.sni_callback = None
        context.sslobject_class = ssl.SSLObject
        self._free.setdefault(tuple(names), []).append(context)


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


def _spoil(
    context: ssl.SSLContext, bad: Callable[[], BadTls | None], names: tuple[str, ...]
) -> None:
    """Let handshakes of a context fail as ``bad`` says."""

    def begun(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        how = bad()
        if how == "untrusted":
            connection.context = _context(trustme.CA().issue_cert(*names))
        return ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE if how == "alert" else None

    context.sni_callback = begun
    context.sslobject_class = _Alerting


class _Alerting(ssl.SSLObject):
    """Lets the alert of a failed handshake out: asyncio cuts the connection before it is sent."""

    _failed = False

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError:
            if self._failed:
                raise
            self._failed = True
            # What there is to send goes out now; it is over when the client answers.
            raise ssl.SSLWantReadError from None
