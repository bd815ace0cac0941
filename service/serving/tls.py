"""TLS of our own: version 1.2 or newer, ciphers that are strong and forget their keys.

Mozilla's intermediate configuration without DHE: https://wiki.mozilla.org/Security/Server_Side_TLS
"""

import ssl
from pathlib import Path
from typing import Final

from service.errors import CannotStart

# Of TLS 1.2; those of 1.3 are all strong.
_CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """What a server shows and takes; `CannotStart` where the files are not a certificate and its key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_ciphers(_CIPHERS)
    context.set_alpn_protocols(["http/1.1"])
    try:
        # Without a password of ours OpenSSL would ask for one at the terminal, and wait.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as fault:
        why = getattr(fault, "reason", None) or fault.strerror or "not PEM"
        raise CannotStart(
            f"JOINEDUP_TLS_CERTIFICATE and JOINEDUP_TLS_KEY cannot be used ({why}). Name a certificate with its chain "
            "and its private key without a passphrase, both PEM, that joinedup may read."
        ) from None
    return context
