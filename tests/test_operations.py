"""The alert rules and the dashboard of docs/operations ask for what /metrics really shows."""

import re
from pathlib import Path
from typing import Any

import orjson
import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from service.db import Sessions
from service.meters import Meters
from service.watch.compare_notes import Reconciler
from service.watch.reconcile import reconcile
from tests.outbox import received
from tests.test_watch_metrics import watching

_FOLDER = Path(__file__).parent.parent / "docs" / "operations"
_RULES: list[dict[str, Any]] = [
    rule for group in yaml.safe_load((_FOLDER / "alerts.yml").read_text())["groups"] for rule in group["rules"]
]
_PANELS: list[dict[str, Any]] = orjson.loads((_FOLDER / "grafana.json").read_bytes())["panels"]
_EXPRESSIONS = [rule["expr"] for rule in _RULES] + [target["expr"] for panel in _PANELS for target in panel["targets"]]
_ASKED = re.compile(r"(joinedup_\w+)(?:\{(\w+)=)?")
_BY = re.compile(r"by \(([\w, ]+)\)")


@pytest.mark.parametrize("expression", _EXPRESSIONS)
def test_each_expression_is_promql(expression: str) -> None:
    promql_parser.parse(expression)


async def test_each_metric_and_label_is_one_that_is_shown(sessions: Sessions, reconciler: Reconciler) -> None:
    shown = await _shown(sessions, reconciler)
    for expression in _EXPRESSIONS:
        for name, label in _ASKED.findall(expression):
            assert name in shown, expression
            assert not label or label in shown[name], expression
        names = [name for name, _ in _ASKED.findall(expression)]
        for label in (label.strip() for found in _BY.findall(expression) for label in found.split(",")):
            assert any(label in shown[name] for name in names), expression


def test_each_alert_says_what_to_do() -> None:
    names = [rule["alert"] for rule in _RULES]
    assert len(set(names)) == len(names) >= 8
    for rule in _RULES:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["description"].endswith(".")


async def _shown(sessions: Sessions, reconciler: Reconciler) -> dict[str, set[str]]:
    """Each metric of ours with its labels, once everything has happened that is counted."""
    meters = Meters()
    meters.accepted.labels("contact").inc()
    meters.attempt_ended("delivered", 0.1)
    meters.ehr_places(8, "latency")
    meters.request_ended("POST", "/notes", 201, 0.01)
    await received(sessions)
    await received(sessions, 2, stopped="ehr_rule")
    await reconcile(reconciler)
    async with watching(sessions, meters) as client:
        said = (await client.get("/metrics")).text
    samples = [sample for family in text_string_to_metric_families(said) for sample in family.samples]
    shown: dict[str, set[str]] = {}
    for sample in samples:
        shown.setdefault(sample.name, set()).update(sample.labels)
    return shown
