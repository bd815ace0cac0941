"""A disclosure decision becomes a document with the words that may be told, and a Consent that points to it.

The words stand in the document alone: a Consent is read by systems, and may travel further than they should.
"""

from service.forms.disclosure_decision import DisclosureDecision
from service.forms.note import NoteVersion
from service.mapping.code_lists import SAYABLE_IN_WORDS, TELLER_IN_WORDS, concept
from service.mapping.document import document
from service.mapping.frame import Frame, finished, reference_to
from service.mapping.readable import blocks, client_named, headed, labelled, listed, one_line, signed
from service.mapping.terms import INFORMATION_DISCLOSURE, INFORMATION_RECIPIENT, PATIENT_PRIVACY, VOCATIONAL_NOTE
from service.mapping.times import day_in_words, instant, span_in_words, uk_day
from service.r4.resource import Json, Resource

DECISION_TITLE = "What an employer may be told"
ANY_EMPLOYER = "any employer"

_DOCUMENT_TYPE = concept(VOCATIONAL_NOTE, text="Employment specialist's note of a disclosure decision")
_DECIDED = {
    "nothing": "NOTHING may be told about the person's health.",
    "some_things": "Only what follows may be told, in these words.",
    "openly": "The person wants to be open about their health.",
}


def disclosure_decision_to_resources(decision: DisclosureDecision, frame: Frame) -> tuple[Resource, ...]:
    context = {"period": {"start": instant(decision.happened_at)}}
    text = _text(decision, frame.note)
    written = document(frame, "disclosure-decision-document", _DOCUMENT_TYPE, DECISION_TITLE, text, context)
    return (written, _consent(decision, frame, written))


def _consent(decision: DisclosureDecision, frame: Frame, written: Resource) -> Resource:
    """https://hl7.org/fhir/R4/consent.html"""
    body = frame.opened("Consent", "consent", "disclosure-decision")
    body["status"] = "active"
    body["scope"] = concept(PATIENT_PRIVACY)
    body["category"] = [concept(INFORMATION_DISCLOSURE)]
    body["patient"] = frame.patient
    body["dateTime"] = instant(decision.happened_at)
    body["performer"] = [frame.patient]
    if frame.trust:
        body["organization"] = [frame.trust]
    body["sourceReference"] = reference_to(written)
    body["policy"] = [{"uri": frame.names.policy("disclosure-to-employers")}]
    body["provision"] = _provision(decision)
    return finished(body)


def _provision(decision: DisclosureDecision) -> Json:
    period = {"start": uk_day(decision.happened_at)}
    if decision.until:
        period["end"] = decision.until.isoformat()
    recipient = {"display": decision.employer or ANY_EMPLOYER}
    return {
        "type": "deny" if decision.decision == "nothing" else "permit",
        "period": period,
        "actor": [{"role": concept(INFORMATION_RECIPIENT), "reference": recipient}],
    }


def _text(decision: DisclosureDecision, note: NoteVersion) -> str:
    tellers = listed(TELLER_IN_WORDS[teller] for teller in decision.by_whom) if decision.by_whom else None
    about = labelled(
        ("When", span_in_words(decision.happened_at, None)),
        ("Employer", decision.employer or ANY_EMPLOYER),
        ("Told by", tellers),
        ("Until", day_in_words(decision.until) if decision.until else None),
        ("Review", day_in_words(decision.review_on) if decision.review_on else None),
        ("Weighed", "for and against" if decision.pros_and_cons_discussed else "not yet"),
        ("Client", client_named(note)),
    )
    words = "\n".join(f"- {SAYABLE_IN_WORDS[said.about]}: “{one_line(said.words)}”" for said in decision.may_be_told)
    return blocks(
        DECISION_TITLE,
        about,
        headed("Decided", blocks(_DECIDED[decision.decision], words)),
        headed("Note", decision.note),
        signed(note),
    )
