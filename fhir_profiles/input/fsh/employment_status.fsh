// The employment status on a day, and the band of weekly hours.

Profile: EmploymentStatus
Parent: Observation
Id: employment-status
Title: "Employment status"
Description: "A person's employment status on a day, and the band of weekly hours of who is employed."
* insert Published(2026-11-22)
* . ^short = "Employment status"
* insert OurIdentifier
* status from ObservationStatus (required)
* insert SocialHistory
* code = $sct#224362002 // Employment status
  * ^patternCodeableConcept.coding[1] = $loinc#74165-2 // History of employment status NIOSH
* insert TheClient(subject)
* effective[x] 1..
* effective[x] only dateTime or Period
  * ^short = "The day it was recorded; or since when it has been so"
* issued 1..
* performer 1..1
* performer only Reference(Practitioner)
* value[x] 1..
* value[x] only CodeableConcept
  * insert OneCoding(nhs, NhsEmploymentStatusVS, nhs-employment-status)
* dataAbsentReason ..0
* hasMember ..0
* derivedFrom ..1
* derivedFrom only Reference(QuestionnaireResponse)
  * ^short = "The answers of a vocational profile, where it comes from one"
* component ..1
  * code = NhsDataItem#WEEKLY-HOURS-WORKED
  * value[x] 1..
  * value[x] only CodeableConcept
  * value[x] from NhsWeeklyHoursWorkedVS (required)

Profile: EmploymentStatusDocument
Parent: DocumentReference
Id: employment-status-document
Title: "Employment status to read"
Description: "An employment status that was recorded on its own, as plain text."
* insert Published(2026-11-27)
* . ^short = "Employment status to read"
* insert DocumentToRead
* type = $loinc#75502-5 // Vocational rehabilitation Note
* context 1..
  * period 1..
  * related 1..
    * ^short = "The employment status"
