"""Every list that a form speaks in words, with the code for each word.

NHS lists: NHS Data Dictionary and MHSDS. Our own: what no published list has. Each is published in
`fhir_profiles/` as a CodeSystem and a ValueSet with the same codes and displays; tests hold them together.
"""

from collections.abc import Mapping
from typing import NamedTuple

from service.forms.benefits_advice import BenefitsChange
from service.forms.contact import Attendance, Mechanism, Place, Topic
from service.forms.disclosure_decision import Sayable, Teller
from service.forms.employment_status import EmploymentStatus, Occasion, WeeklyHours
from service.forms.referral import AskedBy, CloseReason, DeclineReason
from service.forms.support_plan import LineTopic, PlanSort
from service.forms.team_request import AskedFor
from service.forms.vocational_profile import DisclosurePreference
from service.forms.work_goal import ClinicalRole, GoalSort
from service.mapping.names import Names
from service.r4.resource import Json


class Code(NamedTuple):
    """One entry of a list."""

    code: str
    display: str


def coded(system: str, entry: Code) -> Json:
    """An R4 `Coding`."""
    return {"system": system, "code": entry.code, "display": entry.display}


def our_coding(names: Names, list_name: str, entry: Code) -> Json:
    """A `Coding` from one of the lists we publish."""
    return coded(names.code_system(list_name), entry)


def concept(*codings: Json, text: str | None = None) -> Json:
    """An R4 `CodeableConcept`."""
    if text is None:
        return {"coding": list(codings)}
    return {"coding": list(codings), "text": text}


ATTENDANCE: Mapping[Attendance, Code] = {
    "on_time": Code("5", "Attended on time"),
    "late_but_seen": Code("6", "Arrived late but was seen"),
    "late_not_seen": Code("7", "Arrived late and could not be seen"),
    "cancelled_by_client": Code("2", "Cancelled by or for the patient"),
    "did_not_attend": Code("3", "Did not attend"),
    "cancelled_by_provider": Code("4", "Cancelled or postponed by the provider"),
}

MECHANISM: Mapping[Mechanism, Code] = {
    "face_to_face": Code("01", "Face to face"),
    "telephone": Code("02", "Telephone"),
    "talk_type": Code("04", "Talk type"),
    "email": Code("05", "Email"),
    "text_message": Code("09", "Text message"),
    "instant_messaging": Code("10", "Instant messaging"),
    "video": Code("11", "Video consultation"),
    "message_board": Code("12", "Message board"),
    "chat_room": Code("13", "Chat room"),
    "other": Code("98", "Other"),
}

LOCATION_TYPE_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EncounterLocationTypeEngland"
LOCATION_TYPE: Mapping[Place, Code] = {
    "clients_home": Code("A01", "Patient's Home"),
    "carers_home": Code("A02", "Carer's Home"),
    "clients_workplace": Code("A03", "Patient's Workplace"),
    "other_client_related": Code("A04", "Other Patient Related Location"),
    "health_centre": Code("B01", "Primary Care Health Centre"),
    "gp_practice": Code("C01", "General Medical Practitioner Practice"),
    "outpatient_clinic": Code("E01", "Out-Patient Clinic"),
    "day_centre": Code("H01", "Day Centre"),
    "resource_centre": Code("J01", "Resource Centre"),
    "college": Code("L02", "Further Education College"),
    "university": Code("L03", "University"),
    "training_establishment": Code("L06", "Training Establishments"),
    "street_or_open_space": Code("N01", "Street or other public open space"),
    "other_public_building": Code("N02", "Other publicly accessible area or building"),
    "voluntary_premises": Code("N03", "Voluntary or charitable agency premises"),
    "other": Code("X01", "Other locations not elsewhere classified"),
}

TOPIC: Mapping[Topic, Code] = {
    "engagement": Code("engagement", "Engagement"),
    "vocational_profiling": Code("vocational-profiling", "Vocational profiling"),
    "job_search": Code("job-search", "Job search"),
    "employer_engagement": Code("employer-engagement", "Employer engagement"),
    "interview_preparation": Code("interview-preparation", "Interview preparation"),
    "job_interview": Code("job-interview", "Job interview"),
    "benefits_advice": Code("benefits-advice", "Benefits advice"),
    "disclosure": Code("disclosure", "Disclosure to an employer"),
    "in_work_support": Code("in-work-support", "In-work support"),
    "clinical_liaison": Code("clinical-liaison", "Clinical liaison"),
    "education_or_training": Code("education-or-training", "Education or training"),
    "other": Code("other", "Other"),
}

