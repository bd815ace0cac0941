"""What tells the document of one version of a note from those of its other versions."""

from service.push.sending import Sending
from service.r4.resource import Json


def version_identifier(sending: Sending) -> Json:
    """The note's id and version, an `Identifier`: the one that its Provenance names as its source."""
    provenance = next(one.body for one in sending.resources if one.type == "Provenance")
    identifier: Json = provenance["entity"][0]["what"]["identifier"]
    return identifier
