"""An EHR that takes everything, at once or after a delay: as little work as an answer can be.

    python -m bench.stub_ehr PORT DELAY [requests|order FILE | found]

DELAY in seconds. FILE is kept as they come: each request's path and body, or each transaction's first identifier.
With `found`, whatever is searched for by identifier is there: a resource with that identifier and no more.
"""

import asyncio
import re
import sys
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs

import httptools
import orjson
import uvloop

from service.push.capability import OUR_TYPES
from service.push.find_patient import NHS_NUMBER

Json = dict[str, Any]

BORN = "1990-02-03"
_PATIENT_SEARCH = re.compile(rb"/Patient/_search$")
_NOTHING = orjson.dumps({"resourceType": "Bundle", "type": "searchset", "total": 0, "entry": []})
_INTERACTIONS = [{"code": code} for code in ("read", "create", "update", "search-type")]
_TYPES = [
    {"type": name, "interaction": _INTERACTIONS, "conditionalUpdate": True, "searchParam": [{"name": "identifier"}]}
    for name in OUR_TYPES
]
_METADATA = orjson.dumps(
    {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "status": "active",
        "rest": [{"mode": "server", "interaction": [{"code": "transaction"}], "resource": _TYPES}],
    }
)
_NUMBERS = count(1)


class Kept:
    """What came, on disk, so that this process does not grow."""

    def __init__(self, what: str = "", file: str = "") -> None:
        self._what = what
        self.finds = what == "found"
        self._file = Path(file).open("wb", buffering=0) if file else None  # noqa: SIM115 - open as long as we live

    def keep(self, path: bytes, body: bytes, bundle: Json | None) -> None:
        if self._file and self._what == "requests":
            self._file.write(path + b" " + body + b"\n")
        if self._file and self._what == "order" and bundle:
            self._file.write(bundle["entry"][0]["resource"]["identifier"][0]["value"].encode() + b"\n")


class Ehr(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay: float, kept: Kept) -> None:
        self._delay = delay
        self._kept = kept
        self._parser = httptools.HttpRequestParser(self)
        self._path = b""
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._path, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        answer = self._answer()
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self._write, answer)
        else:
            self._write(answer)

    def _answer(self) -> bytes:
        if self._parser.get_method() == b"GET":
            if self._path.endswith(b"/metadata"):
                return _METADATA
            return orjson.dumps(_found(self._path.decode())) if self._kept.finds else _NOTHING
        if _PATIENT_SEARCH.search(self._path):
            self._kept.keep(self._path, self._body, None)
            return orjson.dumps(_patient_found(self._body))
        bundle = orjson.loads(self._body)
        self._kept.keep(self._path, self._body, bundle)
        return orjson.dumps(_taken(bundle))

    def _write(self, answer: bytes, status: bytes = b"200 OK") -> None:
        head = b"HTTP/1.1 " + status + b"\r\nContent-Type: application/fhir+json\r\nContent-Length: "
        self._transport.write(head + str(len(answer)).encode() + b"\r\n\r\n" + answer)


def _patient_found(form: bytes) -> Json:
    """The patient asked for, by whatever NHS number."""
    number = parse_qs(form.decode())["identifier"][0].rpartition("|")[2]
    patient = {
        "resourceType": "Patient",
        "id": f"p{number}",
        "identifier": [{"system": NHS_NUMBER, "value": number}],
        "active": True,
        "name": [{"use": "official", "family": "Fictional", "given": ["Person"]}],
        "birthDate": BORN,
    }
    entry = [{"fullUrl": f"Patient/p{number}", "resource": patient, "search": {"mode": "match"}}]
    return {"resourceType": "Bundle", "type": "searchset", "total": 1, "entry": entry}


def _found(path: str) -> Json:
    """One of each identifier that is asked for."""
    resource_type, _, query = path.rpartition("/")[2].partition("?")
    tokens = parse_qs(query).get("identifier", [""])[0].split(",")
    resources = [
        {"resourceType": resource_type, "id": value, "identifier": [{"system": system, "value": value}]}
        for system, _, value in (token.partition("|") for token in tokens)
        if value and resource_type in OUR_TYPES
    ]
    entries = [{"resource": resource, "search": {"mode": "match"}} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


def _taken(bundle: Json) -> Json:
    """Every entry created, with an id and a version."""
    answers = [
        {
            "response": {
                "status": "201 Created",
                "location": f"{one['resource']['resourceType']}/{next(_NUMBERS)}/_history/1",
            }
        }
        for one in bundle["entry"]
    ]
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": answers}


async def _serve(port: int, delay: float, kept: Kept) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Ehr(delay, kept), "127.0.0.1", port, backlog=512)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1]), float(sys.argv[2]), Kept(*sys.argv[3:])))
