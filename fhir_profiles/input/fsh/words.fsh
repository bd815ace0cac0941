// The words that a note is posted with, where the NHS or SNOMED CT has a code for them: what the maps begin with.
// A word of any other list is the code of our own list, with `_` for `-`.

CodeSystem: WordAttendance
Id: word-attendance
Title: "Words for attendance"
Description: "How a form says whether the client attended (`attendance` of a contact)."
* insert PublishedList(word-attendance, 2026-11-30)
* #on_time "Attended on time"
* #late_but_seen "Arrived late but was seen"
* #late_not_seen "Arrived late and could not be seen"
* #cancelled_by_client "Cancelled by or for the patient"
* #did_not_attend "Did not attend"
* #cancelled_by_provider "Cancelled or postponed by the provider"

ValueSet: WordAttendanceVS
Id: word-attendance
Title: "Words for attendance"
Description: "All codes of the code system of the same name: How a form says whether the client attended (`attendance` of a contact)."
* insert Published(2026-11-30)
* include codes from system WordAttendance

CodeSystem: WordMechanism
Id: word-mechanism
Title: "Words for how a contact was held"
Description: "How a form says by which means a contact was held (`mechanism` of a contact)."
* insert PublishedList(word-mechanism, 2026-11-30)
* #face_to_face "Face to face"
* #telephone "Telephone"
* #talk_type "Talk type"
* #email "Email"
* #text_message "Text message"
* #instant_messaging "Instant messaging"
* #video "Video consultation"
* #message_board "Message board"
* #chat_room "Chat room"
* #other "Other"

ValueSet: WordMechanismVS
Id: word-mechanism
Title: "Words for how a contact was held"
Description: "All codes of the code system of the same name: How a form says by which means a contact was held (`mechanism` of a contact)."
* insert Published(2026-11-30)
* include codes from system WordMechanism

CodeSystem: WordPlace
Id: word-place
Title: "Words for the place of a contact"
Description: "How a form says where a contact took place (`place` of a contact)."
* insert PublishedList(word-place, 2026-11-30)
* #clients_home "Patient's Home"
* #carers_home "Carer's Home"
* #clients_workplace "Patient's Workplace"
* #other_client_related "Other Patient Related Location"
* #health_centre "Primary Care Health Centre"
* #gp_practice "General Medical Practitioner Practice"
* #outpatient_clinic "Out-Patient Clinic"
* #day_centre "Day Centre"
* #resource_centre "Resource Centre"
* #college "Further Education College"
* #university "University"
* #training_establishment "Training Establishments"
* #street_or_open_space "Street or other public open space"
* #other_public_building "Other publicly accessible area or building"
* #voluntary_premises "Voluntary or charitable agency premises"
* #other "Other locations not elsewhere classified"

ValueSet: WordPlaceVS
Id: word-place
Title: "Words for the place of a contact"
Description: "All codes of the code system of the same name: How a form says where a contact took place (`place` of a contact)."
* insert Published(2026-11-30)
* include codes from system WordPlace

CodeSystem: WordEmploymentStatus
Id: word-employment-status
Title: "Words for the employment status"
Description: "How a form says what the employment status is (`employment_status`)."
* insert PublishedList(word-employment-status, 2026-11-30)
* #employed "Employed"
* #unemployed_and_seeking "Unemployed and actively seeking work"
* #student_not_seeking "Student, not working or seeking work"
* #long_term_sick_or_disabled "Long-term sick or disabled"
* #homemaker "Homemaker"
* #not_seeking_no_benefits "Not receiving benefits and not working or seeking work"
* #unpaid_voluntary_work "Unpaid voluntary work, not working or seeking work"
* #retired "Retired"
* #not_stated "Not stated"

ValueSet: WordEmploymentStatusVS
Id: word-employment-status
Title: "Words for the employment status"
Description: "All codes of the code system of the same name: How a form says what the employment status is (`employment_status`)."
* insert Published(2026-11-30)
* include codes from system WordEmploymentStatus

CodeSystem: WordWeeklyHours
Id: word-weekly-hours
Title: "Words for the weekly hours"
Description: "How a form says the band of weekly hours worked (`weekly_hours`)."
* insert PublishedList(word-weekly-hours, 2026-11-30)
* #30_or_more "30 hours or more"
* #16_to_29 "16 to 29 hours"
* #5_to_15 "5 to 15 hours"
* #1_to_4 "1 to 4 hours"
* #not_stated "Not stated"
* #not_known "Not known"

ValueSet: WordWeeklyHoursVS
Id: word-weekly-hours
Title: "Words for the weekly hours"
Description: "All codes of the code system of the same name: How a form says the band of weekly hours worked (`weekly_hours`)."
* insert Published(2026-11-30)
* include codes from system WordWeeklyHours
