"""A certificate for this machine, of an authority that nobody else knows."""

import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, slots=True)
class Pem:
    """A certificate for localhost, its key, and who to trust for it."""

    certificate: Path
    key: Path
    trust: ssl.SSLContext


def made_pem(folder: Path) -> Pem:
    authority = trustme.CA()
    issued = authority.issue_cert("localhost", "127.0.0.1")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    key.write_bytes(issued.private_key_pem.bytes())
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return Pem(certificate, key, trust)
