// From the forms' words to the NHS's codes, and from those to SNOMED CT. Held to the code that sends them:
// tests/test_concept_maps.py. A word has one code of the NHS, so the maps can be followed either way.

// The same, in the other list.
RuleSet: Same(word, code, display)
* element[+]
  * code = #{word}
  * target
    * code = #{code}
    * display = "{display}"
    * equivalence = #equivalent

// Of SNOMED CT; `how` is the target's side: wider says less than the NHS's code does.
RuleSet: Snomed(code, how, target, display, comment)
* element[+]
  * code = #{code}
  * target
    * code = #{target}
    * display = "{display}"
    * equivalence = #{how}
    * comment = "{comment}"

RuleSet: SaidNowhere(code)
* element[+]
  * code = #{code}
  * target.equivalence = #unmatched

Instance: attendance-to-nhs
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, attendance-to-nhs, 2026-11-30)
* name = "AttendanceToNhs"
* title = "From a form's word for attendance to the NHS's code"
* description = "A form's word for attendance, and the code that is sent for it: MHSDS AttendStatus."
* sourceCanonical = Canonical(WordAttendanceVS)
* targetCanonical = Canonical(NhsAttendanceStatusVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/word-attendance"
  * target = "https://ips.example.nhs.uk/CodeSystem/nhs-attendance-status"
  * insert Same(on_time, 5, Attended on time)
  * insert Same(late_but_seen, 6, Arrived late but was seen)
  * insert Same(late_not_seen, 7, Arrived late and could not be seen)
  * insert Same(cancelled_by_client, 2, Cancelled by or for the patient)
  * insert Same(did_not_attend, 3, Did not attend)
  * insert Same(cancelled_by_provider, 4, Cancelled or postponed by the provider)

Instance: mechanism-to-nhs
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, mechanism-to-nhs, 2026-11-30)
* name = "MechanismToNhs"
* title = "From a form's word for how a contact was held to the NHS's code"
* description = "A form's word for how a contact was held, and the code that is sent for it: MHSDS ConsMechanismMH."
* sourceCanonical = Canonical(WordMechanismVS)
* targetCanonical = Canonical(NhsConsultationMechanismVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/word-mechanism"
  * target = "https://ips.example.nhs.uk/CodeSystem/nhs-consultation-mechanism"
  * insert Same(face_to_face, 01, Face to face)
  * insert Same(telephone, 02, Telephone)
  * insert Same(talk_type, 04, Talk type)
  * insert Same(email, 05, Email)
  * insert Same(text_message, 09, Text message)
  * insert Same(instant_messaging, 10, Instant messaging)
  * insert Same(video, 11, Video consultation)
  * insert Same(message_board, 12, Message board)
  * insert Same(chat_room, 13, Chat room)
  * insert Same(other, 98, Other)

Instance: place-to-nhs
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, place-to-nhs, 2026-11-30)
* name = "PlaceToNhs"
* title = "From a form's word for the place of a contact to the NHS's code"
* description = "A form's word for the place of a contact, and the code that is sent for it: MHSDS ActLocTypeCode, as UK Core publishes it."
* sourceCanonical = Canonical(WordPlaceVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/word-place"
  * target = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EncounterLocationTypeEngland"
  * insert Same(clients_home, A01, Patient's Home)
  * insert Same(carers_home, A02, Carer's Home)
  * insert Same(clients_workplace, A03, Patient's Workplace)
  * insert Same(other_client_related, A04, Other Patient Related Location)
  * insert Same(health_centre, B01, Primary Care Health Centre)
  * insert Same(gp_practice, C01, General Medical Practitioner Practice)
  * insert Same(outpatient_clinic, E01, Out-Patient Clinic)
  * insert Same(day_centre, H01, Day Centre)
  * insert Same(resource_centre, J01, Resource Centre)
  * insert Same(college, L02, Further Education College)
  * insert Same(university, L03, University)
  * insert Same(training_establishment, L06, Training Establishments)
  * insert Same(street_or_open_space, N01, Street or other public open space)
  * insert Same(other_public_building, N02, Other publicly accessible area or building)
  * insert Same(voluntary_premises, N03, Voluntary or charitable agency premises)
  * insert Same(other, X01, Other locations not elsewhere classified)

Instance: employment-status-to-nhs
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, employment-status-to-nhs, 2026-11-30)
* name = "EmploymentStatusToNhs"
* title = "From a form's word for employment status to the NHS's code"
* description = "A form's word for employment status, and the code that is sent for it: MHSDS EmployStatus."
* sourceCanonical = Canonical(WordEmploymentStatusVS)
* targetCanonical = Canonical(NhsEmploymentStatusVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/word-employment-status"
  * target = "https://ips.example.nhs.uk/CodeSystem/nhs-employment-status"
  * insert Same(employed, 01, Employed)
  * insert Same(unemployed_and_seeking, 02, Unemployed and actively seeking work)
  * insert Same(student_not_seeking, 03, [[Student, not working or seeking work]])
  * insert Same(long_term_sick_or_disabled, 04, Long-term sick or disabled)
  * insert Same(homemaker, 05, Homemaker)
  * insert Same(not_seeking_no_benefits, 06, Not receiving benefits and not working or seeking work)
  * insert Same(unpaid_voluntary_work, 07, [[Unpaid voluntary work, not working or seeking work]])
  * insert Same(retired, 08, Retired)
  * insert Same(not_stated, ZZ, Not stated)

Instance: weekly-hours-to-nhs
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, weekly-hours-to-nhs, 2026-11-30)
* name = "WeeklyHoursToNhs"
* title = "From a form's word for weekly hours to the NHS's code"
* description = "A form's word for weekly hours, and the code that is sent for it: MHSDS WeekHoursWorked."
* sourceCanonical = Canonical(WordWeeklyHoursVS)
* targetCanonical = Canonical(NhsWeeklyHoursWorkedVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/word-weekly-hours"
  * target = "https://ips.example.nhs.uk/CodeSystem/nhs-weekly-hours-worked"
  * insert Same(30_or_more, 01, 30 hours or more)
  * insert Same(16_to_29, 02, 16 to 29 hours)
  * insert Same(5_to_15, 03, 5 to 15 hours)
  * insert Same(1_to_4, 04, 1 to 4 hours)
  * insert Same(not_stated, 97, Not stated)
  * insert Same(not_known, 99, Not known)

Instance: nhs-employment-status-to-snomed
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, nhs-employment-status-to-snomed, 2026-11-30)
* name = "NhsEmploymentStatusToSnomed"
* title = "From the NHS's employment status to SNOMED CT"
* description = "The SNOMED CT code that is sent beside the NHS's employment status, where one says the same or less."
* sourceCanonical = Canonical(NhsEmploymentStatusVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/nhs-employment-status"
  * target = $sct
  * insert Snomed(01, equivalent, 224363007, Employed, Both take in every sort of employment.)
  * insert Snomed(02, wider, 73438004, Unemployed, SNOMED CT does not say whether work is sought.)
  * insert Snomed(03, wider, 65853000, Student, SNOMED CT does not say whether work is done or sought.)
  * insert SaidNowhere(04)
  * insert SaidNowhere(05)
  * insert Snomed(06, wider, 224382003, Not seeking work, SNOMED CT says nothing of benefits.)
  * insert Snomed(07, wider, 224372004, Does voluntary work, SNOMED CT does not say whether work is sought.)
  * insert Snomed(08, equivalent, 105493001, [[Retired, life event]], Both say that the person has retired.)
  * insert SaidNowhere(ZZ)

Instance: nhs-consultation-mechanism-to-snomed
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, nhs-consultation-mechanism-to-snomed, 2026-11-30)
* name = "NhsConsultationMechanismToSnomed"
* title = "From the NHS's consultation mechanism to SNOMED CT"
* description = "The SNOMED CT encounter type that is sent beside the NHS's consultation mechanism."
* sourceCanonical = Canonical(NhsConsultationMechanismVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/nhs-consultation-mechanism"
  * target = $sct
  * insert SaidNowhere(01)
  * insert Snomed(02, relatedto, 185317003, Telephone encounter, [[One is a means, the other an encounter by that means.]])
  * insert SaidNowhere(04)
  * insert SaidNowhere(05)
  * insert Snomed(09, relatedto, 445450000, Encounter by short message service text messaging, [[One is a means, the other an encounter by that means.]])
  * insert SaidNowhere(10)
  * insert Snomed(11, relatedto, 307321000000107, Video-link encounter, [[One is a means, the other an encounter by that means.]])
  * insert SaidNowhere(12)
  * insert SaidNowhere(13)
  * insert SaidNowhere(98)

Instance: location-type-to-snomed
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, location-type-to-snomed, 2026-11-30)
* name = "LocationTypeToSnomed"
* title = "From UK Core's location type to SNOMED CT"
* description = "The SNOMED CT encounter type that is sent beside the location type, where the client was seen face to face."
* group
  * source = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EncounterLocationTypeEngland"
  * target = $sct
  * insert Snomed(A01, relatedto, 270420001, Seen in own home, [[One is a place, the other that the person was seen there.]])
  * insert SaidNowhere(A02)
  * insert Snomed(A03, relatedto, 185208001, Seen in work place, [[One is a place, the other that the person was seen there.]])
  * insert SaidNowhere(A04)
  * insert Snomed(B01, relatedto, 185203005, Seen in Health Centre, [[One is a place, the other that the person was seen there.]])
  * insert SaidNowhere(C01)
  * insert Snomed(E01, relatedto, 431957001, Seen in mental health clinic, [[One is a place, the other that the person was seen there.]])
  * insert SaidNowhere(H01)
  * insert SaidNowhere(J01)
  * insert SaidNowhere(L02)
  * insert SaidNowhere(L03)
  * insert SaidNowhere(L06)
  * insert SaidNowhere(N01)
  * insert SaidNowhere(N02)
  * insert SaidNowhere(N03)
  * insert SaidNowhere(X01)

Instance: referral-source-to-snomed
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, referral-source-to-snomed, 2026-11-30)
* name = "ReferralSourceToSnomed"
* title = "From our source of a referral to SNOMED CT"
* description = "The SNOMED CT source of a referral that is sent beside ours. Of a clinician it goes by the role: see clinical-role-to-snomed."
* sourceCanonical = Canonical(ReferralSourceVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/referral-source"
  * target = $sct
  * insert Snomed(client, relatedto, 310434002, Self-referral to service, [[One is who referred, the other that they did.]])
  * insert SaidNowhere(clinician)
  * insert SaidNowhere(team-meeting)
  * insert Snomed(gp, relatedto, 108161000000109, Referred by general practitioner, [[One is who referred, the other that they did.]])
  * insert SaidNowhere(other)

Instance: clinical-role-to-snomed
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, clinical-role-to-snomed, 2026-11-30)
* name = "ClinicalRoleToSnomed"
* title = "From our clinical role to SNOMED CT"
* description = "The SNOMED CT source of a referral that is sent where a clinician of this role referred."
* sourceCanonical = Canonical(ClinicalRoleVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/clinical-role"
  * target = $sct
  * insert SaidNowhere(care-coordinator)
  * insert SaidNowhere(psychiatrist)
  * insert Snomed(nurse, relatedto, 185362004, Referred by nurse, [[One is who referred, the other that they did.]])
  * insert SaidNowhere(psychologist)
  * insert SaidNowhere(occupational-therapist)
  * insert Snomed(social-worker, relatedto, 185365002, Referred by social worker, [[One is who referred, the other that they did.]])
  * insert SaidNowhere(support-worker)
  * insert Snomed(pharmacist, relatedto, 185369008, Referred by pharmacist, [[One is who referred, the other that they did.]])
  * insert SaidNowhere(team-manager)
  * insert SaidNowhere(gp)

Instance: job-end-reason-to-snomed
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, job-end-reason-to-snomed, 2026-11-30)
* name = "JobEndReasonToSnomed"
* title = "From our reason why a job ended to SNOMED CT"
* description = "The SNOMED CT code that is sent beside our reason why a job ended."
* sourceCanonical = Canonical(JobEndReasonVS)
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/job-end-reason"
  * target = $sct
  * insert SaidNowhere(found-another-job)
  * insert SaidNowhere(resigned)
  * insert Snomed(dismissed, equivalent, 105496009, Dismissed from job, Both say that the employer ended it.)
  * insert SaidNowhere(redundant)
  * insert SaidNowhere(contract-ended)
  * insert SaidNowhere(health)
  * insert Snomed(retired, wider, 105493001, [[Retired, life event]], SNOMED CT does not say that a job ended with it.)
  * insert SaidNowhere(other)

Instance: works-as-to-hl7
InstanceOf: ConceptMap
Usage: #definition
* insert PublishedInstance(ConceptMap, works-as-to-hl7, 2026-11-30)
* name = "WorksAsToHl7"
* title = "From how somebody works to HL7's work classification"
* description = "The class of work that is sent with a job. Whose business an employee works in is not asked, so none is sent for them."
* group
  * source = "https://ips.example.nhs.uk/CodeSystem/note-answer"
  * target = $v3-WorkClassificationODH
  * insert SaidNowhere(job.works_as.employee)
  * insert Same(job.works_as.self_employed, PWSE, [[Paid work, self-employed]])
  * insert Same(job.works_as.volunteer, VW, Voluntary work)
