"""Every sample note reaches the sandbox EHR whole, in bundles of any size, and is known again after a lost answer."""

from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from service.push.ehr import Ehr
from service.push.outcome import Delivered, Unknown
from service.push.plan import PushPlan
from service.push.push import push
from service.push.sending import ClientToFind, Sending
from tests.ehr_answers.ledger import InMemoryLedger
from tests.ehr_answers.notes import NOW
from tests.samples_on_disk import Sample, all_samples
from tests.sandbox_server import SandboxServer

SAMPLES = all_samples()


@pytest.fixture
async def ehr(sandbox: SandboxServer) -> AsyncIterator[Ehr]:
    async with Ehr(sandbox.url, 5) as ehr:
        yield ehr


def _sending(sample: Sample, sandbox: SandboxServer) -> Sending:
    form = sample.form
    sandbox.add_patient(form.client.nhs_number, form.client.birth_date.isoformat())
    client = ClientToFind(sample.note.client_id, form.client.nhs_number, form.client.birth_date, None)
    return Sending(UUID(int=1), form.id, 1, client, sample.mapped(), {}, None)


def _expected(sending: Sending) -> dict[str, object]:
    return {"types": {"Patient": 1, **Counter(one.type for one in sending.resources)}, "doubled": []}


@pytest.mark.parametrize("entries", [2, 8])
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
async def test_a_sample_is_in_the_ehr_whole(sandbox: SandboxServer, ehr: Ehr, sample: Sample, entries: int) -> None:
    ledger = InMemoryLedger()
    sending = _sending(sample, sandbox)

    assert await push(sending, ehr, ledger, PushPlan(entries), NOW) == Delivered()

    assert sandbox.store() == _expected(sending)
    assert ledger.types_written() == [resource.type for resource in sending.resources]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
async def test_a_sample_whose_answers_are_lost_is_known_again(sandbox: SandboxServer, ehr: Ehr, sample: Sample) -> None:
    ledger, plan = InMemoryLedger(), PushPlan()
    sending = _sending(sample, sandbox)
    bundles = -(-len(sending.resources) // plan.bundle_entries)
    rule = sandbox.misbehave(only="writes", do="drop", when="after", times=bundles)
    for _ in range(bundles):
        assert isinstance(await push(ledger.next_try(sending), ehr, ledger, plan, NOW), Unknown)
    sandbox.behave(rule)

    assert await push(ledger.next_try(sending), ehr, ledger, plan, NOW) == Delivered()
    assert sandbox.store() == _expected(sending)
    writes = [seen for seen in sandbox.requests() if seen["method"] == "POST" and seen["entries"]]
    assert len(writes) == bundles
