"""A vocational profile as a text that a clinician reads: work now, jobs, what the person brings, wants and needs.

Every answer of the form is in it, for an EHR tends to show a document and no answers to a questionnaire.
"""

from service.forms.note import NoteVersion
from service.forms.vocational_profile import Job, Preferences, VocationalProfile
from service.mapping.code_lists import DISCLOSURE
from service.mapping.readable import blocks, client_named, headed, labelled, one_a_line, one_line, signed, work_now
from service.mapping.times import partial_day_in_words, span_in_words

PROFILE_TITLE = "Vocational profile"


def profile_text(profile: VocationalProfile, note: NoteVersion) -> str:
    about = labelled(
        ("When", span_in_words(profile.happened_at, None)),
        ("Work now", work_now(profile.employment_status, profile.weekly_hours)),
        ("Client", client_named(note)),
    )
    return blocks(
        PROFILE_TITLE,
        about,
        headed("Jobs", "\n\n".join(_job(job) for job in profile.jobs)),
        headed("Education", profile.education),
        headed("Qualifications", _qualifications(profile)),
        headed("Skills", one_a_line(profile.skills)),
        headed("Interests", one_a_line(profile.interests)),
        headed("What the person wants of a job", _wanted(profile.preferences)),
        headed("What employers may be told", _disclosure(profile)),
        headed("Benefits", one_a_line(profile.benefits)),
        headed("What helps", profile.what_helps),
        headed("What gets in the way", profile.what_gets_in_the_way),
        headed("What the person wants known about their health at work", profile.health_at_work),
        signed(note),
    )


def _job(job: Job) -> str:
    """`Kitchen porter, Hotel Royal; March 2019 to 2021; 20 hours a week`, and what was said of it below."""
    employer = f", {one_line(job.employer)}" if job.employer else ""
    hours = f"{job.hours_per_week} hours a week" if job.hours_per_week is not None else None
    facts = "; ".join(fact for fact in (f"{one_line(job.title)}{employer}", _years(job), hours) if fact)
    said = (("Liked", job.liked), ("Disliked", job.disliked), ("Why it ended", job.why_left))
    return "\n".join([f"- {facts}", *(f"  {label}: {one_line(words)}" for label, words in said if words)])


def _years(job: Job) -> str | None:
    started = f"from {partial_day_in_words(job.started)}" if job.started else ""
    ended = "present job" if job.current else f"until {partial_day_in_words(job.ended)}" if job.ended else ""
    return ", ".join(filter(None, (started, ended))) or None


def _qualifications(profile: VocationalProfile) -> str:
    return one_a_line(
        f"{one.name} ({partial_day_in_words(one.gained)})" if one.gained else one.name for one in profile.qualifications
    )


def _wanted(wanted: Preferences | None) -> str:
    if wanted is None:
        return ""
    said = (
        ("Work", wanted.work),
        ("Hours", wanted.hours),
        ("Days", wanted.days),
        ("Place and travel", wanted.place_and_travel),
        ("Pay", wanted.pay),
        ("Surroundings", wanted.surroundings),
    )
    return "\n".join(f"{label}: {one_line(words)}" for label, words in said if words)


def _disclosure(profile: VocationalProfile) -> str:
    if profile.disclosure is None:
        return ""
    preference = DISCLOSURE[profile.disclosure.preference].display
    return f"{preference}\n{profile.disclosure.words}" if profile.disclosure.words else preference
