// What a person has done, can do and wants of work: all answers, and that they were taken.

Invariant: profile-1
Description: "The employment status is always answered."
* severity = #error
* expression = "item.where(linkId = 'employment_status').answer.exists()"

Profile: VocationalProfile
Parent: QuestionnaireResponse
Id: vocational-profile
Title: "Vocational profile"
Description: "All answers of a person's vocational profile. It grows: a later version replaces it."
* insert Published(2026-11-22)
* obeys profile-1
* . ^short = "Vocational profile"
* insert OurIdentifier
* partOf 1..1
* partOf only Reference(Procedure)
* questionnaire 1..
* questionnaire = "https://ips.example.nhs.uk/Questionnaire/vocational-profile|2.0.0"
* status from AnswersStatus (required)
* insert TheClient(subject)
* authored 1..
* author 1..
* author only Reference(Practitioner or PractitionerRole)
* source 1..
* source only Reference(Patient)
* item 1..

Profile: VocationalAssessment
Parent: Procedure
Id: vocational-assessment
Title: "Vocational assessment"
Description: "A vocational profile was written or added to."
* insert Published(2026-11-22)
* . ^short = "Vocational assessment"
* insert OurIdentifier
* status from DoneStatus (required)
* code 1..
* code = $sct#69736008 // Vocational assessment
* insert TheClient(subject)
* performed[x] 1..
* performed[x] only dateTime
* performer 1..1
  * actor only Reference(Practitioner or PractitionerRole)

Profile: VocationalProfileDocument
Parent: DocumentReference
Id: vocational-profile-document
Title: "Vocational profile to read"
Description: "Every answer of a vocational profile, as plain text."
* insert Published(2026-11-27)
* . ^short = "Vocational profile to read"
* insert DocumentToRead
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * period 1..
  * related 1..
    * ^short = "The answers"

ValueSet: AnswersStatus
Id: answers-status
Title: "Status of a profile's answers"
Description: "The codes of http://hl7.org/fhir/questionnaire-answers-status that Joined Up sends."
* insert Published(2026-11-22)
* QuestionnaireResponseStatus#completed
* QuestionnaireResponseStatus#amended
* QuestionnaireResponseStatus#entered-in-error

CodeSystem: DisclosurePreference
Id: disclosure-preference
Title: "Disclosure preference"
Description: "What the person wants employers to be told in general. The choice for each employer is another record."
* insert PublishedList(disclosure-preference, 2026-11-22)
* #nothing "Tell employers nothing"
* #some-things "Tell employers some things"
* #openly "Be open with employers"
* #undecided "Not decided yet"

ValueSet: DisclosurePreferenceVS
Id: disclosure-preference
Title: "Disclosure preference"
Description: "All codes of the code system of the same name: What the person wants employers to be told in general. The choice for each employer is another record."
* insert Published(2026-11-22)
* include codes from system DisclosurePreference
