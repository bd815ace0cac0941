"""Notes delivered to HAPI's plain server with its in-memory providers: one by one, for it has no transactions.

`make tools` fetches it. The two searches that its providers lack are ours (`tests/hapi/PlainServer.java`).
"""

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from service.push.ehr import Ehr
from tests.engine import Engine, a_clinicians_change_is_kept, every_kind_is_there_once

TOP = Path(__file__).parent.parent
LIBRARY = TOP / ".tools" / "hapi" / "lib"
# The server is compiled where it is started.
MISSING = "A JDK is absent" if shutil.which("javac") is None else "HAPI's plain server is not in .tools: make tools"

pytestmark = pytest.mark.skipif(shutil.which("javac") is None or not LIBRARY.is_dir(), reason=MISSING)


@pytest.fixture
def hapi() -> Iterator[Engine]:
    command = ["java", "-cp", f"{LIBRARY}/*", str(TOP / "tests" / "hapi" / "PlainServer.java")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        assert running.stdout is not None
        url = f"http://127.0.0.1:{int(running.stdout.readline())}/fhir"
        with httpx.Client(base_url=url, timeout=20, verify=False, trust_env=False) as client:
            yield Engine(client)
        running.terminate()


@pytest.fixture
async def ehr(hapi: Engine) -> AsyncIterator[Ehr]:
    async with Ehr(hapi.url, 20) as ehr:
        yield ehr


async def test_every_kind_of_note_is_there_once_amended_and_taken_back(hapi: Engine, ehr: Ehr) -> None:
    await every_kind_is_there_once(hapi, ehr)


async def test_a_clinicians_change_is_not_overwritten(hapi: Engine, ehr: Ehr) -> None:
    await a_clinicians_change_is_kept(hapi, ehr)
