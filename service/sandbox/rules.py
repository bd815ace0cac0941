"""How the sandbox is asked to misbehave: which requests, how often, and what then. Read by `misbehaviour.py`.

Posted as JSON to `/sandbox/misbehave` (`control.py`); the first rule that fits a request is used.
"""

import asyncio
import re
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

from service.sandbox.refusals import Json

Method = Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]


class Rule(BaseModel):
    """One way to misbehave.

    `when` before: instead of doing what was asked. `when` after: it was done and committed first.
    `do` answer: with `status` and `body` instead of its own · reset: a TCP reset · drop: the connection is closed
    without an answer · cut: closed in the middle of the answer · hold: wait until released or the client goes
    away (held before and gone: not done) · wait: only `latency` (the client gone meanwhile: done nevertheless).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    methods: frozenset[Method] = frozenset()
    path: str = Field(default="", description="Regular expression, found in the path and query after the base URL.")
    only: Literal["reads", "writes"] | None = None
    type: str | None = Field(default=None, description="One resource type, inside bundles too.")
    patient: str | None = Field(default=None, description="The id of one patient whose requests fail.")
    times: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Then no more; without it until taken back."
    )
    chance: Annotated[float, Field(gt=0, le=1)] = Field(
        default=1, description="The share of the requests it fits that it is used for; the same ones in every run."
    )

    latency: Annotated[float, Field(ge=0, le=3600)] = 0
    do: Literal["wait", "answer", "reset", "drop", "cut", "hold"] = "wait"
    when: Literal["before", "after"] = "before"

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    body: Literal["outcome", "html", "text", "empty", "truncated", "own"] = "outcome"
    issue_code: str = "transient"
    outcome: Json | None = Field(default=None, description="The very OperationOutcome to answer with.")
    content_type: str | None = None
    retry_after: int | str | None = Field(default=None, description="Seconds, or the header's very text.")
    retry_after_date: int | None = Field(default=None, description="As an HTTP-date, this many seconds from now.")
    headers: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the rules see it: `path` with its query, after the base URL."""

    method: str
    path: str
    body: bytes

    @property
    def writes(self) -> bool:
        """A POST `_search` only reads."""
        return self.method in ("POST", "PUT", "DELETE", "PATCH") and "/_search" not in self.path

    def entries(self) -> list[str]:
        """`METHOD url` of each entry, where this is a bundle."""
        if self.method != "POST" or not self.body or self.path.strip("/"):
            return []
        try:
            requests = [entry["request"] for entry in orjson.loads(self.body)["entry"]]
            return [f"{request['method']} {request['url']}" for request in requests]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return []


@dataclass(slots=True)
class Kept:
    """A rule in force, and how often it was used."""

    id: int
    rule: Rule
    used: int = 0

    def fits(self, asked: Asked) -> bool:
        """Whether it is meant for this request, and not used up."""
        rule = self.rule
        return (
            (rule.times is None or self.used < rule.times)
            and (not rule.methods or asked.method in rule.methods)
            and (rule.only is None or (rule.only == "writes") == asked.writes)
            and re.search(rule.path, asked.path) is not None
            and (rule.type is None or _is_about_type(asked, rule.type))
            and (rule.patient is None or _is_about_patient(asked, rule.patient))
        )


def _is_about_type(asked: Asked, resource_type: str) -> bool:
    starts = re.compile(rf"(^|[ /]){resource_type}($|[/?])")
    return bool(starts.search(asked.path)) or any(starts.search(entry) for entry in asked.entries())


def _is_about_patient(asked: Asked, patient: str) -> bool:
    named = re.compile(rf"Patient(/|%2F|\?_id=){re.escape(patient)}\b|(patient|subject)={re.escape(patient)}\b")
    return bool(named.search(asked.path) or named.search(asked.body.decode(errors="replace")))


@dataclass(slots=True)
class Rules:
    """The rules in force, oldest first, and what they hold up."""

    kept: list[Kept] = field(default_factory=list)
    held: int = 0
    _random: Random = field(default_factory=lambda: Random(0))
    _numbers: "count[int]" = field(default_factory=lambda: count(1))
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, rule: Rule) -> Kept:
        """In force from now on."""
        kept = Kept(next(self._numbers), rule)
        self.kept.append(kept)
        return kept

    def take_back(self, rule_id: int | None) -> None:
        """One rule, or all of them; with all, whatever was held goes on."""
        self.kept = [kept for kept in self.kept if rule_id is not None and kept.id != rule_id]
        if not self.kept:
            self.release()

    def use_for(self, asked: Asked) -> Rule | None:
        """The first rule that fits, counted as used."""
        for kept in self.kept:
            if kept.fits(asked) and self._random.random() < kept.rule.chance:
                kept.used += 1
                return kept.rule
        return None

    def release(self) -> None:
        """Whatever is held goes on; what comes later is held again."""
        self._released.set()
        self._released = asyncio.Event()

    async def until_released(self) -> None:
        """Wait for the next `release`."""
        await self._released.wait()
