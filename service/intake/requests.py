"""The bodies around a form: an amendment and a retraction, each with the reason that a change must have."""

from typing import Annotated

from pydantic import Field

from service.forms.note import Form
from service.forms.text import Part, Passage


class Amendment(Part):
    """The whole note as it should be now, and why it is changed."""

    reason: Passage
    note: Annotated[Form, Field(discriminator="kind")]


class Retraction(Part):
    """Why the note should never have been in the record."""

    reason: Passage
