"""What every independent FHIR engine has to show: each note there once, amended, taken back, not overwritten."""

from collections import Counter
from typing import Any

import httpx

from service.push.ehr import Ehr
from service.push.outcome import Delivered, Refused
from service.sandbox.people import patient_resource
from tests.ehr_answers.travelling import Note
from tests.samples_on_disk import sample

Json = dict[str, Any]
SAMPLES = (
    "contact/employer_with_the_client",
    "disclosure_decision/some_things",
    "referral/closed",
    "team_request/information_answered",
    "vocational_profile/full",
    "work_goal/full",
)


class Engine:
    """One that runs, with nothing in it; asked as any other system would."""

    def __init__(self, client: httpx.Client) -> None:
        self.url = str(client.base_url).rstrip("/")
        self._client = client
        self._patients: dict[str, str] = {}

    def add_patient(self, name: str) -> str:
        """Its id; the same person is there once, whatever number of samples are about them."""
        client = sample(name).form.client
        if client.nhs_number in self._patients:
            return self._patients[client.nhs_number]
        patient = patient_resource(client.nhs_number, client.birth_date.isoformat(), "Testperson", ["Avery"])
        # A plain server answers a create with the id alone.
        answer = self._client.post("/Patient", json=patient, headers={"Prefer": "return=representation"})
        return self._patients.setdefault(client.nhs_number, str(self._told(answer)["id"]))

    def all(self, resource_type: str) -> list[Json]:
        found = self._told(self._client.get(f"/{resource_type}", params={"_count": "100"}))
        return [entry["resource"] for entry in found.get("entry", [])]

    def change(self, resource: Json, **change: Any) -> None:
        path = f"/{resource['resourceType']}/{resource['id']}"
        self._told(self._client.put(path, json={**resource, **change}))

    def _told(self, answer: httpx.Response) -> Json:
        assert answer.is_success, answer.text
        told: Json = answer.json()
        return told


async def every_kind_is_there_once(engine: Engine, ehr: Ehr) -> None:
    """Also amended, retracted, and pushed a second time each."""
    expected: Counter[str] = Counter()
    for name in SAMPLES:
        note = Note(name, engine.add_patient(name), ehr)
        for change in (note.leave, note.amend, note.retract):
            change()
            assert await note.push() == Delivered()
            assert await note.push() == Delivered()
        expected += Counter(one.type for one in note.resources) + Counter({"Provenance": 2})
    assert {name: len(engine.all(name)) for name in expected} == expected
    assert {one["status"] for one in engine.all("DocumentReference")} == {"entered-in-error"}


async def a_clinicians_change_is_kept(engine: Engine, ehr: Ehr) -> None:
    """Ours needs a person."""
    name = "contact/seen_face_to_face"
    note = Note(name, engine.add_patient(name), ehr)
    assert await note.push() == Delivered()
    (document,) = engine.all("DocumentReference")
    engine.change(document, description="Changed by a clinician.")
    note.amend()
    outcome = await note.push()
    assert isinstance(outcome, Refused)
    assert outcome.reason.code == "changed_in_ehr"
    (document,) = engine.all("DocumentReference")
    assert document["description"] == "Changed by a clinician."
