"""What the EHR wrote, read from the answer to a transaction or to a single write, whatever its style.

Status bare or worded, location relative or absolute, with or without history, etag weak, strong or absent,
the resource in the entry or not: what one place does not tell, another may.
"""

import re
from dataclasses import dataclass

from service.push.answer import Answer
from service.r4.resource import Json

_LOCATION = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/([A-Za-z0-9\-.]{1,64}))?/?$")
_ETAG = re.compile(r'(?:W/)?"?([^"]+)"?')


@dataclass(frozen=True, slots=True)
class Written:
    """One entry's answer. `status` is 0 where it cannot be read; `outcome` is the EHR's OperationOutcome."""

    status: int
    ehr_id: str | None
    version: str | None
    outcome: Json | None

    @property
    def failed(self) -> bool:
        """The EHR says that it did not take this entry."""
        return self.status >= 300


def entries_written(bundle: Json, types: tuple[str, ...]) -> tuple[Written, ...] | None:
    """One for each entry sent, in their order; None where the answer does not have as many."""
    entries = bundle.get("entry")
    if not isinstance(entries, list) or len(entries) != len(types):
        return None
    return tuple(_written(entry, resource_type) for entry, resource_type in zip(entries, types, strict=True))


def resource_written(answer: Answer, resource_type: str) -> Written:
    """Of a create or an update by itself."""
    located_id, located_version = _located(answer.location, resource_type)
    return Written(
        status=answer.status,
        ehr_id=located_id or _own_id(answer.body, resource_type),
        version=version_of(answer.etag, None) or located_version or version_of(None, answer.body),
        outcome=None,
    )


def version_of(etag: object, resource: object) -> str | None:
    """The version in an ETag, else in the resource's own `meta.versionId`."""
    if isinstance(etag, str) and (found := _ETAG.fullmatch(etag.strip())):
        return found[1]
    meta = resource.get("meta") if isinstance(resource, dict) else None
    version = meta.get("versionId") if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _written(entry: object, resource_type: str) -> Written:
    response = entry.get("response") if isinstance(entry, dict) else None
    if not isinstance(entry, dict) or not isinstance(response, dict):
        return Written(0, None, None, None)
    resource = entry.get("resource")
    located_id, located_version = _located(response.get("location"), resource_type)
    outcome = response.get("outcome")
    return Written(
        status=_status(response.get("status")),
        ehr_id=located_id or _own_id(resource, resource_type),
        version=version_of(response.get("etag"), None) or located_version or version_of(None, resource),
        outcome=outcome if isinstance(outcome, dict) else None,
    )


def _status(told: object) -> int:
    """`201`, `"201"` or `"201 Created"`."""
    digits = str(told).strip()[:3]
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def _located(location: object, resource_type: str) -> tuple[str | None, str | None]:
    found = _LOCATION.search(location) if isinstance(location, str) else None
    return (found[2], found[3]) if found and found[1] == resource_type else (None, None)


def _own_id(resource: object, resource_type: str) -> str | None:
    if not isinstance(resource, dict) or resource.get("resourceType") != resource_type:
        return None
    own = resource.get("id")
    return own if isinstance(own, str) else None
