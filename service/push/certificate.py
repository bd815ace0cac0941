"""Our certificate towards the EHR (mutual TLS), and whom we trust: the system's authorities, or SSL_CERT_FILE's."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from service.errors import CannotStart


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """Files that prove to the EHR who we are (mutual TLS): the certificate with its chain, and its private key."""

    chain: Path
    key: Path


def trusted(certificate: ClientCertificate | None) -> ssl.SSLContext:
    """For every connection to the EHR. `CannotStart` where the files are no certificate and its key."""
    trust = ssl.create_default_context()
    if certificate:
        try:
            trust.load_cert_chain(certificate.chain, certificate.key)
        except OSError:  # TLS faults are among them
            raise CannotStart(
                "JOINEDUP_EHR_CLIENT_CERTIFICATE and JOINEDUP_EHR_CLIENT_KEY are no certificate and its key, in PEM."
            ) from None
    return trust
