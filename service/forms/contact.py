"""A contact: with the client, an employer, the clinical team or anyone else, about the client's work.

Lists are the NHS Data Dictionary's (attendance status, consultation mechanism, activity location type),
in words; `mapping/` gives them their codes.
"""

from typing import Annotated, Literal, get_args
from uuid import UUID

from pydantic import Field, model_validator

from service.forms.asking import asked_when
from service.forms.heading import Heading
from service.forms.text import Line, LongText, Part, Passage

WithWhom = Literal["client", "employer", "clinical_team", "family_or_friend", "jobcentre", "other"]
Mechanism = Literal[
    "face_to_face",
    "telephone",
    "talk_type",
    "email",
    "text_message",
    "instant_messaging",
    "video",
    "message_board",
    "chat_room",
    "other",
]
Attendance = Literal[
    "on_time",
    "late_but_seen",
    "late_not_seen",
    "cancelled_by_client",
    "did_not_attend",
    "cancelled_by_provider",
]
Place = Literal[
    "clients_home",
    "carers_home",
    "clients_workplace",
    "other_client_related",
    "health_centre",
    "gp_practice",
    "outpatient_clinic",
    "day_centre",
    "resource_centre",
    "college",
    "university",
    "training_establishment",
    "street_or_open_space",
    "other_public_building",
    "voluntary_premises",
    "other",
]
Topic = Literal[
    "engagement",
    "vocational_profiling",
    "job_search",
    "employer_engagement",
    "interview_preparation",
    "job_interview",
    "benefits_advice",
    "disclosure",
    "in_work_support",
    "clinical_liaison",
    "education_or_training",
    "other",
]

SEEN: frozenset[Attendance] = frozenset({"on_time", "late_but_seen"})
DIRECT: frozenset[Mechanism] = frozenset({"face_to_face", "telephone", "talk_type", "video"})
_NOT_AT_THE_SAME_TIME: frozenset[Mechanism] = frozenset({"email", "text_message", "message_board"})
_AT_THE_SAME_TIME = tuple(one for one in get_args(Mechanism) if one not in _NOT_AT_THE_SAME_TIME)


class Employer(Part):
    """The employer spoken to or about, the person there, and the role in question."""

    name: Line
    person: Line | None = None
    role: Line | None = None


class Contact(Heading):
    """One contact. `client_took_part` says whether the client was there, whoever it was with."""

    kind: Literal["contact"]
    with_whom: WithWhom
    client_took_part: bool = Field(title="The client took part")
    mechanism: Mechanism = Field(title="How you were in touch")
    attendance: Attendance | None = Field(
        default=None, title="Whether the client came", json_schema_extra=asked_when("mechanism", _AT_THE_SAME_TIME)
    )
    place: Place | None = Field(
        default=None, title="Where you met", json_schema_extra=asked_when("mechanism", ["face_to_face"])
    )
    minutes: Annotated[int, Field(ge=1, le=1440)] | None = Field(default=None, title="Minutes it lasted")
    topics: Annotated[tuple[Topic, ...], Field(max_length=12, title="What it was about")] = ()
    employer: Employer | None = None
    note: LongText
    next_step: Passage | None = None
    goal_id: UUID | None = Field(
        default=None, title="ID of the work goal", description="The work goal that this contact was about."
    )

    @model_validator(mode="after")
    def _makes_sense(self) -> "Contact":
        sentence = (
            self._attendance_makes_sense()
            or self._presence_makes_sense()
            or self._place_and_time_make_sense()
            or self._people_and_topics_make_sense()
        )
        if sentence:
            raise ValueError(sentence)
        return self

    @property
    def took_place(self) -> bool:
        """Not cancelled, not missed."""
        return self.attendance is None or self.attendance in SEEN

    @property
    def counts_as_access(self) -> bool:
        """NHS England: a direct contact that the client attended (attendance 5 or 6; mechanism 01, 02, 04, 11)."""
        return self.client_took_part and self.attendance in SEEN and self.mechanism in DIRECT

    def refers_to(self) -> tuple[UUID, ...]:
        return (self.goal_id,) if self.goal_id else ()

    def _attendance_makes_sense(self) -> str | None:
        client_expected = self.with_whom == "client" or self.client_took_part
        if self.attendance and self.mechanism in _NOT_AT_THE_SAME_TIME:
            return "attendance: nobody attends an e-mail, a text message or a message board. Leave attendance out."
        if self.attendance and self.attendance in SEEN and not client_expected:
            return "attendance: this is the client's attendance, and the client took no part. Leave attendance out."
        if not self.attendance and client_expected and self.mechanism in DIRECT:
            return "attendance: say whether the client came: on time, late, not at all, or who cancelled."
        return None

    def _presence_makes_sense(self) -> str | None:
        if self.client_took_part and not self.took_place:
            return "client_took_part: the client cannot have taken part in a contact that did not take place."
        if self.with_whom == "client" and self.took_place and not self.client_took_part:
            return "client_took_part: a contact with the client that took place is one the client took part in."
        return None

    def _place_and_time_make_sense(self) -> str | None:
        if self.mechanism == "face_to_face" and not self.place:
            return "place: say where you met."
        if self.mechanism != "face_to_face" and self.place:
            return "place: only a face-to-face contact has a place. Leave it out."
        if self.took_place and self.mechanism in DIRECT and self.minutes is None:
            return "minutes: say how long it lasted."
        if not self.took_place and self.minutes is not None:
            return "minutes: a contact that did not take place has no length. Leave it out."
        return None

    def _people_and_topics_make_sense(self) -> str | None:
        if self.with_whom == "employer" and self.employer is None:
            return "employer: say which employer this contact was with."
        if self.took_place and not self.topics:
            return "topics: say what it was about; choose at least one."
        if len(set(self.topics)) != len(self.topics):
            return "topics: each topic once."
        return None
