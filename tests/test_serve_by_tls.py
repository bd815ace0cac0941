"""`joinedup serve` with a certificate of its own, as a process; and what it refuses to serve."""

import tempfile
from pathlib import Path

import httpx
import pytest

from tests.commands import Running, running
from tests.pem import made_pem


@pytest.mark.slow
def test_serve_answers_by_https_alone_and_says_so(tmp_path: Path) -> None:
    pem = made_pem(tmp_path)
    with tempfile.TemporaryDirectory(prefix="j") as data:
        settings = {"data_folder": data, "port": "0", "worker_in_serve": "false", "ehr_url": "http://127.0.0.1:1/fhir"}
        with running("serve", tls_certificate=str(pem.certificate), tls_key=str(pem.key), **settings) as service:
            here = _here(service)
            answer = httpx.get(f"{here}/healthz", verify=pem.trust)
            assert answer.status_code == 200
            assert answer.headers["strict-transport-security"].startswith("max-age=31536000")
            with pytest.raises(httpx.TransportError):
                httpx.get(f"{here.replace('https', 'http')}/healthz")
            elsewhere = httpx.get(f"{here}/healthz", verify=pem.trust, headers={"Host": "elsewhere.example"})
            assert elsewhere.status_code == 421
            assert service.stop() == 0


def _here(service: Running) -> str:
    said = service._wait(lambda: next((word for word in service.said().split() if word.startswith("https://")), None))
    return str(said)
