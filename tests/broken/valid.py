"""The valid resources that the faults of this folder are put into, all from the agreed samples."""

from tests.broken.one_fault import one_of, without_profile

CONTACT = one_of("contact/employer_with_the_client", "Encounter")
NOTE = one_of("contact/employer_with_the_client", "DocumentReference")
ACTIVITY = one_of("contact/employer_with_the_client", "Procedure")
PERSON = one_of("contact/employer_with_the_client", "RelatedPerson")
PROVENANCE = one_of("contact/employer_with_the_client", "Provenance")
GOAL = one_of("work_goal/full", "Goal")
STEP = one_of("work_goal/full", "Task")
PLAN = one_of("work_goal/full", "CarePlan")
ANSWERS = one_of("vocational_profile/full", "QuestionnaireResponse")
STATUS = one_of("vocational_profile/full", "Observation")

# The same, held to R4 alone.
ENCOUNTER = without_profile(CONTACT)
TASK = without_profile(STEP)
OBSERVATION = without_profile(STATUS)
