"""What the service says of itself, held against what it does: requests made up from its own OpenAPI description."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, given, settings
from pydantic import SecretStr
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.app import make_app
from service.settings import Settings
from tests.conftest import new_database
from tests.issuer import OUR_ROLES, LocalIssuer
from tests.sandbox_server import free_port

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@contextmanager
def described(**changes: Any) -> Iterator[schemathesis.BaseSchema]:
    """The service over a socket, and its own description of itself."""
    database_url = asyncio.run(new_database()).serving
    port = free_port()
    settings = Settings(database_url=SecretStr(database_url), worker_in_serve=False, _env_file=None, **changes)
    app = make_app(settings, database_url)
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")
    server.should_exit = True
    thread.join()


def test_whatever_is_sent_the_answer_is_one_that_is_described() -> None:
    with described() as description:
        _try_every(description, 60, {})


@pytest.mark.parametrize("role", [*OUR_ROLES, "system"])
def test_whoever_asks_the_answer_is_one_that_is_described(issuer: LocalIssuer, role: str) -> None:
    """With each role's token: what they may not do is refused as it is described, and nothing of others is told."""
    roles = [] if role == "system" else [role]
    scope: dict[str, Any] = {"scope": "system/*.cruds"} if role == "system" else {}
    token = issuer.token(roles=roles, teams=["team-north"], practitioner="es-1", **scope)
    unlimited = {"requests_per_minute": 0, "refusals_per_minute": 0}
    with described(issuers=[issuer.setting()], **unlimited) as description:
        _try_every(description, 15, {"Authorization": f"Bearer {token}"})


def _try_every(description: schemathesis.BaseSchema, examples: int, headers: dict[str, str]) -> None:
    every = list(description.get_all_operations())
    assert len(every) >= 25
    for result in every:
        assert isinstance(result, Ok)
        _try_out(result.ok(), examples, headers)


def _try_out(operation: schemathesis.APIOperation[Any, Any, Any, Any], examples: int, headers: dict[str, str]) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=examples, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    def send(case: schemathesis.Case[Any]) -> None:
        case.validate_response(case.call(headers=headers), checks=CHECKS)

    send()
