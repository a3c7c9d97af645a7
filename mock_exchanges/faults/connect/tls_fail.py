"""TLS does not come about."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mock_exchanges.core.interference import BadTls
from mock_exchanges.faults.connect.before_words import BeforeWords
from mock_exchanges.faults.table import register


class TlsFail(BeforeWords):
    """TLS handshakes fail: by an alert, or by a certificate that the client cannot trust."""

    fault: Literal["tls-fail"] = "tls-fail"
    how: BadTls = Field(
        default="alert",
        description="alert: the exchange breaks the handshake off; untrusted: its certificate is "
        "of an authority that nobody knows",
    )

    def spoil_tls(self) -> BadTls:
        return self.how


register(TlsFail)
