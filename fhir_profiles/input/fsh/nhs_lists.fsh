// Lists of the NHS Data Dictionary and MHSDS. The codes are the NHS's, the URLs are ours.

CodeSystem: NhsAttendanceStatus
Id: nhs-attendance-status
Title: "NHS attendance status"
Description: "Whether the client attended: the NHS Data Dictionary's ATTENDED OR DID NOT ATTEND, as MHSDS counts it (AttendStatus)."
* insert PublishedList(nhs-attendance-status, 2026-11-22)
* #5 "Attended on time" "Seen. Counts as attended."
* #6 "Arrived late but was seen" "Seen. Counts as attended."
* #7 "Arrived late and could not be seen" "Not seen."
* #2 "Cancelled by or for the patient" "Not seen."
* #3 "Did not attend" "Not seen, and nobody said so before."
* #4 "Cancelled or postponed by the provider" "Not seen."

ValueSet: NhsAttendanceStatusVS
Id: nhs-attendance-status
Title: "NHS attendance status"
Description: "All codes of the code system of the same name: Whether the client attended: the NHS Data Dictionary's ATTENDED OR DID NOT ATTEND, as MHSDS counts it (AttendStatus)."
* insert Published(2026-11-22)
* include codes from system NhsAttendanceStatus

CodeSystem: NhsConsultationMechanism
Id: nhs-consultation-mechanism
Title: "NHS consultation mechanism"
Description: "How a contact was held: MHSDS ConsMechanismMH, version 5 and later. 01, 02, 04 and 11 are direct contacts and can count as access."
* insert PublishedList(nhs-consultation-mechanism, 2026-11-22)
* #01 "Face to face"
* #02 "Telephone"
* #04 "Talk type"
* #05 "Email"
* #09 "Text message" "Asynchronous."
* #10 "Instant messaging" "Synchronous."
* #11 "Video consultation"
* #12 "Message board"
* #13 "Chat room"
* #98 "Other"

ValueSet: NhsConsultationMechanismVS
Id: nhs-consultation-mechanism
Title: "NHS consultation mechanism"
Description: "All codes of the code system of the same name: How a contact was held: MHSDS ConsMechanismMH, version 5 and later. 01, 02, 04 and 11 are direct contacts and can count as access."
* insert Published(2026-11-22)
* include codes from system NhsConsultationMechanism

CodeSystem: NhsDataItem
Id: nhs-data-item
Title: "NHS data item"
Description: "Items of the NHS Data Dictionary that a component of an Observation answers."
* insert PublishedList(nhs-data-item, 2026-11-22)
* #WEEKLY-HOURS-WORKED "Weekly hours worked" "The answer is a code of nhs-weekly-hours-worked."

ValueSet: NhsDataItemVS
Id: nhs-data-item
Title: "NHS data item"
Description: "All codes of the code system of the same name: Items of the NHS Data Dictionary that a component of an Observation answers."
* insert Published(2026-11-22)
* include codes from system NhsDataItem

CodeSystem: NhsEmploymentStatus
Id: nhs-employment-status
Title: "NHS employment status"
Description: "MHSDS EmployStatus (MHS004): what a person's employment status is on a day."
* insert PublishedList(nhs-employment-status, 2026-11-22)
* #01 "Employed" "Includes self-employment, supported employment and permitted work."
* #02 "Unemployed and actively seeking work"
* #03 "Student, not working or seeking work"
* #04 "Long-term sick or disabled"
* #05 "Homemaker"
* #06 "Not receiving benefits and not working or seeking work"
* #07 "Unpaid voluntary work, not working or seeking work"
* #08 "Retired"
* #ZZ "Not stated" "Asked, and not answered."

ValueSet: NhsEmploymentStatusVS
Id: nhs-employment-status
Title: "NHS employment status"
Description: "All codes of the code system of the same name: MHSDS EmployStatus (MHS004): what a person's employment status is on a day."
* insert Published(2026-11-22)
* include codes from system NhsEmploymentStatus

CodeSystem: NhsWeeklyHoursWorked
Id: nhs-weekly-hours-worked
Title: "NHS weekly hours worked"
Description: "The NHS Data Dictionary's band of hours worked in a week (MHSDS WeekHoursWorked)."
* insert PublishedList(nhs-weekly-hours-worked, 2026-11-22)
* #01 "30 hours or more"
* #02 "16 to 29 hours"
* #03 "5 to 15 hours"
* #04 "1 to 4 hours"
* #97 "Not stated"
* #98 "Not applicable" "The person is not employed."
* #99 "Not known"

ValueSet: NhsWeeklyHoursWorkedVS
Id: nhs-weekly-hours-worked
Title: "NHS weekly hours worked"
Description: "All codes of the code system of the same name: The NHS Data Dictionary's band of hours worked in a week (MHSDS WeekHoursWorked)."
* insert Published(2026-11-22)
* include codes from system NhsWeeklyHoursWorked

CodeSystem: NhsReasonForReferral
Id: nhs-reason-for-referral
Title: "NHS primary reason for referral"
Description: "Of the MHSDS list of primary reasons for a referral to a mental health service (PrimReasonReferralMH, version 6): the one that is sent."
* insert Published(2026-11-30)
* ^caseSensitive = true
* ^content = #fragment
* #31 "Employment Support" "The person is referred for employment support."

ValueSet: NhsReasonForReferralVS
Id: nhs-reason-for-referral
Title: "NHS primary reason for referral"
Description: "All codes of the code system of the same name: Of the MHSDS list of primary reasons for a referral to a mental health service (PrimReasonReferralMH, version 6): the one that is sent."
* insert Published(2026-11-30)
* include codes from system NhsReasonForReferral

CodeSystem: NhsTeamType
Id: nhs-team-type
Title: "NHS team type"
Description: "Of the MHSDS list of service or team types (MHS902ServiceTeamDetails): the one that is sent."
* insert Published(2026-11-30)
* ^caseSensitive = true
* ^content = #fragment
* #D05 "Individual Placement and Support Service" "A team that gives Individual Placement and Support."

ValueSet: NhsTeamTypeVS
Id: nhs-team-type
Title: "NHS team type"
Description: "All codes of the code system of the same name: Of the MHSDS list of service or team types (MHS902ServiceTeamDetails): the one that is sent."
* insert Published(2026-11-30)
* include codes from system NhsTeamType
