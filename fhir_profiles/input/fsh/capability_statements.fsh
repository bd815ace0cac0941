// What Joined Up does as a client of an EHR, and what it asks of the EHR. Held to the code that does it:
// tests/test_capability_statements.py.

RuleSet: Interaction(code)
* interaction[+].code = #{code}

RuleSet: Search(name, type)
* searchParam[+].name = "{name}"
* searchParam[=].type = #{type}

// Where the EHR wants a document filed against something of its own.
RuleSet: FiledAgainst(what)
* searchParam[=].documentation = "Where documents have to be filed against {what} of the EHR's own."

RuleSet: TakenAway
* insert Interaction(delete)
* interaction[=].documentation = "By joinedup ehr check --probe alone, of what it wrote itself: a delivery deletes nothing."

// What a type that is written goes through: looked for by our identifier, created, changed, read.
RuleSet: Written
* insert Interaction(create)
* insert Interaction(read)
* insert Interaction(update)
* insert Interaction(search-type)
* insert TakenAway
* conditionalUpdate = true
* insert Search(identifier, token)

// A type that is only looked up.
RuleSet: LookedUp(type)
* type = #{type}
* insert Interaction(search-type)
* insert Search(identifier, token)

// How much something matters, by HL7's extension: SHALL, SHOULD or MAY.
RuleSet: WantedInteraction(code, how)
* insert Interaction({code})
* interaction[=].extension[0].url = $expectation
* interaction[=].extension[0].valueCode = #{how}

RuleSet: WantedSearch(name, type, how)
* insert Search({name}, {type})
* searchParam[=].extension[0].url = $expectation
* searchParam[=].extension[0].valueCode = #{how}

RuleSet: WantedWritten
* insert WantedInteraction(create, SHOULD)
* insert WantedInteraction(read, SHOULD)
* insert WantedInteraction(update, SHOULD)
* insert WantedInteraction(search-type, SHOULD)
* versioning = #versioned-update
* conditionalUpdate = true
* insert WantedSearch(identifier, token, SHOULD)

// Without it, who wrote a note is named by a logical reference.
RuleSet: WantedStaff(type)
* type = #{type}
* insert WantedInteraction(search-type, SHOULD)
* insert WantedSearch(identifier, token, SHOULD)

Instance: joined-up
InstanceOf: CapabilityStatement
Usage: #definition
* insert PublishedInstance(CapabilityStatement, joined-up, 2026-11-30)
* name = "JoinedUpAsClient"
* title = "What Joined Up does"
* description = "As a client of the EHR's FHIR API: all the interactions that it uses, each where the EHR offers it. As a server: the Questionnaires of its notes, and their answers. To a record without a FHIR API it sends each note as a FHIR document, by NHS MESH or in a folder."
* kind = #capability
* software.name = "Joined Up"
* fhirVersion = #4.0.1
* format = #application/fhir+json
* rest
  * mode = #client
  * documentation = "X-Correlation-ID is the note's id. The search for a patient goes by POST, so that no NHS number stands in a URL."
  * security
    * service[+] = $security-service#SMART-on-FHIR
    * service[+] = $security-service#Certificates
    * description = "SMART Backend Services with our own keys or a client secret, mutual TLS, or a header: as the EHR wants it."
  * insert Interaction(transaction)
  * resource[+]
    * insert SentCarePlan
    * insert Written
  * resource[+]
    * insert SentCareTeam
    * insert Written
  * resource[+]
    * insert SentCommunicationRequest
    * insert Written
  * resource[+]
    * insert SentConsent
    * insert Written
  * resource[+]
    * insert SentDocumentReference
    * insert Written
  * resource[+]
    * insert SentEncounter
    * insert Written
    * insert Search(patient, reference)
    * insert FiledAgainst(an encounter)
  * resource[+]
    * insert SentEpisodeOfCare
    * insert Written
    * insert Search(patient, reference)
    * insert FiledAgainst(an episode of care)
  * resource[+]
    * insert SentGoal
    * insert Written
  * resource[+]
    * insert SentObservation
    * insert Written
  * resource[+]
    * insert LookedUp(Patient)
  * resource[+]
    * insert LookedUp(Practitioner)
  * resource[+]
    * insert LookedUp(PractitionerRole)
  * resource[+]
    * insert SentProcedure
    * insert Written
  * resource[+]
    * insert SentProvenance
    * insert Interaction(create)
    * insert Interaction(read)
    * insert Interaction(search-type)
    * insert TakenAway
    * insert Search(target, reference)
  * resource[+]
    * insert SentQuestionnaireResponse
    * insert Written
  * resource[+]
    * insert SentRelatedPerson
    * insert Written
  * resource[+]
    * insert SentServiceRequest
    * insert Written
  * resource[+]
    * insert SentTask
    * insert Written
