"""NHS MESH: the Message Exchange for Social Care and Health, by NHS England's own client.

A message is delivered once the recipient has acknowledged it. One that is not collected in time comes back: tracking
says so, or a report in our own inbox does; the report is acknowledged when what it says is stored.
https://digital.nhs.uk/developer/api-catalogue/message-exchange-for-social-care-and-health-api
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypeVar

import requests
from mesh_client import MeshClient

from service.push.certificate import ClientCertificate
from service.push.meaning import Failure
from service.push.messages.adapter import Message, Standing
from service.push.outcome import Reason, Refused, TryLater, Unknown

_STANDING: Final[dict[str, Any]] = {
    "uploading": "under_way",
    "accepted": "under_way",
    "acknowledged": "arrived",
    "undeliverable": "not_delivered",
    "error": "not_delivered",
}
_REPORT: Final = "REPORT"
_NOT_THIS_ONE: Final = (
    HTTPStatus.CONFLICT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)

UNREACHABLE: Final = TryLater(
    Reason("mesh_unreachable", "MESH could not be reached. Check JOINEDUP_MESH_URL and the network if this lasts."),
    ehr_wide=True,
)
REFUSES_US: Final = TryLater(
    Reason(
        "mesh_refuses_us",
        "MESH does not know our mailbox, password, shared key or certificate. They have to be put right by whoever "
        "runs this service: joinedup ehr check says when they are.",
    ),
    ehr_wide=True,
)
REFUSES_THE_ADDRESS: Final = TryLater(
    Reason(
        "mesh_refuses_the_address",
        "MESH does not take messages to this mailbox under this workflow id. Check JOINEDUP_MESH_TO and "
        "JOINEDUP_MESH_WORKFLOW with those who run the record.",
    ),
    ehr_wide=True,
)
REFUSES_THE_MESSAGE: Final = Refused(
    Reason(
        "mesh_refuses_the_message", "MESH does not take this message, a fault of ours. Report it, with the note's id."
    )
)
LATER: Final = TryLater(Reason("mesh_later", "MESH answers, and cannot do it now."), ehr_wide=True)
LOST: Final = Unknown(
    Reason("mesh_answer_lost", "MESH did not answer in full. It is asked for the message before one is sent again."),
)
DOUBLED: Final = Refused(
    Reason(
        "mesh_doubled",
        "MESH has more than one message of this name. Have the record's team look which they took, then resolve it.",
    )
)

_Done = TypeVar("_Done")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Ours, and where its messages go. `ca` is the file with whom we trust; without it the client's own, else ours."""

    url: str
    mailbox: str
    password: str = field(repr=False)
    shared_key: str = field(repr=False)
    to: str
    workflow: str
    timeout: float
    ca: Path | None = None
    certificate: ClientCertificate | None = None


class _Client(MeshClient):
    """With the look-up by our own name for a message, which the library lacks."""

    def track_local_id(self, local_id: str) -> dict[str, Any] | None:
        """None where the mailbox never sent one of this name."""
        url = f"{self.mailbox_url}/outbox/tracking/{local_id}"
        headers = {"Accept": "application/json"}
        answer = self._session.get(url, timeout=self._timeout, headers=headers, allow_redirects=False)
        if answer.status_code == HTTPStatus.NOT_FOUND:
            return None
        answer.raise_for_status()
        if answer.status_code != HTTPStatus.OK:
            raise _Doubled
        told: dict[str, Any] = answer.json()
        return told


class _Doubled(Exception):
    """300: several of one name."""


