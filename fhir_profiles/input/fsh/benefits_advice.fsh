// Benefits advice: that it was given, the benefits received then, the advice to read.

Profile: BenefitsAdvice
Parent: Procedure
Id: benefits-advice
Title: "Benefits advice"
Description: "Advice on benefits was given, before a job or at a change."
* insert Published(2026-11-22)
* . ^short = "Benefits advice"
* insert OurIdentifier
* status from DoneStatus (required)
* code 1..
* code = IpsActivityCS#benefits-advice
* insert TheClient(subject)
* performed[x] 1..
* performed[x] only dateTime
* recorder 1..
  * ^short = "The specialist"
* performer 1..1
  * actor only Reference(Practitioner or PractitionerRole)
    * ^short = "Who gave it: the specialist; or by name alone, who is not of the trust"
* reasonCode 1..
* reasonCode from BenefitsChangeVS (required)
  * ^short = "About which change"

Profile: BenefitStatus
Parent: Observation
Id: benefit-status
Title: "Benefits received"
Description: "The benefits that the person received when they were advised."
* insert Published(2026-11-22)
* . ^short = "Benefits received"
* insert OurIdentifier
* partOf 1..1
* partOf only Reference(Procedure)
  * ^short = "The advice"
* status from ObservationStatus (required)
* insert SocialHistory
* code = $sct#224192004 // Benefit status
* insert TheClient(subject)
* effective[x] 1..
* effective[x] only dateTime
  * ^short = "The day of the advice"
* issued 1..
* performer 1..1
* performer only Reference(Practitioner)
* value[x] 1..
* value[x] only string
  * ^short = "The benefits, as the person names them"
* dataAbsentReason ..0
* hasMember ..0

Profile: BenefitsAdviceDocument
Parent: DocumentReference
Id: benefits-advice-document
Title: "Benefits advice to read"
Description: "Benefits advice, as plain text."
* insert Published(2026-11-27)
* . ^short = "Benefits advice to read"
* insert DocumentToRead
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * period 1..
  * related 1..
    * ^short = "The advice, and the benefits"

CodeSystem: BenefitsChange
Id: benefits-change
Title: "Benefits change"
Description: "The changes at which benefits advice is given."
* insert PublishedList(benefits-change, 2026-11-22)
* #starting-work "Starting work" "A first or a new job."
* #more-hours "Working more hours" "More hours in the same job."
* #fewer-hours "Working fewer hours" "Fewer hours in the same job."
* #job-ending "A job ending" "The end of a job."
* #self-employment "Becoming self-employed" "The start of self-employment."
* #education "Education or training" "The start of a course."
* #other "Another change" "What none of the others says."

ValueSet: BenefitsChangeVS
Id: benefits-change
Title: "Benefits change"
Description: "All codes of the code system of the same name: The changes at which benefits advice is given."
* insert Published(2026-11-22)
* include codes from system BenefitsChange
