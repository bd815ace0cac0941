"""Documents that were filed version by version: which of them is current, and whether it says what ours says.

Called by `reconcile.py`. How they are filed is said in `push/send_document.py`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from service.push.compare import is_held_by
from service.r4.resource import Json

_SAID: Final = ("type", "subject", "date", "description")


def current_of(theirs: Sequence[Json]) -> list[Json]:
    """Without those that another one of them replaces."""
    replaced = {target for one in theirs for target in _replaced_by(one)}
    return [one for one in theirs if f"{one.get('resourceType')}/{one.get('id')}" not in replaced]


def says_the_same(theirs: Json, ours: Json) -> bool:
    """The EHR chooses what it is filed against, and a PDF may stand beside the text."""
    said = {name: ours[name] for name in _SAID}
    contents = theirs.get("content")
    texts = contents[:1] if isinstance(contents, list) else []
    return is_held_by({**theirs, "content": texts}, {**said, "content": ours["content"][:1]})


def was_filed(theirs: Json) -> bool:
    """Whether it was sent as one version, and not as the resource that all versions change."""
    return "masterIdentifier" in theirs


def _replaced_by(document: Json) -> Iterator[str]:
    relations = document.get("relatesTo")
    for relation in relations if isinstance(relations, list) else ():
        if isinstance(relation, dict) and relation.get("code") == "replaces":
            target = relation.get("target")
            literal = target.get("reference") if isinstance(target, dict) else None
            yield "/".join(str(literal).split("/_history")[0].split("/")[-2:])
