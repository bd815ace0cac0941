"""What we write over a resource that somebody changed in the EHR: our changes, and all the rest of theirs."""

from typing import Any

from service.push.address import Addresses
from service.push.over_theirs import body_to_write, references_of_theirs
from service.push.sending import Link
from service.r4.resource import Resource

Json = dict[str, Any]

TO = Addresses("Patient/ours", "Patient/7", {}, {}, "https://system.example")
SENT: Json = {"resourceType": "Task", "id": "t", "status": "requested", "for": {"reference": "Patient/ours"}}
THEIRS: Json = {
    "resourceType": "Task",
    "id": "41",
    "meta": {"versionId": "2", "lastUpdated": "2026-11-25T10:00:00Z", "tag": [{"code": "ward"}]},
    "text": {"status": "generated", "div": "<div>requested</div>"},
    "status": "requested",
    "for": {"reference": "Patient/7"},
    "owner": {"reference": "Practitioner/9"},
}


def written(ours: Json, theirs: Json | None = None, sent: Json | None = None) -> Json:
    link = Link("Task/t", "Task", "41", "2", 1, SENT | (sent or {}), THEIRS | (theirs or {}))
    return body_to_write(Resource("Task", "t", SENT | ours), link, TO)


def test_where_nobody_changed_it_all_of_it_is_ours() -> None:
    ours = Resource("Task", "t", SENT)
    expected = {"resourceType": "Task", "status": "requested", "for": {"reference": "Patient/7"}}
    assert body_to_write(ours, None, TO) == expected
    assert body_to_write(ours, Link("Task/t", "Task", "41", "2", 1, {}), TO) == expected


def test_what_we_do_not_change_stays_as_it_is_there() -> None:
    assert written({"status": "cancelled"}) == {
        "resourceType": "Task",
        "meta": {"tag": [{"code": "ward"}]},
        "status": "cancelled",
        "for": {"reference": "Patient/7"},
        "owner": {"reference": "Practitioner/9"},
    }


def test_what_we_add_is_added_and_what_we_take_out_goes() -> None:
    body = written({"description": "At five."}, {"priority": "urgent"}, {"priority": "routine"})
    assert (body["description"], body.get("priority")) == ("At five.", None)


def test_in_a_list_what_we_add_is_added_and_what_we_take_out_goes() -> None:
    one, two, three, four = ({"text": text} for text in ("one", "two", "three", "four"))
    both = {"note": [one, two]}
    assert written({"note": [one, three]}, {"note": [one, two, four]}, both)["note"] == [one, four, three]
    assert written({"note": [four]}, {"note": [four]})["note"] == [four]
    assert written({"note": [four]}, {"note": [three]})["note"] == [three, four]
    assert "note" not in written({}, both, both)
    assert written({}, {"note": [one, two, three]}, both)["note"] == [three]
    assert written(both, both, both)["note"] == [one, two]


def test_what_theirs_points_to_is_known_to_be_there() -> None:
    link = Link("Task/t", "Task", "41", "2", 1, SENT, THEIRS)
    assert set(references_of_theirs([link, Link("Goal/g", "Goal", "5", "1", 1, {})])) == {"Patient/7", "Practitioner/9"}
