// The types that are sent, with the profiles they are sent in: both CapabilityStatements name them. Held to what is
// published by tests/test_capability_statements.py: a new profile is named in the rule set of its type.

RuleSet: SentCarePlan
* type = #CarePlan
* supportedProfile[+] = Canonical(EmploymentPlan)
* supportedProfile[+] = Canonical(SupportPlan)

RuleSet: SentCareTeam
* type = #CareTeam
* supportedProfile[+] = Canonical(IpsCareTeam)

RuleSet: SentCommunicationRequest
* type = #CommunicationRequest
* supportedProfile[+] = Canonical(JobMatchInformation)

RuleSet: SentConsent
* type = #Consent
* supportedProfile[+] = Canonical(DisclosureDecision)

RuleSet: SentDocumentReference
* type = #DocumentReference
* supportedProfile[+] = Canonical(BenefitsAdviceDocument)
* supportedProfile[+] = Canonical(ContactNote)
* supportedProfile[+] = Canonical(DisclosureDecisionDocument)
* supportedProfile[+] = Canonical(EmploymentPlanDocument)
* supportedProfile[+] = Canonical(EmploymentStatusDocument)
* supportedProfile[+] = Canonical(JobDocument)
* supportedProfile[+] = Canonical(ReferralDocument)
* supportedProfile[+] = Canonical(SupportPlanDocument)
* supportedProfile[+] = Canonical(TeamRequestDocument)
* supportedProfile[+] = Canonical(VocationalProfileDocument)

RuleSet: SentEncounter
* type = #Encounter
* supportedProfile[+] = Canonical(Contact)

RuleSet: SentEpisodeOfCare
* type = #EpisodeOfCare
* supportedProfile[+] = Canonical(IpsEpisode)

RuleSet: SentGoal
* type = #Goal
* supportedProfile[+] = Canonical(WorkGoal)

RuleSet: SentObservation
* type = #Observation
* supportedProfile[+] = Canonical(BenefitStatus)
* supportedProfile[+] = Canonical(EmploymentStatus)
* supportedProfile[+] = Canonical(Job)

RuleSet: SentProcedure
* type = #Procedure
* supportedProfile[+] = Canonical(BenefitsAdvice)
* supportedProfile[+] = Canonical(IpsActivity)
* supportedProfile[+] = Canonical(VocationalAssessment)

RuleSet: SentProvenance
* type = #Provenance
* supportedProfile[+] = Canonical(NoteProvenance)

RuleSet: SentQuestionnaireResponse
* type = #QuestionnaireResponse
* supportedProfile[+] = Canonical(VocationalProfile)

RuleSet: SentRelatedPerson
* type = #RelatedPerson
* supportedProfile[+] = Canonical(EmployersPerson)

RuleSet: SentServiceRequest
* type = #ServiceRequest
* supportedProfile[+] = Canonical(Referral)

RuleSet: SentTask
* type = #Task
* supportedProfile[+] = Canonical(ReferralProgress)
* supportedProfile[+] = Canonical(SupportPlanLine)
* supportedProfile[+] = Canonical(TeamRequest)
* supportedProfile[+] = Canonical(WorkGoalStep)
