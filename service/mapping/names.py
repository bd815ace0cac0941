"""What a trust sets for the mapping: our own URLs, all under its one base, and what is written into resources."""

from dataclasses import dataclass

from service.settings import Settings

UK_CORE = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"
ODS = "https://fhir.nhs.uk/Id/ods-organization-code"
QUESTIONNAIRE_VERSION = "2.0.0"


@dataclass(frozen=True, slots=True)
class Names:
    """Made once from the settings; the base is chosen before the first note and never changed.

    `with_pay`: whether what a job pays goes into the record. Nobody needs it for care.
    """

    fhir_base: str
    ods_code: str | None = None
    with_pay: bool = False

    def identifiers(self, of_what: str) -> str:
        """The identifier system of `resource`, `note`, `specialist` or `software`."""
        return f"{self.fhir_base}/Id/{of_what}"

    def code_system(self, name: str) -> str:
        return f"{self.fhir_base}/CodeSystem/{name}"

    def profile(self, name: str) -> str:
        """A profile or an extension: both are StructureDefinitions."""
        return f"{self.fhir_base}/StructureDefinition/{name}"

    def questionnaire(self, name: str) -> str:
        """The canonical with its version, as a QuestionnaireResponse says which questions it answers: one a kind."""
        return f"{self.fhir_base}/Questionnaire/{name}|{QUESTIONNAIRE_VERSION}"

    def policy(self, name: str) -> str:
        """What a Consent is about."""
        return f"{self.fhir_base}/policy/{name}"


def names_of(settings: Settings) -> Names:
    """As the trust has set it."""
    return Names(settings.fhir_base, settings.ods_code, settings.pay_in_record)
