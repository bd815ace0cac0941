"""compose.yaml and the Dockerfile, as far as they can be held without a Docker engine: they name what exists."""

import re
from typing import Any

import pytest
import yaml

from service.cli import joinedup
from service.settings import Settings
from tests.source import TOP

Json = dict[str, Any]


@pytest.fixture
def services() -> dict[str, Json]:
    composed: Json = yaml.safe_load((TOP / "compose.yaml").read_text())
    services: dict[str, Json] = composed["services"]
    return services


def test_ports_are_published_on_loopback_only(services: dict[str, Json]) -> None:
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"door": ["127.0.0.1:8000:8080"]}


def test_service_workers_and_ehr_share_one_network_namespace(services: dict[str, Json]) -> None:
    sharing = {name for name, service in services.items() if service.get("network_mode") == "service:door"}
    assert sharing == {"migrate", "serve", "worker", "sandbox"}
    assert services["serve"]["environment"]["JOINEDUP_EHR_URL"].startswith("http://127.0.0.1:8090/")


def test_two_workers_run_beside_a_service_that_has_none_inside(services: dict[str, Json]) -> None:
    assert services["worker"]["deploy"] == {"replicas": 2}
    assert services["serve"]["environment"]["JOINEDUP_WORKER_IN_SERVE"] == "false"


def test_nothing_starts_on_a_database_that_is_not_migrated(services: dict[str, Json]) -> None:
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    for name in ("serve", "worker"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_command_in_it_is_one_of_ours(services: dict[str, Json]) -> None:
    ours = {command.callback.__name__ for command in joinedup.registered_commands if command.callback}
    asked = {service["command"][0] for service in services.values() if service.get("image") == "joinedup:local"}
    assert asked == {"migrate", "serve", "worker", "sandbox"}
    assert asked <= ours


def test_what_is_waited_for_exists_and_can_say_that_it_is_well(services: dict[str, Json]) -> None:
    for service in services.values():
        for name, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "test" in services[name]["healthcheck"]


def test_no_password_is_written_down(services: dict[str, Json]) -> None:
    environments = [service.get("environment", {}) for service in services.values()]
    passwords = [value for said in environments for name, value in said.items() if "PASSWORD" in name]
    urls = [value for said in environments for name, value in said.items() if "DATABASE" in name]
    passwords += [found[1] for url in urls if (found := re.fullmatch(r"postgresql://\w+:(.*)@database/joinedup", url))]
    assert len(passwords) == 2 + len(urls)
    assert all(re.fullmatch(r"\$\{(OWNER|SERVING)_PASSWORD:\?[^}]+\}", value) for value in passwords)


def test_only_who_migrates_is_the_owner_of_the_database(services: dict[str, Json]) -> None:
    environments = {name: service.get("environment", {}) for name, service in services.items()}
    owners = {name for name, said in environments.items() if "OWNER_PASSWORD" in str(said)}
    assert owners == {"migrate", "database"}
    for name in ("migrate", "serve", "worker"):
        assert environments[name]["JOINEDUP_DATABASE_URL"].startswith("postgresql://joinedup_app:${SERVING_PASSWORD:?")


def test_the_role_that_serves_is_made_by_the_first_start(services: dict[str, Json]) -> None:
    script = yaml.safe_load((TOP / "compose.yaml").read_text())["configs"]["roles"]["content"]
    assert "CREATE ROLE joinedup_app LOGIN" in script
    assert services["database"]["configs"] == [{"source": "roles", "target": "/docker-entrypoint-initdb.d/roles.sh"}]


def test_every_setting_in_it_is_one_of_ours(services: dict[str, Json]) -> None:
    named = {name for service in services.values() for name in service.get("environment", {})}
    settings = {f"JOINEDUP_{field}".upper() for field in Settings.model_fields}
    assert {name for name in named if name.startswith("JOINEDUP_")} <= settings


def test_ours_run_without_rights_and_write_nowhere_but_tmp(services: dict[str, Json]) -> None:
    for name in ("migrate", "serve", "worker", "sandbox"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["tmpfs"] == ["/tmp"]


def test_the_image_is_not_root_and_copies_what_the_builder_may_see() -> None:
    written = (TOP / "Dockerfile").read_text()
    let_in = {line[1:] for line in (TOP / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", written, re.MULTILINE) for name in line.split()}
    assert copied == let_in
    assert all((TOP / name).exists() for name in copied)
    assert re.findall(r"^USER (.*)$", written, re.MULTILINE) == ["10001"]
