"""What no longer holds is not deleted: it is marked as entered in error, in the way each type has for it.

A text says so itself, for an EHR may show the text and not the status.
"""

from base64 import b64decode, b64encode

from service.r4.resource import Json, Resource

_STATUS = {"Goal": "lifecycleStatus"}
_ERROR = "entered-in-error"
_WARNING = "ENTERED IN ERROR. Do not rely on this."


def withdraw(resource: Resource) -> Resource:
    """The same resource, entered in error. Withdrawing twice changes nothing more."""
    status = _STATUS.get(resource.type, "status")
    if resource.body.get(status) == _ERROR:
        return resource
    body = dict(resource.body)
    if resource.type == "RelatedPerson":
        body["active"] = False
    else:
        body[status] = _ERROR
    if resource.type == "DocumentReference":
        body["docStatus"] = _ERROR
        body["content"] = [_with_warning(content) for content in body["content"]]
    if resource.type == "CarePlan":
        body["text"] = {**body["text"], "div": _warned(body["text"]["div"])}
    return Resource(resource.type, resource.id, body)


def _with_warning(content: Json) -> Json:
    attachment = content["attachment"]
    text = f"{_WARNING}\n\n".encode() + b64decode(attachment["data"])
    return {**content, "attachment": {**attachment, "data": b64encode(text).decode()}}


def _warned(div: str) -> str:
    opening, rest = div.split(">", 1)
    return f"{opening}><p><b>{_WARNING}</b></p>{rest}"
