// What an employer may be told: a Consent, and the words in the document it points to.

Profile: DisclosureDecision
Parent: Consent
Id: disclosure-decision
Title: "Disclosure decision"
Description: "Whether an employer may be told something about the person's health, as the person has decided. What, and in which words, stands in the document it points to."
* insert Published(2026-11-22)
* . ^short = "Disclosure decision"
* insert OurIdentifier
* scope = $consentscope#patient-privacy
* category ..1
* category = $v3-ActCode#IDSCL
* insert TheClient(patient)
* dateTime 1..
  * ^short = "When it was decided"
* insert TheClient(performer)
* source[x] 1..
* source[x] only Reference(DocumentReference)
  * ^short = "The document with the words"
* policy 1..1
  * uri 1..
  * uri = "https://ips.example.nhs.uk/policy/disclosure-to-employers"
* provision 1..
  * type 1..
    * ^short = "permit: what the document says; deny: nothing"
  * period 1..
  * actor 1..1
    * ^short = "The employer, by name; or any"
    * role = $v3-ParticipationType#IRCP
  * provision ..0

Profile: DisclosureDecisionDocument
Parent: DocumentReference
Id: disclosure-decision-document
Title: "Disclosure decision to read"
Description: "What an employer may be told, word for word, as plain text."
* insert Published(2026-11-27)
* . ^short = "Disclosure decision to read"
* insert DocumentToRead
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * period 1..
