"""How a form says what its types cannot: which question is asked only after a certain answer to another.

It goes into the form's JSON schema, and from there into its Questionnaire. What is refused is the validators' business.
"""

from collections.abc import Iterable
from typing import Any, Final

ASKED_WHEN: Final = "x-asked-when"


def asked_when(question: str, answers: Iterable[str]) -> dict[str, Any]:
    """For `Field(json_schema_extra=…)`: of the same part of the form, the field, and the answers of which one is given.

    Only where no valid form has this answered otherwise; a test holds it over every form that can be made.
    """
    return {ASKED_WHEN: {"question": question, "answers": list(answers)}}
