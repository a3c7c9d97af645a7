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
        """Return a new server context whose certificate is good for these host names.

        ``bad`` is asked at each handshake whether it is to fail, and how: by an alert, or
        by a certificate that nobody trusts.
        """
        asked = tuple(names)
        certificate = self._certificates.get(asked)
        if certificate is None:
            # The same names get the same certificate: making one is dear.
            certificate = self._certificates[asked] = self._ca.issue_cert(*asked)
        context = _context(certificate)
        if bad is not None:
            _spoil(context, bad, asked)
        return context


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
