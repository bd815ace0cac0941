"""A sample note on its way to an EHR of any manners: pushed, amended, retracted."""

from uuid import UUID

from service.forms.note import NoteVersion
from service.mapping.to_resources import retract, to_resources
from service.push.ehr import Ehr
from service.push.outcome import Outcome, TryLater, Unknown
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import ClientToFind, Sending
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import NOW
from tests.samples_on_disk import NAMES, sample


class Note:
    """One sample note on its way, version after version, to one EHR that has its patient."""

    def __init__(self, name: str, patient: str, ehr: Ehr) -> None:
        self._sample = sample(name)
        self.patient = patient
        self._ehr = ehr
        self.ledger = InMemoryLedger()
        self.plan = PushPlan()
        self.version = 1
        self.resources = self._sample.mapped()

    async def push(self) -> Outcome:
        """Until it ends; what the EHR takes in another way than it says, or does not tell, goes on by itself."""
        outcome = await self.push_once()
        while isinstance(outcome, TryLater | Unknown) and outcome.reason.code in {"ehr_takes_less", "answer_empty"}:
            outcome = await self.push_once()
        return outcome

    async def push_once(self) -> Outcome:
        form = self._sample.form
        client = ClientToFind(self._sample.note.client_id, form.client.nhs_number, form.client.birth_date, None)
        sending = Sending(UUID(int=self.version), form.id, self.version, client, self.resources, {}, None)
        return await push(self.ledger.next_try(sending), self._ehr, self.ledger, self.plan, NOW)

    def leave(self) -> None:
        """As it was first."""

    def amend(self) -> None:
        """The same words, for another reason: the document says so."""
        self.resources = to_resources(self._next(), NAMES, self.resources)

    def retract(self) -> None:
        self.resources = retract(self._next(), NAMES, self.resources)

    def _next(self) -> NoteVersion:
        self.version += 1
        note = self._sample.note
        return NoteVersion(note.form, self.version, note.client_id, note.received_at, "It was not so.")
