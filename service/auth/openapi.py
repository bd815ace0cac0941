"""What the OpenAPI description says of who may do what: a token for each call that needs one, and how it is refused.

From the same table that the gate asks (`policy.py`), so that neither can say what the other does not do.
"""

from typing import Any, Final

from service.auth.policy import POLICY

Json = dict[str, Any]

_SCHEME: Final = "bearer"
_REFUSALS: Final = {
    "401": "No token, or none that is good: sign in.",
    "403": "Your roles, or your system's scopes, do not let you do this.",
    "429": "More calls than one caller may make: Retry-After says when to go on.",
}
_PROBLEM: Final = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def describe_access(document: Json) -> Json:
    """The same document, with the roles that may call each route and what others are answered."""
    document["components"].setdefault("securitySchemes", {})[_SCHEME] = {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "An access token of an issuer that the trust has named. Without one, nobody but this machine is "
        "let in.",
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            rule = POLICY[f"{method.upper()} {path}"]
            operation["security"] = [] if rule.is_open else [{_SCHEME: []}]
            if not rule.is_open:
                may = ", ".join(sorted(rule.may)).replace("_", " ")
                operation["description"] = f"{operation.get('description', '')}\n\nMay: {may}.".strip()
                _add_refusals(operation["responses"])
    return document


def _add_refusals(responses: Json) -> None:
    content = next((responses[status]["content"] for status in ("503", "422") if status in responses), _PROBLEM)
    for status, said in _REFUSALS.items():
        known = responses.setdefault(status, {"description": said, "content": content})
        if known["description"] != said and status == "403":
            known["description"] = f"{known['description']} Or: {said}"
