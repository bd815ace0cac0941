"""How the sandbox says no: a status, a FHIR issue code and a sentence, told as an OperationOutcome.

Raised anywhere below `routes.py` and `bundles.py`, which turn it into the answer (R4 http.html#operations).
"""

from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """One interaction is refused; inside a transaction, so is the whole of it."""

    def __init__(self, status: int, code: str, sentence: str, expression: str | None = None) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.expression = expression

    def inside(self, place: str) -> "Refused":
        """The same, saying in which entry of a bundle it happened."""
        return Refused(self.status, self.code, f"{place}: {self.sentence}", self.expression or place)

    def outcome(self) -> Json:
        """The OperationOutcome."""
        return operation_outcome("error", self.code, self.sentence, self.expression)


def operation_outcome(severity: str, code: str, sentence: str, expression: str | None = None) -> Json:
    """https://hl7.org/fhir/R4/operationoutcome.html, with one issue."""
    issue: Json = {"severity": severity, "code": code, "diagnostics": sentence}
    if expression:
        issue["expression"] = [expression]
    return {"resourceType": "OperationOutcome", "issue": [issue]}