EMPLOYMENT_STATUS: Mapping[EmploymentStatus, Code] = {
    "employed": Code("01", "Employed"),
    "unemployed_and_seeking": Code("02", "Unemployed and actively seeking work"),
    "student_not_seeking": Code("03", "Student, not working or seeking work"),
    "long_term_sick_or_disabled": Code("04", "Long-term sick or disabled"),
    "homemaker": Code("05", "Homemaker"),
    "not_seeking_no_benefits": Code("06", "Not receiving benefits and not working or seeking work"),
    "unpaid_voluntary_work": Code("07", "Unpaid voluntary work, not working or seeking work"),
    "retired": Code("08", "Retired"),
    "not_stated": Code("ZZ", "Not stated"),
}

WEEKLY_HOURS: Mapping[WeeklyHours, Code] = {
    "30_or_more": Code("01", "30 hours or more"),
    "16_to_29": Code("02", "16 to 29 hours"),
    "5_to_15": Code("03", "5 to 15 hours"),
    "1_to_4": Code("04", "1 to 4 hours"),
    "not_stated": Code("97", "Not stated"),
    "not_known": Code("99", "Not known"),
}

OCCASION_IN_WORDS: Mapping[Occasion, str] = {
    "referral": "at referral",
    "change": "after a change",
    "review": "at a review",
    "discharge": "at discharge",
}

BENEFITS_CHANGE: Mapping[BenefitsChange, Code] = {
    "starting_work": Code("starting-work", "Starting work"),
    "more_hours": Code("more-hours", "Working more hours"),
    "fewer_hours": Code("fewer-hours", "Working fewer hours"),
    "job_ending": Code("job-ending", "A job ending"),
    "self_employment": Code("self-employment", "Becoming self-employed"),
    "education": Code("education", "Education or training"),
    "other": Code("other", "Another change"),
}

SAYABLE_IN_WORDS: Mapping[Sayable, str] = {
    "support": "The support they get",
    "adjustments": "Adjustments",
    "time_off": "Time off",
    "health": "Their health",
    "gap_in_work": "A gap in work",
    "other": "Something else",
}

TELLER_IN_WORDS: Mapping[Teller, str] = {
    "client": "The client",
    "specialist": "The employment specialist",
    "clinician": "A clinician",
}

DISCLOSURE: Mapping[DisclosurePreference, Code] = {
    "nothing": Code("nothing", "Tell employers nothing"),
    "some_things": Code("some-things", "Tell employers some things"),
    "openly": Code("openly", "Be open with employers"),
    "undecided": Code("undecided", "Not decided yet"),
}

GOAL_SORT: Mapping[GoalSort, Code] = {
    "competitive_job": Code("competitive-job", "Get a competitive job"),
    "keep_job": Code("keep-job", "Keep a job"),
    "change_job": Code("change-job", "Change to another job"),
    "self_employment": Code("self-employment", "Become self-employed"),
    "education": Code("education", "Education or training"),
}

CLINICAL_ROLE: Mapping[ClinicalRole, Code] = {
    "care_coordinator": Code("care-coordinator", "Care coordinator"),
    "psychiatrist": Code("psychiatrist", "Psychiatrist"),
    "nurse": Code("nurse", "Nurse"),
    "psychologist": Code("psychologist", "Psychologist"),
    "occupational_therapist": Code("occupational-therapist", "Occupational therapist"),
    "social_worker": Code("social-worker", "Social worker"),
    "support_worker": Code("support-worker", "Support worker"),
    "pharmacist": Code("pharmacist", "Pharmacist"),
    "team_manager": Code("team-manager", "Team manager"),
    "gp": Code("gp", "General practitioner"),
}

ASKED_OF_TEAM: Mapping[AskedFor, Code] = {
    "medication_review": Code("medication-review", "Medication review"),
    "side_effect_review": Code("side-effect-review", "Side-effect review"),
    "letter": Code("letter", "Letter"),
    "adjustments_advice": Code("adjustments-advice", "Advice on adjustments"),
    "job_match_information": Code("job-match-information", "Information for a job match"),
    "other": Code("other", "Something else"),
}

