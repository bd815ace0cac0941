"""What the settings say of the EHR becomes what `push/` works with: the connection, the credentials, the plan.

Called where the program is wired: `worker.py`, `app.py` and the commands.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import assert_never

from pydantic import SecretStr

from service.errors import CannotStart
from service.keys import Keys
from service.meters import Meters
from service.push.capability import BY_LETTER, OUR_TYPES, Chosen
from service.push.certificate import ClientCertificate
from service.push.credentials import Credentials, Header
from service.push.ehr import Ehr
from service.push.messages.adapter import Messages
from service.push.messages.drop_folder import DropFolder
from service.push.messages.mesh import Mailbox, Mesh
from service.push.negotiation import Negotiation
from service.push.places import Places
from service.push.plan import PushPlan
from service.push.token import Proof, SecretProof, SignedProof, Token
from service.settings import Settings


def check_settings(settings: Settings) -> None:
    """`CannotStart` where they can reach no EHR: told before anything runs, not by every delivery."""
    plan_of(settings)
    ehr_of(settings)


def plan_of(settings: Settings) -> PushPlan:
    """How this process sends. `CannotStart` where the settings name a type that we never send."""
    negotiation = Negotiation(chosen_strategies(settings), settings.ehr_capability_age)
    return PushPlan(
        bundle_entries=settings.ehr_bundle_entries,
        file_against=settings.ehr_file_against,
        plan_as_pdf=settings.ehr_plan_as_pdf,
        negotiation=negotiation,
        messages=messages_of(settings),
    )


def messages_of(settings: Settings) -> Messages | None:
    """The carrier, where the record has no FHIR API."""
    match settings.ehr_messages:
        case "none":
            return None
        case "mesh":
            return Messages(Mesh(_mailbox(settings)), settings.message_look_every)
        case "folder":
            return Messages(DropFolder(settings.message_folder or Path()), settings.message_look_every)
        case _:
            assert_never(settings.ehr_messages)


def carrier_of(settings: Settings) -> str | None:
    """Its name, where notes go as messages."""
    messages = messages_of(settings)
    return messages.adapter.name if messages else None


def _mailbox(settings: Settings) -> Mailbox:
    return Mailbox(
        url=str(settings.mesh_url),
        mailbox=settings.mesh_mailbox or "",
        password=_secret(settings.mesh_password),
        shared_key=_secret(settings.mesh_shared_key),
        to=settings.mesh_to or "",
        workflow=settings.mesh_workflow or "",
        timeout=settings.ehr_timeout,
        ca=settings.mesh_ca,
        certificate=_certificate(settings),
    )


def _certificate(settings: Settings) -> ClientCertificate | None:
    if settings.ehr_client_certificate and settings.ehr_client_key:
        return ClientCertificate(settings.ehr_client_certificate, settings.ehr_client_key)
    return None


def chosen_strategies(settings: Settings) -> Chosen:
    """What the settings say instead of the CapabilityStatement."""
    for name in settings.ehr_strategies:
        if name not in {*OUR_TYPES, "*"}:
            raise CannotStart(f"JOINEDUP_EHR_STRATEGIES names a type that is never sent. Ours: {', '.join(OUR_TYPES)}.")
    return {name: BY_LETTER[letter] for name, letter in settings.ehr_strategies.items()}


def ehr_of(settings: Settings, meters: Meters | None = None) -> Ehr:
    """The trust's EHR, asked by this process no more at once than it bears; `meters` are told how many that is."""
    told = {"told": meters.ehr_places} if meters else {}
    return Ehr(
        str(settings.ehr_url),
        settings.ehr_timeout,
        Places(settings.ehr_in_flight, time.monotonic, **told),
        credentials=_credentials(settings),
        certificate=_certificate(settings),
    )


def keys_of(settings: Settings) -> Keys:
    """Our keys towards the EHR, be there any or not."""
    folder = settings.keys_folder or Path.home() / ".config" / "joinedup" / "keys"
    given = settings.ehr_key.get_secret_value() if settings.ehr_key else None
    return Keys(folder, settings.keys_published_for, given)


def _credentials(settings: Settings) -> Credentials:
    match settings.ehr_auth:
        case "none":
            return Header()
        case "header":
            name, _, value = _secret(settings.ehr_header).partition(":")
            return Header({name.strip(): value.strip()})
        case "secret":
            return _token(settings, SecretProof(settings.ehr_client_id or "", _secret(settings.ehr_client_secret)))
        case "smart":
            keys = keys_of(settings)
            keys.that_signs(datetime.now(UTC))  # a key that is missing is told at start, not by every delivery
            return _token(settings, SignedProof(settings.ehr_client_id or "", keys, lambda: datetime.now(UTC)))
        case _:
            assert_never(settings.ehr_auth)


def _token(settings: Settings, proof: Proof) -> Token:
    token_url = str(settings.ehr_token_url) if settings.ehr_token_url else None
    return Token(str(settings.ehr_url), token_url, settings.ehr_scopes, proof, time.monotonic)


def _secret(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""
