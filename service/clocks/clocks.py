"""The way in: every clock of one client, as it stands on a day. Pure: notes in, days out.

`intake/client_clocks.py` reads the notes and answers with these.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from service.clocks.around_job_start import JobStart, job_starts
from service.clocks.clock import Clock
from service.clocks.first_contacts import first_contact_clocks, last_contact_clock
from service.clocks.freshness import goal_clocks, profile_clock
from service.clocks.history import history_of
from service.clocks.work import work_clocks
from service.forms.note import Form


@dataclass(frozen=True, slots=True)
class Clocks:
    """All of them. `clocks` are in the order in which a person goes through IPS."""

    on: date
    clocks: tuple[Clock, ...]
    job_starts: tuple[JobStart, ...]


def clocks_of(forms: Iterable[Form], on: date) -> Clocks:
    """`forms` are the newest versions of one client's notes, none retracted, in any order."""
    history = history_of(forms)
    return Clocks(
        on=on,
        clocks=(
            *first_contact_clocks(history, on),
            last_contact_clock(history, on),
            profile_clock(history, on),
            *goal_clocks(history, on),
            *work_clocks(history, on),
        ),
        job_starts=job_starts(history, on),
    )
