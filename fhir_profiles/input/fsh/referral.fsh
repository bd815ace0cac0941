// A referral: who asked, what came of it, the episode of care and who works in it.

Invariant: referral-1
Description: "A referral says who asked."
* severity = #error
* expression = "extension.where(url = 'https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-SourceOfServiceRequest').exists()"

Profile: Referral
Parent: ServiceRequest
Id: referral
Title: "Referral to the employment specialist"
Description: "That somebody asked for a client to be seen by an employment specialist: who, when and why."
* insert Published(2026-11-30)
* obeys referral-1
* . ^short = "Referral to the employment specialist"
* insert OurIdentifier
* status from ReferralStatus (required)
  * ^short = "active: waiting, accepted or under way; completed: it was given, and has ended; revoked: declined, or closed before it began"
* intent = #order
* category 1..
* code 1..
* code = $sct#1082611000000105 // Referral to an Individual Placement and Support service
* subject only Reference(Patient)
  * ^short = "The client"
* authoredOn 1..
  * ^short = "The day on which it was asked for"
* requester 1..
  * ^short = "The client, or whoever asked by name and role"
* performer 1..1
* performer only Reference(Practitioner or PractitionerRole)
  * ^short = "The employment specialist"
* reasonCode 1..2
  * ^short = "The NHS reason, and what whoever asked hopes for in their words"

Profile: IpsCareTeam
Parent: CareTeam
Id: ips-care-team
Title: "Who works on employment together"
Description: "The employment specialist, and who of the clinical team works with them for this client."
* insert Published(2026-11-30)
* . ^short = "Who works on employment together"
* insert OurIdentifier
* status 1..
* status from IpsCareTeamStatus (required)
  * ^short = "proposed: not yet begun; active: begun; inactive: closed"
* category 1..1
* category = NhsTeamType#D05
* name 1..
* insert TheClient(subject)
* period ^short = "The days on which work with the specialist began and ended"
* participant 1..
  * ^short = "First the employment specialist"
  * role 1..1
  * member 1..
    * ^short = "The specialist, or a colleague by name"

Invariant: episode-1
Description: "An episode that is under way or finished says when it began."
* severity = #error
* expression = "(status = 'active' or status = 'finished') implies period.start.exists()"

Invariant: episode-2
Description: "A finished episode says when it ended."
* severity = #error
* expression = "status = 'finished' implies period.end.exists()"

Profile: IpsEpisode
Parent: EpisodeOfCare
Id: ips-episode
Title: "Episode of Individual Placement and Support"
Description: "The time in which an employment specialist works with a client, from the day on which the referral was accepted."
* insert Published(2026-11-30)
* obeys episode-1 and episode-2
* . ^short = "Episode of Individual Placement and Support"
* insert OurIdentifier
* status from IpsEpisodeStatus (required)
  * ^short = "planned: accepted, not yet begun; active: begun; finished: closed; cancelled: closed before it began"
* statusHistory 1..2
  * ^short = "In days; the current status too, for its start, unless it is the end"
  * status from IpsEpisodeStatus (required)
  * period.start 1..
* type 1..1
* type = $sct#1082621000000104 // Individual Placement and Support
* diagnosis ..0
  * ^short = "Zero exclusion: employment support is for whoever wants to work, whatever they have"
* patient ^short = "The client"
* period ^short = "The days on which work with the specialist began and ended"
* referralRequest 1..1
* careManager 1..
  * ^short = "The employment specialist"
* team 1..1

Profile: ReferralDocument
Parent: DocumentReference
Id: referral-document
Title: "Referral to read"
Description: "Who asked for employment support and what came of it, as plain text."
* insert Published(2026-11-30)
* . ^short = "Referral to read"
* insert DocumentToRead
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * period 1..

Invariant: progress-1
Description: "What was declined or closed says why."
* severity = #error
* expression = "(status = 'rejected' or status = 'cancelled' or status = 'completed') implies statusReason.exists()"

Invariant: progress-2
Description: "What was accepted names its episode of care."
* severity = #error
* expression = "(status = 'accepted' or status = 'in-progress' or status = 'completed') implies output.exists()"

Profile: ReferralProgress
Parent: Task
Id: referral-progress
Title: "How a referral stands"
Description: "What became of a referral, for whoever asked: asked, accepted or declined, under way, ended."
* insert Published(2026-11-30)
* obeys progress-1 and progress-2
* . ^short = "How a referral stands"
* insert OurIdentifier
* status from ReferralProgressStatus (required)
  * ^short = "requested: waiting; accepted: not yet begun; rejected: declined; in-progress: begun; completed: closed; cancelled: closed before it began"
* statusReason from ReferralEndReason (required)
  * ^short = "Why it was declined or closed"
  * coding 1..1
  * text ..0
    * ^short = "No words beside the code: a reason that is not on the list is no reason"
* intent = #order
* code 1..
* code = $task-code#fulfill
* focus 1..
* focus only Reference(ServiceRequest)
  * ^short = "The referral"
* insert TheClient(for)
* executionPeriod ^short = "The days on which work with the specialist began and ended"
* authoredOn 1..
  * ^short = "The day on which it was asked for"
* lastModified 1..
  * ^short = "The day of the latest turn"
* requester 1..
  * ^short = "The client, or whoever asked by name and role"
* owner 1..
* owner only Reference(Practitioner or PractitionerRole)
  * ^short = "The employment specialist"