class Mesh:
    """One mailbox. One call at a time, for the client counts its calls in what it proves itself by."""

    name = "mesh"

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._turn = asyncio.Lock()
        self._reports: dict[str, str] = {}

    async def send(self, message: Message) -> Standing | Failure:
        """See `Adapter`."""
        mailbox = self._mailbox

        def send(client: _Client) -> Standing | Failure:
            # The library's `send_message` cannot tell a refusal of ours from one of the address.
            answer = client.send_chunk(
                mailbox.to,
                message.body,
                chunk_num=1,
                total_chunks=1,
                workflow_id=mailbox.workflow,
                local_id=message.local_id,
                filename=f"{message.local_id}.json",
                subject=message.told_as,
                content_type="application/fhir+json",
            )
            if answer.status_code in _NOT_THIS_ONE:
                return REFUSES_THE_MESSAGE
            answer.raise_for_status()
            return Standing(answer.json()["message_id"], "under_way")

        return await self._ask(send, when_lost=LOST)

    async def find(self, local_id: str) -> Standing | Failure | None:
        """See `Adapter`."""

        def find(client: _Client) -> Standing | None:
            told = client.track_local_id(local_id)
            return None if told is None else _standing(told["messageId"], told, "statusDescription")

        return await self._ask(find, when_lost=UNREACHABLE)

    async def look(self, message_id: str) -> Standing | Failure:
        """See `Adapter`."""

        def look(client: _Client) -> Standing:
            standing = _standing(message_id, dict(client.track_message(message_id)), "status_description")
            return self._reported(client, message_id) or standing if standing.state == "under_way" else standing

        return await self._ask(look, when_lost=UNREACHABLE)

    async def settled(self, standing: Standing) -> None:
        """See `Adapter`: the report about it is acknowledged; if that fails, it is found again and let be."""
        if report := self._reports.pop(standing.message_id, None):
            await self._ask(lambda client: client.acknowledge_message(report), when_lost=UNREACHABLE)

    async def check(self) -> Failure | None:
        """See `Adapter`. Also what MESH wants once a day, so that the mailbox stays in use."""

        def check(client: _Client) -> None:
            client.handshake()  # type: ignore[no-untyped-call]

        return await self._ask(check, when_lost=UNREACHABLE)

    def _reported(self, client: _Client, message_id: str) -> Standing | None:
        """What a report in our inbox says of this message."""
        for waiting in client.iterate_message_ids(workflow_filter=self._mailbox.workflow):
            report = client.retrieve_message(waiting)
            report.close()  # type: ignore[no-untyped-call]
            if report.mex_header("messagetype", "") == _REPORT and report.mex_header("linkedmsgid") == message_id:
                self._reports[message_id] = waiting
                return Standing(message_id, "not_delivered", str(report.mex_header("statusdescription", "")))
        return None

    async def _ask(self, work: Callable[[_Client], _Done], when_lost: Failure) -> _Done | Failure:
        async with self._turn:
            return await asyncio.to_thread(self._guarded, work, when_lost)

    def _guarded(self, work: Callable[[_Client], _Done], when_lost: Failure) -> _Done | Failure:
        try:
            with self._client() as client:
                return work(client)
        except _Doubled:
            return DOUBLED
        except requests.HTTPError as refusal:
            return _refusal(refusal, when_lost)
        except (requests.exceptions.SSLError, requests.ConnectTimeout):
            return UNREACHABLE
        except requests.ConnectionError as fault:
            return UNREACHABLE if "NewConnectionError" in repr(fault) else when_lost
        except (requests.RequestException, ValueError, KeyError):
            return when_lost

    def _client(self) -> _Client:
        mailbox = self._mailbox
        certificate = mailbox.certificate
        return _Client(
            mailbox.url,
            mailbox.mailbox,
            mailbox.password,
            shared_key=mailbox.shared_key.encode(),
            cert=(str(certificate.chain), str(certificate.key)) if certificate else None,
            verify=str(mailbox.ca) if mailbox.ca else None,
            max_retries=0,  # what is sent again is ours to know
            timeout=mailbox.timeout,
            application_name="joinedup",
        )


def _standing(message_id: str, told: dict[str, Any], why: str) -> Standing:
    state = _STANDING.get(str(told.get("status", "")).lower(), "under_way")
    return Standing(message_id, state, str(told.get(why) or "") if state == "not_delivered" else "")


def _refusal(refusal: requests.HTTPError, when_lost: Failure) -> Failure:
    status = refusal.response.status_code
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return REFUSES_US
    if status in (HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.EXPECTATION_FAILED):
        return REFUSES_THE_ADDRESS
    return LATER if status == HTTPStatus.TOO_MANY_REQUESTS else when_lost