* rest[+]
  * mode = #server
  * documentation = "Below /fhir. Callers bear a token of the trust's issuers, systems one with SMART v2 scopes; roles and scopes say what they may, and records of other teams are not seen."
  * resource[+]
    * type = #AuditEvent
    * documentation = "Who did what, about whom: for the privacy officer."
    * insert Interaction(read)
    * insert Interaction(search-type)
    * insert Search(action, token)
    * insert Search(agent, reference)
    * insert Search(date, date)
    * insert Search(patient, reference)
  * resource[+]
    * type = #Questionnaire
    * documentation = "One for each kind of note, made from its form."
    * insert Interaction(read)
    * insert Interaction(search-type)
    * insert Search(_id, token)
    * insert Search(name, string)
    * insert Search(url, uri)
  * resource[+]
    * type = #QuestionnaireResponse
    * documentation = "A note as the answers to its kind's Questionnaire. With our identifier, the same sent again is stored once."
    * insert Interaction(create)

Instance: receiving-ehr
InstanceOf: CapabilityStatement
Usage: #definition
* insert PublishedInstance(CapabilityStatement, receiving-ehr, 2026-11-30)
* name = "ReceivingEhr"
* title = "What an EHR has to offer"
* description = "What Joined Up asks of the EHR that receives its notes. SHALL: find the patient by NHS number, and take a document; then each note arrives as a text to read. SHOULD: what makes it arrive as structure as well. What the EHR does not take as structure stands in the document; a record without a FHIR API is sent messages."
* kind = #requirements
* fhirVersion = #4.0.1
* format = #application/fhir+json
* rest
  * mode = #server
  * documentation = "transaction and conditionalUpdate go together (strategy A); without one of them each resource is written by itself (B). versioning versioned-update says that If-Match is heeded, which keeps a clinician's change from being overwritten. All three SHOULD be offered for what is written."
  * insert WantedInteraction(transaction, SHOULD)
  * resource[+]
    * insert SentCarePlan
    * insert WantedWritten
  * resource[+]
    * insert SentCareTeam
    * insert WantedWritten
  * resource[+]
    * insert SentCommunicationRequest
    * insert WantedWritten
  * resource[+]
    * insert SentConsent
    * insert WantedWritten
  * resource[+]
    * insert SentDocumentReference
    * insert WantedWritten
    * interaction[0].extension[0].valueCode = #SHALL
  * resource[+]
    * insert SentEncounter
    * insert WantedWritten
    * insert WantedSearch(patient, reference, MAY)
    * insert FiledAgainst(an encounter)
  * resource[+]
    * insert SentEpisodeOfCare
    * insert WantedWritten
    * insert WantedSearch(patient, reference, MAY)
    * insert FiledAgainst(an episode of care)
  * resource[+]
    * insert SentGoal
    * insert WantedWritten
  * resource[+]
    * insert SentObservation
    * insert WantedWritten
  * resource[+]
    * type = #Patient
    * documentation = "By POST to _search. NHS number and date of birth both have to match exactly one active patient."
    * insert WantedInteraction(search-type, SHALL)
    * insert WantedSearch(identifier, token, SHALL)
  * resource[+]
    * insert WantedStaff(Practitioner)
  * resource[+]
    * insert WantedStaff(PractitionerRole)
  * resource[+]
    * insert SentProcedure
    * insert WantedWritten
  * resource[+]
    * insert SentProvenance
    * documentation = "R4 gives it no identifier: it is found by what it is about."
    * insert WantedInteraction(create, SHOULD)
    * insert WantedInteraction(read, SHOULD)
    * insert WantedInteraction(search-type, SHOULD)
    * insert WantedSearch(target, reference, SHOULD)
  * resource[+]
    * insert SentQuestionnaireResponse
    * insert WantedWritten
  * resource[+]
    * insert SentRelatedPerson
    * insert WantedWritten
  * resource[+]
    * insert SentServiceRequest
    * insert WantedWritten
  * resource[+]
    * insert SentTask
    * insert WantedWritten
