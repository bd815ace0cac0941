// What the notes of several kinds share: provenance, the cover of a message, statuses and lists.

Profile: NoteMessage
Parent: Composition
Id: note-message
Title: "A note as a message"
Description: "The cover of one version of a note that is sent as a FHIR document: what it is, about whom, by whom, and its text to read. The note's resources are the entries of its section."
* insert Published(2026-11-30)
* . ^short = "A note as a message"
* identifier 1..
  * ^short = "The note's id and version"
  * system 1..
  * system = "https://ips.example.nhs.uk/Id/note"
  * value 1..
* subject 1..
* subject only Reference(Patient)
  * ^short = "The client, by NHS number and date of birth"
* author ..2
* author only Reference(Practitioner or PractitionerRole)
* attester ..0
* relatesTo ..1
  * ^short = "The version before"
* section 1..1
  * title 1..
  * text 1..
    * ^short = "The whole note, to read"
  * entry 1..
    * ^short = "Every resource of the note"
  * section ..0

Profile: NoteProvenance
Parent: Provenance
Id: note-provenance
Title: "Provenance of a note"
Description: "One version of a note: who wrote it, when, what put it in the record, and which note it was."
* insert Published(2026-11-30)
* . ^short = "Provenance of a note"
* occurred[x] 1..
* occurred[x] only dateTime
  * ^short = "When it was written, by the phone's clock"
* recorded ^short = "When the service received it"
* activity 1..
* activity from NoteActivity (required)
* agent 2..2
  * ^short = "The author and the software"
  * type 1..
  * who ^short = "The employment specialist, or who of the clinical team wrote this version in the record, by name; and Joined Up"
* entity 1..1
  * role = #source
  * what.identifier 1..
    * system 1..
    * system = "https://ips.example.nhs.uk/Id/note"
    * value 1..
      * ^short = "Id and version of the note: <id>/<version>"

CodeSystem: ClinicalRole
Id: clinical-role
Title: "Clinical role"
Description: "Who of the clinical team does a step towards a work goal."
* insert PublishedList(clinical-role, 2026-11-22)
* #care-coordinator "Care coordinator"
* #psychiatrist "Psychiatrist"
* #nurse "Nurse"
* #psychologist "Psychologist"
* #occupational-therapist "Occupational therapist"
* #social-worker "Social worker"
* #support-worker "Support worker"
* #pharmacist "Pharmacist"
* #team-manager "Team manager"
* #gp "General practitioner"

ValueSet: ClinicalRoleVS
Id: clinical-role
Title: "Clinical role"
Description: "All codes of the code system of the same name: Who of the clinical team does a step towards a work goal."
* insert Published(2026-11-22)
* include codes from system ClinicalRole

ValueSet: DocumentStatus
Id: document-status
Title: "Status of a document"
Description: "The codes of http://hl7.org/fhir/document-reference-status that Joined Up sends."
* insert Published(2026-11-22)
* DocumentReferenceStatus#current
* DocumentReferenceStatus#entered-in-error

ValueSet: DocumentTextStatus
Id: document-text-status
Title: "Status of a document's text"
Description: "The codes of http://hl7.org/fhir/composition-status that Joined Up sends."
* insert Published(2026-11-22)
* CompositionStatus#final
* CompositionStatus#amended
* CompositionStatus#entered-in-error

ValueSet: DoneStatus
Id: done-status
Title: "Status of what was done"
Description: "The codes of http://hl7.org/fhir/event-status that Joined Up sends."
* insert Published(2026-11-22)
* EventStatus#completed
* EventStatus#entered-in-error

