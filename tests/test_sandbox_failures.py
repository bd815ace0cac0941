"""The sandbox EHR misbehaves on request, seen from the client's end of a real socket."""

import httpx
import pytest

from tests.sandbox_server import SandboxServer


def test_a_reset_is_a_reset(sandbox: SandboxServer) -> None:
    sandbox.misbehave(do="reset", times=1)

    with pytest.raises(httpx.ReadError, match="reset"):
        sandbox.fhir("GET", "metadata")
    assert sandbox.fhir("GET", "metadata").status_code == 200


def test_a_dropped_answer_is_lost_after_the_commit(sandbox: SandboxServer) -> None:
    sandbox.misbehave(do="drop", when="after", only="writes")

    with pytest.raises(httpx.RemoteProtocolError):
        sandbox.add_patient("9990001014", "1968-03-14")
    assert sandbox.store()["types"] == {"Patient": 1}


def test_a_seeded_sandbox_has_its_people(seeded_sandbox: SandboxServer) -> None:
    print(seeded_sandbox.store())
    print(seeded_sandbox.find("Patient", family="okon"))
