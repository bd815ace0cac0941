"""Benefits advice becomes a Procedure (it was given), the benefits as an Observation, and a document to read.

SNOMED CT has no code for it in the UK: ours stands alone. The figure stands in the document, as text.
"""

from service.forms.benefits_advice import BenefitsAdvice
from service.forms.note import NoteVersion
from service.mapping.code_lists import BENEFITS_CHANGE, TOPIC, concept, our_coding
from service.mapping.document import document
from service.mapping.frame import Frame, finished, reference_to
from service.mapping.readable import blocks, client_named, headed, labelled, listed, one_a_line, one_line, signed
from service.mapping.terms import BENEFIT_STATUS, SOCIAL_HISTORY, VOCATIONAL_NOTE
from service.mapping.times import instant, span_in_words
from service.r4.resource import Json, Resource

ADVICE_TITLE = "Benefits advice"

_DOCUMENT_TYPE = concept(VOCATIONAL_NOTE, text="Employment specialist's note of benefits advice")
_GIVEN_BY = {
    "specialist": "the employment specialist",
    "benefits_adviser": "a benefits adviser",
    "jobcentre": "the jobcentre",
    "advice_charity": "an advice charity",
    "other": "somebody else",
}


def benefits_advice_to_resources(advice: BenefitsAdvice, frame: Frame) -> tuple[Resource, ...]:
    given = _given(advice, frame)
    status = [_benefit_status(advice, frame, given)] if advice.benefits else []
    related = [reference_to(resource) for resource in (given, *status)]
    context: Json = {"period": {"start": instant(advice.happened_at)}, "related": related}
    text = _text(advice, frame.note)
    return (
        given,
        *status,
        document(frame, "benefits-advice-document", _DOCUMENT_TYPE, ADVICE_TITLE, text, context),
    )


def _given(advice: BenefitsAdvice, frame: Frame) -> Resource:
    """https://hl7.org/fhir/R4/procedure.html"""
    changes = (BENEFITS_CHANGE[change] for change in advice.about)
    body = frame.opened("Procedure", "benefits-advice", "benefits-advice")
    body["status"] = "completed"
    body["code"] = concept(our_coding(frame.names, "ips-activity", TOPIC["benefits_advice"]), text=ADVICE_TITLE)
    body["subject"] = frame.patient
    body["performedDateTime"] = instant(advice.happened_at)
    body["recorder"] = frame.specialist
    body["performer"] = [{"actor": {"display": advice.adviser} if advice.adviser else frame.specialist}]
    body["reasonCode"] = [concept(our_coding(frame.names, "benefits-change", change)) for change in changes]
    return finished(body)


def _benefit_status(advice: BenefitsAdvice, frame: Frame, given: Resource) -> Resource:
    """https://hl7.org/fhir/R4/observation.html"""
    body = frame.opened("Observation", "benefit-status", "benefit-status")
    body["partOf"] = [reference_to(given)]
    body["status"] = "final"
    body["category"] = [concept(SOCIAL_HISTORY)]
    body["code"] = concept(BENEFIT_STATUS, text="Benefits received")
    body["subject"] = frame.patient
    body["effectiveDateTime"] = instant(advice.happened_at)
    body["issued"] = instant(advice.written_at)
    body["performer"] = [frame.specialist]
    body["valueString"] = "; ".join(one_line(benefit) for benefit in advice.benefits)
    return finished(body)


def _text(advice: BenefitsAdvice, note: NoteVersion) -> str:
    by = _GIVEN_BY[advice.given_by]
    about = labelled(
        ("When", span_in_words(advice.happened_at, None)),
        ("By", f"{by}, {advice.adviser}" if advice.adviser else by),
        ("About", listed(BENEFITS_CHANGE[change].display for change in advice.about)),
        ("Outcome", _better_off(advice.better_off_a_week)),
        ("Client", client_named(note)),
    )
    return blocks(
        ADVICE_TITLE,
        about,
        headed("Benefits received", one_a_line(advice.benefits)),
        headed("Advice", advice.advice),
        headed("What the person decided", advice.outcome),
        signed(note),
    )


def _better_off(pounds: int | None) -> str | None:
    if pounds is None:
        return None
    if pounds == 0:
        return "neither better nor worse off"
    return f"£{abs(pounds):,} a week {'better' if pounds > 0 else 'worse'} off"
