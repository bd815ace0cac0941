// A contact about work, with anyone: who was seen, where and how, and the note to read.

Invariant: contact-1
Description: "A contact that did not take place says which attendance status it had."
* severity = #error
* expression = "status != 'cancelled' or extension.where(url = 'https://ips.example.nhs.uk/StructureDefinition/attendance-status').exists()"

Profile: Contact
Parent: Encounter
Id: contact
Title: "Contact about work"
Description: "A contact of an employment specialist about a client's work: with the client, an employer, the clinical team or anyone else."
* insert Published(2026-11-22)
* obeys contact-1
* . ^short = "Contact about work"
* insert OurIdentifier
* status from ContactStatus (required)
  * ^short = "finished: it took place; cancelled: it did not"
* class from ContactClass (required)
* type 1..
  * ^short = "SNOMED CT where it has the word, and the NHS consultation mechanism"
* insert TheClient(subject)
* participant 1..
  * type 1..1
  * individual 1..
  * individual only Reference(Practitioner or PractitionerRole or RelatedPerson)
* period 1..
  * start 1..
* reasonCode 1..
  * ^short = "Individual Placement and Support, then what it was about"
* location ..1
  * physicalType 1..

Extension: AttendanceStatus
Id: attendance-status
Title: "Attendance status"
Description: "Whether the client attended, as the NHS counts it. R4 has no status for a missed appointment, and UK Core's OutcomeOfAttendance says what happened afterwards."
Context: Encounter
* insert Published(2026-11-22)
* . 0..1
  * ^short = "Attendance status"
  * ^definition = "Whether the client attended, as the NHS counts it. R4 has no status for a missed appointment, and UK Core's OutcomeOfAttendance says what happened afterwards."
* value[x] 1..1
* value[x] only Coding
* value[x] from NhsAttendanceStatusVS (required)

Profile: ContactNote
Parent: DocumentReference
Id: contact-note
Title: "Note of a contact"
Description: "The employment specialist's note of a contact, as plain text."
* insert Published(2026-11-22)
* . ^short = "Note of a contact"
* insert DocumentToRead
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * encounter 1..1
  * encounter only Reference(Encounter)
  * period 1..
    * start 1..

Profile: EmployersPerson
Parent: RelatedPerson
Id: employers-person
Title: "Person at an employer"
Description: "Somebody from an employer who took part in a contact. R4 has no organisation as participant."
* insert Published(2026-11-22)
* . ^short = "Person at an employer"
* insert OurIdentifier
* active 1..
  * ^short = "false: entered in error"
* insert TheClient(patient)
* relationship 1..1
* relationship = $v2-0131#E
  * ^short = "Employer; its name is in text"
* name 1..1
  * text 1..

Profile: IpsActivity
Parent: Procedure
Id: ips-activity
Title: "IPS activity"
Description: "Individual Placement and Support was given in a contact that the NHS counts as access: the client attended, face to face, by telephone, talk type or video."
* insert Published(2026-11-22)
* . ^short = "IPS activity"
* insert OurIdentifier
* status from DoneStatus (required)
* code 1..
* code = $sct#1082621000000104 // Individual Placement and Support
* insert TheClient(subject)
* encounter 1..
* performed[x] 1..
* performed[x] only Period
* performer 1..1
  * actor only Reference(Practitioner or PractitionerRole)

ValueSet: ContactClass
Id: contact-class
Title: "Class of a contact"
Description: "The codes of http://terminology.hl7.org/CodeSystem/v3-ActCode that Joined Up sends."
* insert Published(2026-11-22)
* $v3-ActCode#AMB
* $v3-ActCode#FLD
* $v3-ActCode#HH
* $v3-ActCode#VR

ValueSet: ContactStatus
Id: contact-status
Title: "Status of a contact"
Description: "The codes of http://hl7.org/fhir/encounter-status that Joined Up sends."
* insert Published(2026-11-22)
* EncounterStatus#finished
* EncounterStatus#cancelled
* EncounterStatus#entered-in-error
