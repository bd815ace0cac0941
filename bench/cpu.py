"""Map and gate, CPU, by part: what one note of each kind costs between its parsing and its storing.

The limit is orjson writing the result: nothing that makes these bytes can be cheaper.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median
from time import process_time
from uuid import UUID

import orjson

from bench.notes import CONTACT, GOAL, PROFILE, Json, form_of, names, sample
from bench.people import hex_of
from bench.result import Result
from service.forms.note import FORM, NoteVersion
from service.mapping.to_resources import to_resources
from service.r4.gate import Gate, compile_gate
from service.r4.resource import Resource
from service.settings import Settings, shipped_folder

ROUNDS = 5


def measure(scale: float) -> Iterator[Result]:
    gate = compile_gate(shipped_folder("fhir_profiles"), Settings.model_fields["fhir_base"].default)
    seconds = max(0.1, 0.3 * scale)
    yield from _kind("contact", sample(CONTACT), 0.8, gate, seconds)
    yield from _kind("work goal with 5 steps", sample(GOAL), 1.2, gate, seconds)
    profile = profile_with_25_answers()
    yield from _kind("vocational profile with 25 answers", profile, 3.0, gate, seconds)
    yield from _kind("the fullest vocational profile", sample(PROFILE), None, gate, seconds)


def profile_with_25_answers() -> Json:
    """The full sample, shortened to two jobs and what is said in passing."""
    full = sample(PROFILE)
    preferences = {name: full["preferences"][name] for name in ("work", "hours")}
    left_out = ("qualifications", "interests", "benefits")
    kept = {name: value for name, value in full.items() if name not in left_out}
    return kept | {"jobs": full["jobs"][:2], "skills": full["skills"][:2], "preferences": preferences}


def _kind(kind: str, note: Json, most: float | None, gate: Gate, seconds: float) -> Iterator[Result]:
    body = orjson.dumps(note)
    version = NoteVersion(form_of(note), 1, UUID(hex_of("client", 0)), datetime.now(UTC))
    our_names = names()
    resources = to_resources(version, our_names, ())
    parse = _milliseconds(lambda: FORM.validate_json(body), seconds)
    map_ = _milliseconds(lambda: to_resources(version, our_names, ()), seconds)
    gated = _milliseconds(lambda: gate.check(resources), seconds)
    written = _milliseconds(lambda: orjson.dumps([resource.body for resource in resources]), seconds)
    yield Result(
        f"map and gate, CPU: {kind}",
        map_ + gated,
        "ms",
        written,
        "orjson of the result",
        ratio_of="milliseconds",
        reach=most,
        remark=f"parse {parse:.2f}, map {map_:.2f}, gate {gated:.2f} ({_by_type(gate, resources, seconds / 4)})",
    )


def _by_type(gate: Gate, resources: tuple[Resource, ...], seconds: float) -> str:
    """The gate's milliseconds by type of resource."""
    costs: dict[str, float] = {}
    for resource in resources:
        cost = _milliseconds(lambda: gate.check([resource]), seconds)  # noqa: B023 - called before the next
        costs[resource.type] = costs.get(resource.type, 0) + cost
    return ", ".join(f"{type_} {cost:.2f}" for type_, cost in costs.items())


def _milliseconds(call: Callable[[], object], seconds: float) -> float:
    """CPU of one call, in the middle one of several rounds."""
    return median(_round(call, seconds / ROUNDS) for _ in range(ROUNDS))


def _round(call: Callable[[], object], seconds: float) -> float:
    calls, began = 0, process_time()
    while (took := process_time() - began) < seconds:
        call()
        calls += 1
    return took / calls * 1000
