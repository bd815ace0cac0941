"""What can come back from the EHR, each with its code, its sentence and how the attempt ends by it.

`meaning.py` chooses among them. No sentence holds anything the EHR said, nor anything of the note.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from service.push.answer import AnswerLostBy, NeverSentBy, Unreadable

Ending: TypeAlias = Literal["later", "refused", "unknown"]

_SEE = "`joinedup deliveries show` has what the EHR said."
_ADDRESS = "Check JOINEDUP_EHR_URL and the network if this lasts."
_CREDENTIALS = "The EHR does not accept our credentials. They have to be renewed by whoever runs this service."


@dataclass(frozen=True, slots=True)
class Meaning:
    """`what` happened and what a person should do; what happens by itself is added by the ending."""

    ending: Ending
    code: str
    what: str
    ehr_wide: bool = False


NEVER_SENT: dict[NeverSentBy, Meaning] = {
    "refused": Meaning("later", "ehr_unreachable", f"The EHR could not be reached. {_ADDRESS}", True),
    "no_such_host": Meaning("later", "ehr_no_such_host", f"The EHR's host name is not known. {_ADDRESS}", True),
    "tls": Meaning(
        "later", "ehr_tls_failed", "No trusted connection to the EHR: have the certificates at both ends checked.", True
    ),
    "timeout": Meaning("later", "ehr_connect_timed_out", f"The EHR did not take the connection. {_ADDRESS}", True),
    "no_token_url": Meaning(
        "later",
        "ehr_no_token_url",
        "The EHR does not say where its tokens come from (.well-known/smart-configuration). Set "
        "JOINEDUP_EHR_TOKEN_URL if this lasts.",
        True,
    ),
    "token_refused": Meaning(
        "later",
        "ehr_token_refused",
        "The EHR's authorisation server gives us no token. Check JOINEDUP_EHR_CLIENT_ID and JOINEDUP_EHR_SCOPES, and "
        "that it knows our key or secret: joinedup keys list.",
        True,
    ),
    "token_unreachable": Meaning(
        "later",
        "ehr_token_unreachable",
        "The EHR's authorisation server does not answer. Check JOINEDUP_EHR_TOKEN_URL and the network if this lasts.",
        True,
    ),
}

ANSWER_LOST: dict[AnswerLostBy, Meaning] = {
    "timeout": Meaning("unknown", "answer_timed_out", "The EHR did not answer in time.", True),
    "reset": Meaning("unknown", "answer_reset", "The connection broke before the EHR had answered.", True),
    "truncated": Meaning("unknown", "answer_truncated", "The EHR's answer broke off in the middle.", True),
    "too_large": Meaning("unknown", "answer_too_large", "The EHR's answer was far longer than any answer should be."),
    "not_http": Meaning("unknown", "answer_not_http", f"What answered does not speak HTTP. {_ADDRESS}", True),
}

UNREADABLE: dict[Unreadable, Meaning] = {
    "empty": Meaning("unknown", "answer_empty", "The EHR said it succeeded, with an empty answer."),
    "not_json": Meaning("unknown", "answer_not_json", "The EHR said it succeeded, in an answer that is not JSON."),
    "wrong_content_type": Meaning(
        "unknown", "answer_not_fhir", f"Something said it succeeded, in an answer that is not FHIR. {_ADDRESS}"
    ),
}

NOT_A_BUNDLE = Meaning("unknown", "answer_not_a_bundle", "The EHR said it succeeded, without saying what it did.")
NOT_ALL_TOLD = Meaning("unknown", "answer_incomplete", "The EHR said it succeeded, but not with what.")
NOT_WHAT_WAS_ASKED = Meaning("unknown", "answer_not_asked_for", "The EHR answered with another kind of resource.")

REDIRECT = Meaning(
    "later", "ehr_redirects", "The EHR says it has moved. Set JOINEDUP_EHR_URL to where it is now.", True
)
SEE_OTHER = Meaning("unknown", "ehr_redirects", "The EHR sends us elsewhere for the answer, and we do not follow.")

CREDENTIALS = Meaning("later", "ehr_credentials", _CREDENTIALS, True)
THROTTLED = Meaning("later", "ehr_throttled", "The EHR asks us to slow down.", True)
SAYS_LATER = Meaning("later", "ehr_says_later", "The EHR could not take it just now, and says it will pass.")
CONFLICT = Meaning("later", "ehr_conflict", "The EHR was changing the same things at the same time.")
NO_FHIR_HERE = Meaning("later", "ehr_no_fhir_here", f"There is no FHIR API at the EHR's address. {_ADDRESS}", True)
UNAVAILABLE = Meaning("later", "ehr_unavailable", "The EHR says it is not available.", True)
GATEWAY_UNAVAILABLE = Meaning("unknown", "ehr_unavailable", "Something in front of the EHR says it is not there.", True)
RULE = Meaning("refused", "ehr_rule", f"A rule of the EHR forbids it. {_SEE} Amend the note, or have the rule changed.")
OTHER_REFUSAL = Meaning("refused", "ehr_refused", f"The EHR refused it. {_SEE} Put it right, then retry the delivery.")
EHR_ERROR = Meaning("unknown", "ehr_error", "The EHR failed at it.", True)

BY_STATUS: dict[int, Meaning] = {
    400: Meaning("refused", "ehr_malformed", f"The EHR cannot read it. {_SEE} Report it, then retry the delivery."),
    401: CREDENTIALS,
    403: Meaning("refused", "ehr_forbids", f"The EHR does not let us write this. {_SEE} Have our access put right."),
    404: Meaning("refused", "ehr_not_found", f"The EHR misses something it refers to. {_SEE} Then retry the delivery."),
    405: Meaning("refused", "ehr_not_allowed", "The EHR does not allow this. `joinedup ehr check` says what it does."),
    408: SAYS_LATER,
    409: CONFLICT,
    410: Meaning("refused", "ehr_deleted", f"The EHR has deleted something it refers to. {_SEE}"),
    412: CONFLICT,
    413: Meaning(
        "refused", "ehr_too_large", "It is too large for the EHR. Set JOINEDUP_EHR_BUNDLE_ENTRIES lower and retry."
    ),
    415: Meaning(
        "refused", "ehr_media_type", "The EHR does not take FHIR JSON here. Check JOINEDUP_EHR_URL and retry."
    ),
    422: RULE,
    423: SAYS_LATER,
    425: SAYS_LATER,
    429: THROTTLED,
    500: EHR_ERROR,
    501: Meaning(
        "refused", "ehr_not_implemented", "The EHR does not offer this. `joinedup ehr check` says what it does."
    ),
    502: Meaning("unknown", "ehr_gateway_error", "Something in front of the EHR lost its answer.", True),
    503: UNAVAILABLE,
    504: Meaning("unknown", "ehr_gateway_timed_out", "Something in front of the EHR got no answer in time.", True),
}
