"""The notes that the demo's phone posts, as JSON: the stories of `stories.json`, with ids and times.

Written against the contract at the door, for the demo knows nothing of the service; a test holds that each
is a valid form. All people are fictional.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import orjson

from service.sandbox.people import PEOPLE

Json = dict[str, Any]
_STORIES = Path(__file__).parent / "stories.json"
_NAMES = UUID("5b0a4b0e-7c1e-4d53-9a57-6a0c1f0f2b11")


@dataclass(frozen=True, slots=True)
class DemoNote:
    """One note as posted, with what a person calls it: `column` of the demo's table, and whose it is."""

    person: str
    column: str
    body: Json

    @property
    def id(self) -> str:
        return str(self.body["id"])


@dataclass(frozen=True, slots=True)
class DemoNotes:
    """`first`: three kinds for each person. `later`: one more contact each. `wrong`: somebody's wrong birth date.

    `rest`: one of each other kind for the first person, a request to the clinical team at its end.
    """

    first: tuple[DemoNote, ...]
    later: tuple[DemoNote, ...]
    rest: tuple[DemoNote, ...]
    wrong: DemoNote
    right_birth_date: str
    specialists: tuple[str, ...]


def demo_notes(now: datetime) -> DemoNotes:
    """Every note, the past counted back from `now`; the same ids each time."""
    told = orjson.loads(_STORIES.read_bytes())
    people = {person["nhs_number"]: person for person in orjson.loads(PEOPLE.read_bytes())["patients"]}
    teller = _Teller(told["specialists"], people, now)
    wrong = told["wrong_birth_date"]
    return DemoNotes(
        first=tuple(note for story in told["stories"] for note in teller.first_notes(story)),
        later=tuple(teller.contact(story, "later") for story in told["stories"]),
        rest=tuple(teller.other(told["stories"][0], kind) for kind in told["everything_else"]),
        wrong=teller.contact(wrong, "contact"),
        right_birth_date=people[wrong["nhs_number"]]["birth_date"],
        specialists=tuple(told["specialists"]),
    )


def amended_goal(goal: DemoNote) -> Json:
    """The same goal, its first step done and one more step: what the phone sends to amend it."""
    first, *others = goal.body["steps"]
    done = {**{name: value for name, value in first.items() if name != "why_dropped"}, "progress": "done"}
    step = {"id": _id(goal.id, "another step"), "what": "Say thank you to everybody who helped", "who": "client"}
    return {**goal.body, "steps": [done, *others, step]}


@dataclass(frozen=True, slots=True)
class _Teller:
    specialists: dict[str, str]
    people: dict[str, Json]
    now: datetime

    def first_notes(self, story: Json) -> Iterator[DemoNote]:
        yield self._profile(story)
        yield self._goal(story)
        yield self.contact(story, "contact")

    def contact(self, story: Json, column: str) -> DemoNote:
        fields = dict(story[column])
        about = {"goal_id": _id(story["nhs_number"], "goal")} if column == "later" else {}
        return self._note(story, column, "contact", fields.pop("days_ago"), {**fields, **about})

    def other(self, story: Json, note: Json) -> DemoNote:
        fields = self._told(story["nhs_number"], note["fields"])
        return self._note(story, note["kind"], note["kind"], note["days_ago"], fields)

    def _told(self, number: str, told: Any) -> Any:
        """`{"in_days": 3}` is that day, `{"id_of": "job"}` the id of that note of the same person."""
        match told:
            case {"in_days": int(days)}:
                return self._day(days)
            case {"id_of": str(name)}:
                return _id(number, name)
            case dict():
                return {name: self._told(number, value) for name, value in told.items()}
            case list():
                return [self._told(number, value) for value in told]
            case _:
                return told

    def _profile(self, story: Json) -> DemoNote:
        fields = dict(story["profile"])
        fields["jobs"] = _with_ids(fields.get("jobs", []), story["nhs_number"])
        return self._note(story, "profile", "vocational_profile", fields.pop("days_ago"), fields)

    def _goal(self, story: Json) -> DemoNote:
        fields = dict(story["goal"])
        if "in_days" in fields:
            fields["target_date"] = self._day(fields.pop("in_days"))
        if "agreed_days_ago" in fields:
            fields["agreed_with_team_on"] = self._day(-fields.pop("agreed_days_ago"))
        fields["steps"] = [self._step(step) for step in _with_ids(fields["steps"], story["nhs_number"])]
        return self._note(story, "goal", "work_goal", fields.pop("days_ago"), fields)

    def _step(self, step: Json) -> Json:
        timeless = {name: value for name, value in step.items() if name != "in_days"}
        return {**timeless, "by_when": self._day(step["in_days"])}

    def _day(self, days: int) -> str:
        return (self.now + timedelta(days=days)).date().isoformat()

    def _note(self, story: Json, column: str, kind: str, days_ago: int, fields: Json) -> DemoNote:
        number = story["nhs_number"]
        person = self.people[number]
        happened = (self.now - timedelta(days=days_ago)).replace(microsecond=0)
        heading = {
            "id": _id(number, column),
            "kind": kind,
            "client": {"nhs_number": number, "birth_date": story.get("birth_date", person["birth_date"])},
            "specialist": {"id": story["specialist"], "name": self.specialists[story["specialist"]]},
            "happened_at": (happened - timedelta(hours=2)).isoformat(),
            "written_at": (happened - timedelta(hours=1)).isoformat(),
        }
        return DemoNote(f"{person['given'][0]} {person['family']}", column, {**heading, **fields})


def _with_ids(parts: list[Json], number: str) -> list[Json]:
    return [{"id": _id(number, str(part)), **part} for part in parts]


def _id(*names: str) -> str:
    return str(uuid5(_NAMES, "/".join(names)))
