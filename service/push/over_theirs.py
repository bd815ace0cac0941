"""What is written over a resource that somebody changed in the EHR, once the note says so: nothing of it is lost.

Element by element: what our new version says in another way than the one before is ours, all the rest stays theirs. In
a list, what we add is added, and what we take out goes.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from service.push.address import Addresses, addressed
from service.push.references import references_in
from service.push.sending import Link
from service.r4.resource import Json, Resource

# Made by the EHR, of this version or from the rest of it.
_NOT_WRITTEN: Final = ("id", "text")
_OF_THE_VERSION: Final = ("versionId", "lastUpdated")


def body_to_write(resource: Resource, link: Link | None, to: Addresses) -> Json:
    """The resource as the EHR is to read it, without an `id`."""
    ours = addressed(resource.body, to)
    if link is None or not link.theirs:
        return ours
    before = addressed(link.sent, to)
    theirs = {name: value for name, value in link.theirs.items() if name not in _NOT_WRITTEN}
    for name in {*before, *ours}:
        _write_over(theirs, name, before.get(name), ours.get(name))
    meta = theirs.get("meta", {})
    return theirs | {"meta": {name: value for name, value in meta.items() if name not in _OF_THE_VERSION}}


def references_of_theirs(links: Iterable[Link]) -> Iterator[str]:
    """What the EHR's own resources point to: it is known to be there."""
    for link in links:
        for _, reference in references_in(dict(link.theirs or {})):
            yield str(reference.get("reference"))


def _write_over(theirs: Json, name: str, before: Any, ours: Any) -> None:
    if ours == before:
        return
    if isinstance(there := theirs.get(name), list):
        ours = _list_over(there, before or [], ours or [])
    if ours is None or ours == []:
        theirs.pop(name, None)
    else:
        theirs[name] = ours


def _list_over(theirs: list[Any], before: list[Any], ours: list[Any]) -> list[Any]:
    """Theirs first: those that we did not take out; then those that are new of ours."""
    kept = [one for one in theirs if one in ours or one not in before]
    return kept + [one for one in ours if one not in before and one not in kept]
