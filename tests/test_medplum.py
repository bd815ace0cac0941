"""Notes delivered to an independent FHIR engine: Medplum's, with its memory repository, over HTTP.

`make tools` fetches it. Its memory repository slows down with what it holds: the runs are small.
"""

import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from service.push.ehr import Ehr
from tests.engine import Engine, a_clinicians_change_is_kept, every_kind_is_there_once

TOP = Path(__file__).parent.parent
FETCHED = TOP / ".tools" / "medplum"
NODE = FETCHED / "node_modules" / ".bin" / "node"

pytestmark = pytest.mark.skipif(not NODE.exists(), reason="Medplum's FHIR engine is not in .tools: make tools")


@pytest.fixture(params=["by transaction", "one by one"])
def medplum(request: pytest.FixtureRequest) -> Iterator[Engine]:
    server = FETCHED / "server.mjs"  # beside its node_modules, or Node does not find them
    server.write_bytes((TOP / "tests" / "medplum" / "server.mjs").read_bytes())
    how = ["--without-transactions"] if request.param == "one by one" else []
    command = [str(NODE), str(server), *how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        url = f"http://127.0.0.1:{int(running.stdout.readline())}/fhir"
        with httpx.Client(base_url=url, timeout=10, verify=False, trust_env=False) as client:
            yield Engine(client)
        running.terminate()


@pytest.fixture
async def ehr(medplum: Engine) -> AsyncIterator[Ehr]:
    async with Ehr(medplum.url, 20) as ehr:
        yield ehr


async def test_every_kind_of_note_is_there_once_amended_and_taken_back(medplum: Engine, ehr: Ehr) -> None:
    await every_kind_is_there_once(medplum, ehr)


async def test_a_clinicians_change_is_not_overwritten(medplum: Engine, ehr: Ehr) -> None:
    await a_clinicians_change_is_kept(medplum, ehr)
