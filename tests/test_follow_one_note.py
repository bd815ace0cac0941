"""One note can be followed straight down: few files, each of which imports the next by name."""

import pytest

from tests.source import source

# (the file one reads, the name in it that leads to the next file), in the order in which a note passes them.
STEPS = [
    ("service/intake/routes.py", "service.intake.receive.receive_notes"),
    ("service/intake/receive.py", "service.mapping.to_resources.to_resources"),
    ("service/mapping/to_resources.py", "service.forms.contact.Contact"),
    ("service/mapping/to_resources.py", "service.mapping.contact.contact_to_resources"),
    ("service/intake/receive.py", "service.intake.store.store"),
    ("service/intake/store.py", "service.outbox.queue.ENQUEUE"),
    # - - - - - - - - - - - - - - - - the worker - - - - - - - - - - - - - - - -
    ("service/worker.py", "service.outbox.deliver.deliver"),
    ("service/worker.py", "service.push.push.push"),
    ("service/push/push.py", "service.push.send_bundle.send_bundle"),  # or send_one, or send_document: one of three
    ("service/push/push.py", "service.push.ehr.Ehr"),
]


@pytest.mark.parametrize(("file", "leads_to"), STEPS)
def test_each_file_on_the_way_of_a_note_names_the_next(file: str, leads_to: str) -> None:
    assert leads_to in source(file).imported


def test_the_way_of_a_note_leads_through_at_most_twelve_files() -> None:
    read = {file for file, _ in STEPS} | {_file_of(leads_to) for _, leads_to in STEPS}
    assert len(read) <= 12, sorted(read)


def _file_of(name: str) -> str:
    return name.rpartition(".")[0].replace(".", "/") + ".py"
