// A job: offered, started, changed, ended.

Profile: Job
Parent: Observation
Id: job
Title: "Past or present job"
Description: "One job, as IHE's Occupational Data for Health has it; the title in the person's words. From a vocational profile, or from the note of a job from its first day on. The employer stays in the profile's answers or the job's document."
* insert Published(2026-11-30)
* . ^short = "Past or present job"
* extension 1..
  * ^short = "Whether it is a present job: odh-isCurrentJob-extension"
* insert OurIdentifier
* status from ObservationStatus (required)
* insert SocialHistory
* code = $loinc#11341-5 // History of Occupation
* insert TheClient(subject)
* effective[x] 1..
* effective[x] only Period
* issued 1..
* performer 1..1
* performer only Reference(Practitioner)
* value[x] 1..
* value[x] only CodeableConcept
* dataAbsentReason ..0
* hasMember ..0
* derivedFrom ..1
* derivedFrom only Reference(QuestionnaireResponse)
  * ^short = "The answers of a vocational profile, where it comes from one"
* component ^slicing.discriminator.type = #pattern
  * ^slicing.discriminator.path = "code"
  * ^slicing.rules = #closed
* component contains
    workClassification 0..1 and
    weeklyHours 0..1 and
    term 0..1 and
    openToAnyone 0..1 and
    minimumWageAndGoingRate 0..1 and
    notSetAside 0..1 and
    competitiveEmployment 0..1 and
    foundThrough 0..1 and
    whyEnded 0..1 and
    payPerHour 0..1 and
    payPerWeek 0..1 and
    payPerMonth 0..1 and
    payPerYear 0..1
* component[workClassification] ^short = "Self-employed or voluntary; of an employee the sector is not asked"
  * code = $loinc#85104-8 // Compensation and sector employment type
  * value[x] 1..
  * value[x] only CodeableConcept
  * value[x] from WorkClassification (required)
* component[weeklyHours] ^short = "Hours a week"
  * code = WorkDataItem#weekly-hours
  * value[x] 1..
  * value[x] only Quantity
* component[term] ^short = "Permanent or temporary"
  * insert AnsweredFrom(permanent-or-temporary, JobTermVS)
* component[openToAnyone] ^short = "Competitive: open to anyone"
  * insert AnsweredFrom(open-to-anyone, YesNo)
* component[minimumWageAndGoingRate] ^short = "Competitive: at least the minimum wage and the going rate"
  * insert AnsweredFrom(minimum-wage-and-going-rate, YesNo)
* component[notSetAside] ^short = "Competitive: not set aside"
  * insert AnsweredFrom(not-set-aside, YesNo)
* component[competitiveEmployment] ^short = "Whether it counts as competitive employment; absent where that is not known"
  * insert AnsweredFrom(competitive-employment, YesNo)
* component[foundThrough] ^short = "What it was found through"
  * insert AnsweredFrom(job-found-through, JobSourceVS)
* component[whyEnded] ^short = "Why it ended: our code, after SNOMED CT's where one says the same"
  * code = WorkDataItem#why-job-ended
  * value[x] 1..
  * value[x] only CodeableConcept
    * insert OneCoding(reason, JobEndReasonVS, job-end-reason)
* component[payPerHour]
  * insert Pounds(pay-an-hour)
* component[payPerWeek]
  * insert Pounds(pay-a-week)
* component[payPerMonth]
  * insert Pounds(pay-a-month)
* component[payPerYear]
  * insert Pounds(pay-a-year)

Profile: JobDocument
Parent: DocumentReference
Id: job-document
Title: "Job to read"
Description: "A job from its offer on, as plain text: how it stands, whether it is competitive, the days that are counted, what changed."
* insert Published(2026-11-30)
* . ^short = "Job to read"
* insert DocumentToRead
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * period 1..

CodeSystem: JobEndReason
Id: job-end-reason
Title: "Reason why a job ended"
Description: "Why a job ended."
* insert PublishedList(job-end-reason, 2026-11-30)
* #found-another-job "Found another job" "The person went to another job."
* #resigned "Resigned" "The person left, and not for another job."
* #dismissed "Dismissed" "The employer ended it because of the person or their work."
* #redundant "Made redundant" "The employer no longer needed the work done."
* #contract-ended "The contract ended" "It was agreed for a time, and the time was over."
* #health "Health" "It could not be kept because of the person's health."
* #retired "Retired" "The person stopped working for good."
* #other "Another reason" "None of these."

ValueSet: JobEndReasonVS
Id: job-end-reason
Title: "Reason why a job ended"
Description: "All codes of the code system of the same name: Why a job ended."
* insert Published(2026-11-30)
* include codes from system JobEndReason

CodeSystem: JobSource
Id: job-source
Title: "Source of a job"
Description: "What a job was found through."
* insert PublishedList(job-source, 2026-11-30)
* #employer-contact "Contact with the employer" "The employment specialist or the person spoke with the employer."
* #application "Application" "The person answered an advertisement."
* #people-they-know "People they know" "Family, friends, former colleagues."
* #jobcentre "Jobcentre" "Jobcentre Plus or another programme of the Department for Work and Pensions."
* #agency "Agency" "An employment agency."
* #already-had-it "A job that they had already" "The person had this job before the support began, and keeps it."
* #other "Something else" "None of these."

ValueSet: JobSourceVS
Id: job-source
Title: "Source of a job"
Description: "All codes of the code system of the same name: What a job was found through."
* insert Published(2026-11-30)
* include codes from system JobSource

CodeSystem: JobTerm
Id: job-term
Title: "Term of a job"
Description: "Whether a job is permanent or temporary."
* insert PublishedList(job-term, 2026-11-30)
* #permanent "Permanent" "No end was agreed."
* #temporary "Temporary" "It was agreed for a time: until a day, for a task, or as an agency sends."

ValueSet: JobTermVS
Id: job-term
Title: "Term of a job"
Description: "All codes of the code system of the same name: Whether a job is permanent or temporary."
* insert Published(2026-11-30)
* include codes from system JobTerm

ValueSet: WorkClassification
Id: work-classification
Title: "Work classification"
Description: "The classifications of a job that are certain from a note."
* insert Published(2026-11-30)
* $v3-WorkClassificationODH#PWSE
* $v3-WorkClassificationODH#VW

ValueSet: YesNo
Id: yes-no
Title: "Yes or no"
Description: "The answers of a criterion."
* insert Published(2026-11-30)
* $v2-0136#Y
* $v2-0136#N