* output ..1
  * ^short = "The episode of care"
  * type = TaskOutput#episode-of-care
  * value[x] only Reference(EpisodeOfCare)

ValueSet: IpsCareTeamStatus
Id: ips-care-team-status
Title: "Status of an IPS care team"
Description: "The codes of http://hl7.org/fhir/care-team-status that Joined Up sends."
* insert Published(2026-11-30)
* CareTeamStatus#proposed
* CareTeamStatus#active
* CareTeamStatus#inactive
* CareTeamStatus#entered-in-error

ValueSet: IpsEpisodeStatus
Id: ips-episode-status
Title: "Status of an IPS episode"
Description: "The codes of http://hl7.org/fhir/episode-of-care-status that Joined Up sends."
* insert Published(2026-11-30)
* EpisodeOfCareStatus#planned
* EpisodeOfCareStatus#active
* EpisodeOfCareStatus#finished
* EpisodeOfCareStatus#cancelled
* EpisodeOfCareStatus#entered-in-error

CodeSystem: ReferralCloseReason
Id: referral-close-reason
Title: "Why a referral was closed"
Description: "Why work with an employment specialist ended, or never began, after the referral was accepted. Zero exclusion: nothing about a diagnosis, a risk, substance use or being ready is among them, and there is no other."
* insert PublishedList(referral-close-reason, 2026-11-30)
* #support-no-longer-needed "Support is no longer needed" "The person has what they came for, and goes on without the specialist."
* #no-longer-wants-it "The person no longer wants it" "The person has decided to end it."
* #moved-away "Moved away" "The person has moved to where the service does not work."
* #could-not-be-reached "Could not be reached any more" "The person could not be reached any more, after several attempts."
* #left-the-team "Left the clinical team" "The person is no longer a client of the clinical team."
* #moved-to-other-employment-support "Moved to other employment support" "Another employment service has taken over."
* #died "Has died" "The person has died."

ValueSet: ReferralCloseReasonVS
Id: referral-close-reason
Title: "Why a referral was closed"
Description: "All codes of the code system of the same name: Why work with an employment specialist ended, or never began, after the referral was accepted. Zero exclusion: nothing about a diagnosis, a risk, substance use or being ready is among them, and there is no other."
* insert Published(2026-11-30)
* include codes from system ReferralCloseReason

CodeSystem: ReferralDeclineReason
Id: referral-decline-reason
Title: "Why a referral was declined"
Description: "Why a referral to an employment specialist was declined. Zero exclusion: nothing about a diagnosis, a risk, substance use or being ready is among them, and there is no other."
* insert PublishedList(referral-decline-reason, 2026-11-30)
* #does-not-want-it "The person does not want it" "Asked by somebody else, the person does not want employment support now."
* #already-has-employment-support "Has employment support already" "Another employment service supports the person."
* #not-with-the-team "Is not with the clinical team" "The person is not a client of the clinical team that the specialist works in."
* #lives-outside-the-area "Lives outside the area" "The person lives where the service does not work."
* #could-not-be-reached "Could not be reached" "The person could not be reached after several attempts."
* #no-place-free "No place was free" "Every specialist of the service had a full caseload."
* #died "Has died" "The person has died."

ValueSet: ReferralDeclineReasonVS
Id: referral-decline-reason
Title: "Why a referral was declined"
Description: "All codes of the code system of the same name: Why a referral to an employment specialist was declined. Zero exclusion: nothing about a diagnosis, a risk, substance use or being ready is among them, and there is no other."
* insert Published(2026-11-30)
* include codes from system ReferralDeclineReason

ValueSet: ReferralEndReason
Id: referral-end-reason
Title: "Why a referral was declined or closed"
Description: "All codes of referral-decline-reason and of referral-close-reason. Zero exclusion: nothing about a diagnosis, a risk, substance use or being ready is among them, and there is no other."
* insert Published(2026-11-30)
* include codes from system ReferralDeclineReason
* include codes from system ReferralCloseReason

ValueSet: ReferralProgressStatus
Id: referral-progress-status
Title: "Status of the task of a referral"
Description: "The codes of http://hl7.org/fhir/task-status that Joined Up sends."
* insert Published(2026-11-30)
* TaskStatus#requested
* TaskStatus#accepted
* TaskStatus#rejected
* TaskStatus#in-progress
* TaskStatus#completed
* TaskStatus#cancelled
* TaskStatus#entered-in-error

CodeSystem: ReferralSource
Id: referral-source
Title: "Who asked for employment support"
Description: "Who asked for a client to be seen by an employment specialist."
* insert PublishedList(referral-source, 2026-11-30)
* #client "The client" "The client asked."
* #clinician "A clinician" "A clinician of the client's team asked; which role is a code of clinical-role."
* #team-meeting "The team meeting" "The clinical team decided it together."
* #gp "The GP" "The client's general practitioner asked."
* #other "Somebody else" "Anybody else asked: family, a friend, another service."

ValueSet: ReferralSourceVS
Id: referral-source
Title: "Who asked for employment support"
Description: "All codes of the code system of the same name: Who asked for a client to be seen by an employment specialist."
* insert Published(2026-11-30)
* include codes from system ReferralSource

ValueSet: ReferralStatus
Id: referral-status
Title: "Status of a referral"
Description: "The codes of http://hl7.org/fhir/request-status that Joined Up sends."
* insert Published(2026-11-30)
* RequestStatus#active
* RequestStatus#revoked
* RequestStatus#completed
* RequestStatus#entered-in-error
