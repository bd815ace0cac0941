"""Puts our rule sets (`fhir_profiles/input/fsh/rulesets.fsh`) in the place of the lines that GoFSH writes for them."""

import re
from collections.abc import Mapping
from typing import Final

_BASE: Final = r"https://ips\.example\.nhs\.uk"
_METADATA: Final = re.compile(
    r'\* \^version = "1\.0\.0"\n(?:\* \^status = #active\n)?\* \^experimental = false\n'
    r'\* \^date = "([\d-]+)"\n\* \^publisher = "Joined Up"\n\* \^jurisdiction = urn:iso:std:iso:3166#GB'
)
_LIST: Final = re.compile(
    r"\* insert Published\(([\d-]+)\)\n\* \^caseSensitive = true\n"
    rf'\* \^valueSet = "{_BASE}/ValueSet/([\w-]+)"\n\* \^content = #complete\n\* \^count = \d+\n'
)
_IDENTIFIER: Final = re.compile(
    r'\* identifier 1\.\.1?\n  \* \^short = "Our stable id: the same in every version of the note"\n  \* system 1\.\.\n'
    rf'  \* system = "{_BASE}/Id/resource"\n  \* value 1\.\.'
)
_CLIENT: Final = re.compile(r'\* (\w+) 1\.\.1?\n\* \1 only Reference\(Patient\)\n  \* \^short = "The client"')
_DOCUMENT: Final = re.compile(
    r"\* insert OurIdentifier\n\* status from DocumentStatus \(required\)\n\* docStatus 1\.\.\n"
    r"\* docStatus from DocumentTextStatus \(required\)\n\* type 1\.\.\n(\* type = .*\n(?:  \* \^.*\n)?)"
    r'\* insert TheClient\(subject\)\n\* date 1\.\.\n  \* \^short = "When it was written, by the phone\'s clock"\n'
    r"\* author 1\.\.1\n\* author only Reference\(Practitioner or PractitionerRole\)\n\* description 1\.\.\n"
    r"\* content \.\.1\n  \* attachment\n    \* contentType 1\.\.\n    \* contentType = #text/plain;charset=UTF-8\n"
    r"    \* data 1\.\.\n    \* url \.\.0\n    \* title 1\.\."
)
_SOCIAL_HISTORY: Final = re.compile(r"\* category 1\.\.1\n\* category = \$observation-category#social-history")
_ONE_CODING: Final = re.compile(
    r'(?m)^( *)\* coding \^slicing\.discriminator\.type = #value\n\1  \* \^slicing\.discriminator\.path = "system"\n'
    r"\1  \* \^slicing\.rules = #open\n\1\* coding contains (\w+) 1\.\.1\n\1\* coding\[\2\] from (\w+) \(required\)\n"
    rf'\1  \* system 1\.\.\n\1  \* system = "{_BASE}/CodeSystem/([\w-]+)"\n\1  \* code 1\.\.'
)
_SYSTEMS: Final = {"$sct": "http://snomed.info/sct", "$loinc": "http://loinc.org"}
_BARE_CODE: Final = re.compile(r"(?m)^(.* = (\$sct|\$loinc)#([\w-]+))$")


def tidy(block: str, displays: Mapping[tuple[str, str], str]) -> str:
    """`displays` says what a code of SNOMED CT or LOINC means, for whoever reads the FSH."""
    block = _METADATA.sub(r"* insert Published(\1)", block)
    block = _LIST.sub(r"* insert PublishedList(\2, \1)\n", block)
    block = _IDENTIFIER.sub("* insert OurIdentifier", block)
    block = _CLIENT.sub(r"* insert TheClient(\1)", block)
    block = _DOCUMENT.sub(r"* insert DocumentToRead\n\1", block).replace("\n\n", "\n")
    block = _SOCIAL_HISTORY.sub("* insert SocialHistory", block)
    block = _ONE_CODING.sub(r"\1* insert OneCoding(\2, \3, \4)", block)
    return _BARE_CODE.sub(lambda found: _said(found, displays), block)


def _said(found: re.Match[str], displays: Mapping[tuple[str, str], str]) -> str:
    display = displays.get((_SYSTEMS[found[2]], found[3]))
    return f"{found[1]} // {display}" if display else found[1]
