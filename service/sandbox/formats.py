"""JSON and nothing else: 406 for another answer asked for, 415 for another body sent. Called by `routes.py`."""

from starlette.requests import Request

from service.sandbox.refusals import Refused

_JSON_ANSWERS = frozenset(
    {"*/*", "application/*", "application/fhir+json", "application/json", "json", "text/json", ""}
)


def check_accept(request: Request) -> None:
    """`_format` wins over Accept (R4 http.html#parameters)."""
    wanted = request.query_params.get("_format") or request.headers.get("Accept", "")
    if not any(_without_parameters(each) in _JSON_ANSWERS for each in wanted.split(",")):
        raise Refused(406, "not-supported", "This server answers in application/fhir+json only.")
    if "fhirversion=" in wanted.lower() and "fhirversion=4.0" not in wanted.lower():
        raise Refused(406, "not-supported", "This server speaks FHIR 4.0 only.")


def check_content_type(request: Request, *taken: str) -> None:
    """415 where the body is something else, or another version of FHIR."""
    sent = request.headers.get("Content-Type", "")
    if _without_parameters(sent) not in taken:
        raise Refused(415, "not-supported", f"Send {taken[0]}.")
    if "fhirversion=" in sent.lower() and "fhirversion=4.0" not in sent.lower():
        raise Refused(415, "not-supported", "This server speaks FHIR 4.0 only.")


def _without_parameters(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()
