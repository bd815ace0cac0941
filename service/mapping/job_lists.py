"""The lists of a job, with the code for each word, and the items that are told of it: a part of `code_lists.py`."""

from collections.abc import Mapping

from service.forms.job import EndReason, FoundThrough, Per, Term
from service.mapping.code_lists import Code

JOB_TERM: Mapping[Term, Code] = {
    "permanent": Code("permanent", "Permanent"),
    "temporary": Code("temporary", "Temporary"),
}

JOB_SOURCE: Mapping[FoundThrough, Code] = {
    "employer_contact": Code("employer-contact", "Contact with the employer"),
    "application": Code("application", "Application"),
    "people_they_know": Code("people-they-know", "People they know"),
    "jobcentre": Code("jobcentre", "Jobcentre"),
    "agency": Code("agency", "Agency"),
    "already_had_it": Code("already-had-it", "A job that they had already"),
    "other": Code("other", "Something else"),
}

JOB_END_REASON: Mapping[EndReason, Code] = {
    "found_another_job": Code("found-another-job", "Found another job"),
    "resigned": Code("resigned", "Resigned"),
    "dismissed": Code("dismissed", "Dismissed"),
    "redundant": Code("redundant", "Made redundant"),
    "contract_ended": Code("contract-ended", "The contract ended"),
    "health": Code("health", "Health"),
    "retired": Code("retired", "Retired"),
    "other": Code("other", "Another reason"),
}

PAY: Mapping[Per, Code] = {
    "hour": Code("pay-an-hour", "Pay an hour, before tax"),
    "week": Code("pay-a-week", "Pay a week, before tax"),
    "month": Code("pay-a-month", "Pay a month, before tax"),
    "year": Code("pay-a-year", "Pay a year, before tax"),
}

PERMANENT_OR_TEMPORARY = Code("permanent-or-temporary", "Permanent or temporary")
JOB_FOUND_THROUGH = Code("job-found-through", "What the job was found through")
WHY_JOB_ENDED = Code("why-job-ended", "Why the job ended")
OPEN_TO_ANYONE = Code("open-to-anyone", "Open to anyone")
MINIMUM_WAGE_AND_GOING_RATE = Code("minimum-wage-and-going-rate", "At least the minimum wage and the going rate")
NOT_SET_ASIDE = Code("not-set-aside", "Not set aside for people with an illness or a disability")
COMPETITIVE_EMPLOYMENT = Code("competitive-employment", "Competitive employment, by all three criteria")
