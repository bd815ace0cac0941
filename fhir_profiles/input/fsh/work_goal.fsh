// A work goal, its steps, and the plan that lists them.

Invariant: goal-1
Description: "A goal that was given up says why."
* severity = #error
* expression = "lifecycleStatus != 'cancelled' or statusReason.exists()"

Profile: WorkGoal
Parent: Goal
Id: work-goal
Title: "Work goal"
Description: "What a person wants of work, in their own words."
* insert Published(2026-11-30)
* obeys goal-1
* . ^short = "Work goal"
* insert OurIdentifier
* lifecycleStatus from WorkGoalStatus (required)
* category 1..1
  * insert OneCoding(sort, WorkGoalSortVS, work-goal-sort)
* description.text 1..
  * ^short = "In the person's own words"
* subject only Reference(Patient)
  * ^short = "The client"
* start[x] 1..
* start[x] only date
* target ..1
* statusDate 1..
* expressedBy 1..
* expressedBy only Reference(Patient)
* note 1..
  * ^short = "The plan in words: EHR screens show little else of a Goal"
* outcomeReference ..1
* outcomeReference only Reference(Observation)
  * ^short = "The job that came of it"

Extension: AgreedWithTeamOn
Id: agreed-with-team-on
Title: "Agreed with the clinical team on"
Description: "The day on which a work goal was last agreed with the clinical team."
Context: Goal
* insert Published(2026-11-22)
* . 0..1
  * ^short = "Agreed with the clinical team on"
  * ^definition = "The day on which a work goal was last agreed with the clinical team."
* value[x] 1..1
* value[x] only date

Profile: EmploymentPlan
Parent: CarePlan
Id: employment-plan
Title: "Employment plan"
Description: "A work goal and all its steps, with a narrative to read."
* insert Published(2026-11-22)
* . ^short = "Employment plan"
* text 1..
* insert OurIdentifier
* status from PlanStatus (required)
* intent = #plan
* category 1..1
* category = PlanType#employment-plan
* title 1..
* description 1..
* insert TheClient(subject)
* period 1..
  * start 1..
* created 1..
* author 1..
* author only Reference(Practitioner or PractitionerRole)
* goal 1..1
* activity
  * reference 1..
  * reference only Reference(Task)
  * detail ..0

Profile: EmploymentPlanDocument
Parent: DocumentReference
Id: employment-plan-document
Title: "Employment plan to read"
Description: "A work goal and its steps, as plain text."
* insert Published(2026-11-22)
* . ^short = "Employment plan to read"
* insert DocumentToRead
* type = $loinc#84306-0 // Vocational rehabilitation Plan of care note
  * ^patternCodeableConcept.coding[1] = $sct#734163000 // Care plan
* context 1..
  * period 1..
  * related 2..
    * ^short = "The Goal and the CarePlan"

Invariant: step-1
Description: "A step says who does it: its owner, or a clinical role."
* severity = #error
* expression = "owner.exists() or performerType.exists()"

Profile: WorkGoalStep
Parent: Task
Id: work-goal-step
Title: "Step towards a work goal"
Description: "One thing that one person does towards a work goal, and how far it is."
* insert Published(2026-11-22)
* obeys step-1
* . ^short = "Step towards a work goal"
* insert OurIdentifier
* basedOn ..0
  * ^short = "The plan lists its steps; a step does not name its plan"
* status from StepStatus (required)
* intent = #plan
* code 1..
* code = TaskType#work-goal-step
* description 1..
* focus 1..
* focus only Reference(Goal)
* insert TheClient(for)
* authoredOn 1..
* lastModified 1..
* requester 1..
* requester only Reference(Practitioner or PractitionerRole)
* performerType ..1
* performerType from ClinicalRoleVS (required)
* owner only Reference(Practitioner or PractitionerRole or Patient)

ValueSet: PlanStatus
Id: plan-status
Title: "Status of a plan"
Description: "The codes of http://hl7.org/fhir/request-status that Joined Up sends."
* insert Published(2026-11-22)
* RequestStatus#active
* RequestStatus#on-hold
* RequestStatus#revoked
* RequestStatus#completed
* RequestStatus#entered-in-error

CodeSystem: PlanType
Id: plan-type
Title: "Plan type"
Description: "The plans of Individual Placement and Support."
* insert PublishedList(plan-type, 2026-11-22)
* #employment-plan "Employment plan" "A work goal and the steps towards it."
* #work-health-wellbeing "Work health and wellbeing plan" "How somebody keeps well at work: what helps on bad days, triggers, ups and downs, what to do in a crisis."
* #return-to-work "Return-to-work plan" "How somebody goes back after time off: the meeting before, the first week, graded hours, who checks in."
* #in-work-support "In-work support plan" "What is done to support somebody in their job."
* #workplace-adjustments "Workplace adjustments plan" "What the employer changes, so that the work fits."

ValueSet: PlanTypeVS
Id: plan-type
Title: "Plan type"
Description: "All codes of the code system of the same name: The plans of Individual Placement and Support."
* insert Published(2026-11-22)
* include codes from system PlanType

ValueSet: StepStatus
Id: step-status
Title: "Status of a step"
Description: "The codes of http://hl7.org/fhir/task-status that Joined Up sends."
* insert Published(2026-11-22)
* TaskStatus#requested
* TaskStatus#in-progress
* TaskStatus#on-hold
* TaskStatus#completed
* TaskStatus#cancelled
* TaskStatus#entered-in-error

CodeSystem: WorkGoalSort
Id: work-goal-sort
Title: "Sort of work goal"
Description: "What a work goal aims at."
* insert PublishedList(work-goal-sort, 2026-11-22)
* #competitive-job "Get a competitive job" "A job open to anyone, at the going rate, not set aside."
* #keep-job "Keep a job"
* #change-job "Change to another job"
* #self-employment "Become self-employed"
* #education "Education or training"

ValueSet: WorkGoalSortVS
Id: work-goal-sort
Title: "Sort of work goal"
Description: "All codes of the code system of the same name: What a work goal aims at."
* insert Published(2026-11-22)
* include codes from system WorkGoalSort

ValueSet: WorkGoalStatus
Id: work-goal-status
Title: "Status of a work goal"
Description: "The codes of http://hl7.org/fhir/goal-status that Joined Up sends."
* insert Published(2026-11-22)
* GoalLifecycleStatus#active
* GoalLifecycleStatus#on-hold
* GoalLifecycleStatus#completed
* GoalLifecycleStatus#cancelled
* GoalLifecycleStatus#entered-in-error
