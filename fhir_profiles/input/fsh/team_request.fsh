// What is asked of the clinical team, and their answer.

Invariant: request-1
Description: "A completed request has an answer."
* severity = #error
* expression = "status = 'completed' implies output.exists()"

Profile: TeamRequest
Parent: Task
Id: team-request
Title: "Request to the clinical team"
Description: "What an employment specialist asks of a role of the clinical team, and what they answered."
* insert Published(2026-11-27)
* obeys request-1
* . ^short = "Request to the clinical team"
* insert OurIdentifier
* status from TeamRequestStatus (required)
  * ^short = "requested: asked; accepted: taken up; completed: answered; rejected: declined; cancelled: withdrawn, or closed without an answer"
* statusReason.text 1..
  * ^short = "Why it was declined, withdrawn or closed"
* intent = #order
* code 1..
* code = TaskType#team-request
  * ^short = "That it is such a request, and what is asked"
* description 1..
  * ^short = "What is asked, in words"
* focus only Reference(CommunicationRequest)
  * ^short = "Where information for a job match is asked for"
* insert TheClient(for)
* executionPeriod ^short = "The days on which it was taken up and answered"
* authoredOn 1..
* lastModified 1..
* requester 1..
* requester only Reference(Practitioner or PractitionerRole)
* performerType 1..1
* performerType from ClinicalRoleVS (required)
  * ^short = "Of which role it is asked"
* owner ^short = "Who has taken it up, or of whom it is asked: by name"
* reasonReference only Reference(DocumentReference)
  * ^short = "The document of the job that it is for"
* note ..1
  * ^short = "The answer, with its author and day"
* restriction.period ^short = "Its end is the last day on which an answer helps"
* output ..1
  * ^short = "The answer"
  * type = TaskOutput#answer
  * value[x] only string
    * ^short = "In the team's words"

Profile: JobMatchInformation
Parent: CommunicationRequest
Id: job-match-information
Title: "Information asked for, for a job match"
Description: "What an employment specialist needs to know of the clinical team, so that a job fits the person. The Task of the request is about it."
* insert Published(2026-11-27)
* . ^short = "Information asked for, for a job match"
* insert OurIdentifier
* status from InformationStatus (required)
  * ^short = "completed: answered; revoked: declined, withdrawn or closed"
* insert TheClient(subject)
* about ..1
  * ^short = "The document of the job that it is for"
* payload 1..1
  * ^short = "What is asked"
  * content[x] only string
* authoredOn 1..
* requester 1..
* requester only Reference(Practitioner or PractitionerRole)
  * ^short = "The employment specialist"
* recipient 1..1
* recipient only Reference(Practitioner or PractitionerRole)
  * ^short = "The employment specialist, who asks to be told"
* sender 1..
  * ^short = "Who is asked to tell it: by role, and by name where one is known"
* reasonCode 1..1
* reasonCode from AskedOfTeamVS (required)

Profile: TeamRequestDocument
Parent: DocumentReference
Id: team-request-document
Title: "Request to the clinical team to read"
Description: "What was asked of the clinical team and what they answered, as plain text."
* insert Published(2026-11-30)
* . ^short = "Request to the clinical team to read"
* insert DocumentOfSeveral
* author ..2
  * ^short = "The employment specialist; then who of the clinical team wrote this version, in the record"
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * period 1..

CodeSystem: AskedOfTeam
Id: asked-of-team
Title: "Asked of the clinical team"
Description: "What an employment specialist asks of the clinical team."
* insert PublishedList(asked-of-team, 2026-11-27)
* #medication-review "Medication review" "Medication is looked at again with work in mind."
* #side-effect-review "Side-effect review" "Side effects that get in the way of work are looked at."
* #letter "Letter" "A letter, for instance to an employer; what it may say is the person's decision."
* #adjustments-advice "Advice on adjustments" "Which adjustments at work would help."
* #job-match-information "Information for a job match" "What matters at work of the person's health, so that a job fits."
* #other "Something else" "Something else, said in words."

ValueSet: AskedOfTeamVS
Id: asked-of-team
Title: "Asked of the clinical team"
Description: "All codes of the code system of the same name: What an employment specialist asks of the clinical team."
* insert Published(2026-11-27)
* include codes from system AskedOfTeam

ValueSet: InformationStatus
Id: information-status
Title: "Status of a request for information"
Description: "The codes of http://hl7.org/fhir/request-status that Joined Up sends."
* insert Published(2026-11-27)
* RequestStatus#active
* RequestStatus#completed
* RequestStatus#revoked
* RequestStatus#entered-in-error

CodeSystem: TaskOutput
Id: task-output
Title: "Output of a Task"
Description: "What a Task of ours brought."
* insert PublishedList(task-output, 2026-11-27)
* #answer "Answer of the clinical team" "What the clinical team answered to a request, in their words."
* #episode-of-care "Episode of care" "The episode of care that a referral became."

ValueSet: TaskOutputVS
Id: task-output
Title: "Output of a Task"
Description: "All codes of the code system of the same name: What a Task of ours brought."
* insert Published(2026-11-27)
* include codes from system TaskOutput

ValueSet: TeamRequestStatus
Id: team-request-status
Title: "Status of a request to the clinical team"
Description: "The codes of http://hl7.org/fhir/task-status that Joined Up sends."
* insert Published(2026-11-27)
* TaskStatus#requested
* TaskStatus#accepted
* TaskStatus#rejected
* TaskStatus#completed
* TaskStatus#cancelled
* TaskStatus#entered-in-error
