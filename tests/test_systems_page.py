"""The scripts in docs/security/systems.md do what the page says, word for word: only the address is another."""

import asyncio
import json
import os
import re
from pathlib import Path

import pytest

from service.auth.client_keys import jwks_to_register
from service.auth.scopes import to_register
from service.auth.system_clients import Registration
from tests.token_office import MAY, Office

PAGE = Path(__file__).parent.parent / "docs" / "security" / "systems.md"
KEYS, TOKEN = re.findall(r"```bash\n(.*?)```", PAGE.read_text(), re.DOTALL)


async def _run(script: str, folder: Path) -> bytes:
    process = await asyncio.create_subprocess_exec(
        "bash",
        "-c",
        script,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "NO_PROXY": "*"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    await _run(KEYS, tmp_path)
    return tmp_path


@pytest.fixture
def public(folder: Path) -> bytes:
    return (folder / "system.jwks.json").read_bytes()


async def test_a_system_that_follows_the_page_gets_a_token(office: Office, folder: Path, public: bytes) -> None:
    await office.register(Registration("rio-test", "RiO, test", to_register(MAY), jwks_to_register(public)))
    script = TOKEN.replace("https://joinedup.trust.example", office.url)
    assert script != TOKEN
    answer = json.loads(await _run(script, folder))
    assert answer["expires_in"] == 300
    assert (await office.inside.issuer.caller_of(answer["access_token"])).subject == "rio-test"


def test_every_reason_that_the_audit_may_name_stands_on_the_page() -> None:
    sources = [
        PAGE.parent.parent.parent / "service" / place
        for place in ("auth/give_token.py", "auth/assertion.py", "record_api/token_route.py")
    ]
    written = " ".join(source.read_text() for source in sources)
    named = set(re.findall(r'NotProved\("(\w+)"\)|NotGiven\("\w+", "(\w+)"\)|(?:return|else) "(\w+)"', written))
    reasons = {word for words in named for word in words if word}
    assert len(reasons) >= 18
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in PAGE.read_text()] == []
