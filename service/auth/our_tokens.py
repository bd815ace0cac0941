"""What the settings say of tokens that we issue ourselves becomes the office that gives them.

Called where the program is wired.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from service.auth.client_keys import KeysOfSystems, asked_by
from service.auth.give_token import TokenOffice
from service.auth.own_issuer import OwnIssuer
from service.auth.system_clients import is_enabled
from service.db import Sessions
from service.keys import Algorithm, Keys
from service.settings import Settings
from service.wire import Questions

_SIGNS: Final[Algorithm] = "ES384"


def issuer_keys_of(settings: Settings) -> Keys:
    """The keys of our own tokens, apart from those that EHRs know us by."""
    folder = settings.issuer_keys_folder or Path.home() / ".config" / "joinedup" / "issuer-keys"
    return Keys(folder, settings.keys_published_for)


def check_issuer_keys(settings: Settings) -> None:
    """Where we issue tokens, the first key is made if there is none. `CannotStart` where it cannot be kept."""
    if settings.issue_system_tokens:
        issuer_keys_of(settings).at_least_one(_SIGNS, datetime.now(UTC))


@asynccontextmanager
async def token_office(settings: Settings, sessions: Sessions) -> AsyncIterator[TokenOffice | None]:
    """Open until the end of the block; None where we issue no tokens."""
    if not settings.issue_system_tokens:
        yield None
        return
    here = str(settings.public_url).rstrip("/")
    questions = Questions()

    async def may_call(client_id: str) -> bool:
        async with sessions() as session:
            return await is_enabled(session, client_id)

    keys = issuer_keys_of(settings)
    issuer = OwnIssuer(here, f"{here}/fhir", keys, may_call, lambda: datetime.now(UTC), time.monotonic)
    published = KeysOfSystems(asked_by(questions), time.monotonic)
    yield TokenOffice(f"{here}/oauth/token", issuer, published, sessions)
    await questions.close()
