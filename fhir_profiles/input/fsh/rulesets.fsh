// What many definitions repeat. A parameter may hold no comma and no bracket.

// Everything that is published: version, publisher, and the day of its last change.
RuleSet: Published(on)
* ^version = "1.0.0"
* ^status = #active
* ^experimental = false
* ^date = "{on}"
* ^publisher = "Joined Up"
* ^jurisdiction = urn:iso:std:iso:3166#GB

// A CodeSystem of ours, with the ValueSet of all its codes.
RuleSet: PublishedList(id, on)
* insert Published({on})
* ^caseSensitive = true
* ^valueSet = "https://ips.example.nhs.uk/ValueSet/{id}"

// What is no profile and no list: a ConceptMap, a CapabilityStatement.
RuleSet: PublishedInstance(type, id, on)
* url = "https://ips.example.nhs.uk/{type}/{id}"
* version = "1.0.0"
* status = #active
* experimental = false
* date = "{on}"
* publisher = "Joined Up"
* jurisdiction = urn:iso:std:iso:3166#GB

// Every resource that R4 gives an identifier can be found by ours.
RuleSet: OurIdentifier
* identifier 1..1
  * ^short = "Our stable id: the same in every version of the note"
  * system 1..
  * system = "https://ips.example.nhs.uk/Id/resource"
  * value 1..

RuleSet: TheClient(path)
* {path} 1..1
* {path} only Reference(Patient)
* {path} ^short = "The client"

RuleSet: SocialHistory
* category 1..1
* category = $observation-category#social-history

// Among the codings exactly one is of a list of ours; others may stand beside it.
RuleSet: OneCoding(name, list, system)
* coding ^slicing.discriminator.type = #value
  * ^slicing.discriminator.path = "system"
  * ^slicing.rules = #open
* coding contains {name} 1..1
* coding[{name}] from {list} (required)
  * system 1..
  * system = "https://ips.example.nhs.uk/CodeSystem/{system}"
  * code 1..

// Every note is a plain text, too, for whoever reads the record: all of it, and in one place.
RuleSet: DocumentToRead
* insert DocumentOfSeveral
* author ..1

// Of one who began the note, and perhaps of others.
RuleSet: DocumentOfSeveral
* insert OurIdentifier
* status from DocumentStatus (required)
* docStatus 1..
* docStatus from DocumentTextStatus (required)
* type 1..
* insert TheClient(subject)
* date 1..
  * ^short = "When it was written, by the phone's clock"
* author 1..
* author only Reference(Practitioner or PractitionerRole)
* description 1..
* content ..1
  * attachment
    * contentType 1..
    * contentType = #text/plain;charset=UTF-8
    * data 1..
    * url ..0
    * title 1..

// A component that is answered by a code of one list.
RuleSet: AnsweredFrom(item, list)
* code = WorkDataItem#{item}
* value[x] 1..
* value[x] only CodeableConcept
* value[x] from {list} (required)

RuleSet: Pounds(item)
* ^short = "Pounds before tax, where the trust has pay in the record"
* code = WorkDataItem#{item}
* value[x] 1..
* value[x] only Quantity
  * system 1..
  * system = "urn:iso:std:iso:4217"
  * code 1..
  * code = #GBP
