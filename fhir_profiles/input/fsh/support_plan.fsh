// A plan that supports somebody at work, line by line.

Profile: SupportPlan
Parent: CarePlan
Id: support-plan
Title: "Support plan"
Description: "A plan that supports somebody at work and all its lines, with a narrative."
* insert Published(2026-11-30)
* . ^short = "Support plan"
* text 1..
* insert OurIdentifier
* status from PlanStatus (required)
* intent = #plan
* category 1..1
* category from SupportPlanSort (required)
  * ^short = "Which sort of plan"
* title 1..
* insert TheClient(subject)
* period 1..
  * start 1..
* created 1..
* author 1..
* author only Reference(Practitioner or PractitionerRole)
* goal ..1
  * ^short = "The work goal that it is for, of another note"
* activity
  * reference 1..
  * reference only Reference(Task)
  * detail ..0

Profile: SupportPlanDocument
Parent: DocumentReference
Id: support-plan-document
Title: "Support plan to read"
Description: "A plan that supports somebody at work and its lines, as plain text."
* insert Published(2026-11-30)
* . ^short = "Support plan to read"
* insert DocumentToRead
* type = $loinc#84306-0 // Vocational rehabilitation Plan of care note
  * ^patternCodeableConcept.coding[1] = $sct#734163000 // Care plan
* context 1..
  * period 1..
  * related 1..
    * ^short = "The CarePlan"

Invariant: line-1
Description: "A line says who does it: its owner, or a clinical role."
* severity = #error
* expression = "owner.exists() or performerType.exists()"

Invariant: line-2
Description: "The employer's answer has its day."
* severity = #error
* expression = "businessStatus.exists() implies note.time.exists()"

Profile: SupportPlanLine
Parent: Task
Id: support-plan-line
Title: "Line of a support plan"
Description: "One thing in a plan that supports somebody at work: who does it, since or by when, how far it is, and whether the employer agreed."
* insert Published(2026-11-30)
* obeys line-1 and line-2
* . ^short = "Line of a support plan"
* insert OurIdentifier
* basedOn ..0
  * ^short = "The plan lists its lines; a line does not name its plan"
* status from StepStatus (required)
* businessStatus from EmployerAnswerVS (required)
  * ^short = "Whether the employer agreed; left out where it was not put to them"
* intent = #plan
* code 1..
* code = TaskType#support-plan-line
  * ^short = "That it is such a line, and what it is about"
* description 1..
* focus only Reference(Goal)
  * ^short = "The work goal that the plan is for, of another note"
* insert TheClient(for)
* executionPeriod ^short = "Its start is the day since which it is so, or is to be"
* authoredOn 1..
* lastModified 1..
* requester 1..
* requester only Reference(Practitioner or PractitionerRole)
* performerType ..1
* performerType from ClinicalRoleVS (required)
* owner ^short = "Who does it; a clinician or the employer's person by name"
* note ..1
  * ^short = "The employer's answer: who gave it, and on which day"
* restriction.period ^short = "Its end is the day by which it is to be done"

CodeSystem: EmployerAnswer
Id: employer-answer
Title: "Answer of the employer"
Description: "Whether the employer agreed to a line of a support plan. Without one, it was not put to them."
* insert PublishedList(employer-answer, 2026-11-30)
* #agreed "Agreed with the employer"
* #not-agreed "Not agreed with the employer"

ValueSet: EmployerAnswerVS
Id: employer-answer
Title: "Answer of the employer"
Description: "All codes of the code system of the same name: Whether the employer agreed to a line of a support plan. Without one, it was not put to them."
* insert Published(2026-11-30)
* include codes from system EmployerAnswer

ValueSet: SupportPlanSort
Id: support-plan-sort
Title: "Sort of a support plan"
Description: "The codes of https://ips.example.nhs.uk/CodeSystem/plan-type that a support plan has."
* insert Published(2026-11-30)
* PlanType#work-health-wellbeing
* PlanType#return-to-work
* PlanType#in-work-support
* PlanType#workplace-adjustments

CodeSystem: SupportTopic
Id: support-topic
Title: "Topic of a line in a support plan"
Description: "What a line of a support plan is about."
* insert PublishedList(support-topic, 2026-11-30)
* #keeping-well "Keeping well"
* #first-aid-kit "First-aid kit for bad days"
* #triggers "Triggers"
* #ups-and-downs "Ups and downs"
* #in-a-crisis "What to do in a crisis"
* #meeting-before-the-return "Meeting before the return"
* #first-week "The first week"
* #graded-hours "Graded hours"
* #telling-colleagues "What to tell colleagues"
* #checking-in "Who checks in"
* #hours "Hours"
* #duties "Duties"
* #supervision "Supervision"
* #task-lists "Task lists"
* #someone-to-talk-to "Someone to talk to"
* #leave-over-the-year "Leave spread over the year"
* #buddy "A buddy"
* #shifts "Shifts"

ValueSet: SupportTopicVS
Id: support-topic
Title: "Topic of a line in a support plan"
Description: "All codes of the code system of the same name: What a line of a support plan is about."
* insert Published(2026-11-30)
* include codes from system SupportTopic