REFERRAL_SOURCE: Mapping[AskedBy, Code] = {
    "client": Code("client", "The client"),
    "clinician": Code("clinician", "A clinician"),
    "team_meeting": Code("team-meeting", "The team meeting"),
    "gp": Code("gp", "The GP"),
    "other": Code("other", "Somebody else"),
}

# Zero exclusion: none of these is about what a person has, does or takes, or whether they are "ready".
DECLINE_REASON: Mapping[DeclineReason, Code] = {
    "does_not_want_it": Code("does-not-want-it", "The person does not want it"),
    "already_has_employment_support": Code("already-has-employment-support", "Has employment support already"),
    "not_with_the_team": Code("not-with-the-team", "Is not with the clinical team"),
    "lives_outside_the_area": Code("lives-outside-the-area", "Lives outside the area"),
    "could_not_be_reached": Code("could-not-be-reached", "Could not be reached"),
    "no_place_free": Code("no-place-free", "No place was free"),
    "died": Code("died", "Has died"),
}

CLOSE_REASON: Mapping[CloseReason, Code] = {
    "support_no_longer_needed": Code("support-no-longer-needed", "Support is no longer needed"),
    "no_longer_wants_it": Code("no-longer-wants-it", "The person no longer wants it"),
    "moved_away": Code("moved-away", "Moved away"),
    "could_not_be_reached": Code("could-not-be-reached", "Could not be reached any more"),
    "left_the_team": Code("left-the-team", "Left the clinical team"),
    "moved_to_other_employment_support": Code("moved-to-other-employment-support", "Moved to other employment support"),
    "died": Code("died", "Has died"),
}

SUPPORT_PLAN_SORT: Mapping[PlanSort, Code] = {
    "work_health_and_wellbeing": Code("work-health-wellbeing", "Work health and wellbeing plan"),
    "return_to_work": Code("return-to-work", "Return-to-work plan"),
    "in_work_support": Code("in-work-support", "In-work support plan"),
    "workplace_adjustments": Code("workplace-adjustments", "Workplace adjustments plan"),
}

SUPPORT_TOPIC: Mapping[LineTopic, Code] = {
    "keeping_well": Code("keeping-well", "Keeping well"),
    "first_aid_kit": Code("first-aid-kit", "First-aid kit for bad days"),
    "triggers": Code("triggers", "Triggers"),
    "ups_and_downs": Code("ups-and-downs", "Ups and downs"),
    "in_a_crisis": Code("in-a-crisis", "What to do in a crisis"),
    "meeting_before_the_return": Code("meeting-before-the-return", "Meeting before the return"),
    "first_week": Code("first-week", "The first week"),
    "graded_hours": Code("graded-hours", "Graded hours"),
    "telling_colleagues": Code("telling-colleagues", "What to tell colleagues"),
    "checking_in": Code("checking-in", "Who checks in"),
    "hours": Code("hours", "Hours"),
    "duties": Code("duties", "Duties"),
    "supervision": Code("supervision", "Supervision"),
    "task_lists": Code("task-lists", "Task lists"),
    "someone_to_talk_to": Code("someone-to-talk-to", "Someone to talk to"),
    "leave_over_the_year": Code("leave-over-the-year", "Leave spread over the year"),
    "buddy": Code("buddy", "A buddy"),
    "shifts": Code("shifts", "Shifts"),
}

EMPLOYER_ANSWER: Mapping[bool, Code] = {
    True: Code("agreed", "Agreed with the employer"),
    False: Code("not-agreed", "Not agreed with the employer"),
}

NHS_EMPLOYMENT_SUPPORT = Code("31", "Employment Support")
NHS_IPS_TEAM = Code("D05", "Individual Placement and Support Service")
NHS_WEEKLY_HOURS_WORKED = Code("WEEKLY-HOURS-WORKED", "Weekly hours worked")
WEEKLY_HOURS_AS_NUMBER = Code("weekly-hours", "Hours a week")
EMPLOYMENT_PLAN = Code("employment-plan", "Employment plan")
SUPPORT_PLAN_LINE = Code("support-plan-line", "Line of a support plan")
WORK_GOAL_STEP = Code("work-goal-step", "Step towards a work goal")
TEAM_REQUEST = Code("team-request", "Request to the clinical team")
TEAM_ANSWER = Code("answer", "Answer of the clinical team")
TASK_EPISODE = Code("episode-of-care", "Episode of care")