CodeSystem: IpsActivityCS
Id: ips-activity
Title: "IPS activity"
Description: "What a contact of an employment specialist was about. Of our own: no published list has these words for Individual Placement and Support."
* insert PublishedList(ips-activity, 2026-11-22)
* #engagement "Engagement" "Getting to know one another; staying in touch."
* #vocational-profiling "Vocational profiling" "Work done on the vocational profile."
* #job-search "Job search" "Looking for a job together, applications, CV."
* #employer-engagement "Employer engagement" "Talking with an employer about their needs or a role."
* #interview-preparation "Interview preparation" "Getting ready for a job interview."
* #job-interview "Job interview" "An interview took place or was gone to together."
* #benefits-advice "Benefits advice" "What work means for the person's benefits."
* #disclosure "Disclosure to an employer" "What an employer may be told, by whom, in which words."
* #in-work-support "In-work support" "Help to keep a job and do well in it."
* #clinical-liaison "Clinical liaison" "Work and health talked over with the clinical team."
* #education-or-training "Education or training" "A course, or getting on one."
* #other "Other"

ValueSet: IpsActivityVS
Id: ips-activity
Title: "IPS activity"
Description: "All codes of the code system of the same name: What a contact of an employment specialist was about. Of our own: no published list has these words for Individual Placement and Support."
* insert Published(2026-11-22)
* include codes from system IpsActivityCS

ValueSet: NoteActivity
Id: note-activity
Title: "What happened to a note"
Description: "The codes of http://terminology.hl7.org/CodeSystem/v3-DataOperation that Joined Up sends."
* insert Published(2026-11-22)
* $v3-DataOperation#CREATE
* $v3-DataOperation#UPDATE
* $v3-DataOperation#NULLIFY

ValueSet: ObservationStatus
Id: observation-status
Title: "Status of an observation"
Description: "The codes of http://hl7.org/fhir/observation-status that Joined Up sends."
* insert Published(2026-11-22)
* ObservationStatus#final
* ObservationStatus#entered-in-error

CodeSystem: TaskType
Id: task-type
Title: "Task type"
Description: "What a Task of ours is."
* insert PublishedList(task-type, 2026-11-22)
* #work-goal-step "Step towards a work goal" "One thing that one person does towards a work goal."
* #team-request "Request to the clinical team" "Something that an employment specialist asks of a role of the clinical team."
* #support-plan-line "Line of a support plan" "One thing in a plan that supports somebody at work, and who does it."

ValueSet: TaskTypeVS
Id: task-type
Title: "Task type"
Description: "All codes of the code system of the same name: What a Task of ours is."
* insert Published(2026-11-22)
* include codes from system TaskType

CodeSystem: WorkDataItem
Id: work-data-item
Title: "Work data item"
Description: "Items about work that neither LOINC nor the NHS has a code for."
* insert PublishedList(work-data-item, 2026-11-30)
* #weekly-hours "Hours a week" "Worked or wanted, as a number of hours."
* #permanent-or-temporary "Permanent or temporary" "The term of a job."
* #open-to-anyone "Open to anyone" "Anyone could have applied for the job; a criterion of competitive employment."
* #minimum-wage-and-going-rate "At least the minimum wage and the going rate" "It pays at least the minimum wage, and what others are paid for the same work; a criterion of competitive employment."
* #not-set-aside "Not set aside for people with an illness or a disability" "The job is not kept for people with an illness or a disability; a criterion of competitive employment."
* #competitive-employment "Competitive employment, by all three criteria" "Whether a job meets all three criteria of Individual Placement and Support."
* #job-found-through "What the job was found through" "Where a job came from."
* #why-job-ended "Why the job ended" "The reason for the end of a job."
* #pay-an-hour "Pay an hour, before tax" "What a job pays, where the trust has it in the record."
* #pay-a-week "Pay a week, before tax" "What a job pays, where the trust has it in the record."
* #pay-a-month "Pay a month, before tax" "What a job pays, where the trust has it in the record."
* #pay-a-year "Pay a year, before tax" "What a job pays, where the trust has it in the record."

ValueSet: WorkDataItemVS
Id: work-data-item
Title: "Work data item"
Description: "All codes of the code system of the same name: Items about work that neither LOINC nor the NHS has a code for."
* insert Published(2026-11-30)
* include codes from system WorkDataItem
