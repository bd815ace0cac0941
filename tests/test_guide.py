"""What `fhir_profiles/` tells whoever integrates: the worked examples are the samples."""

from tests.examples_on_disk import PAGE, page


def test_the_worked_examples_are_what_the_samples_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "Run python -m tests.examples_on_disk."
