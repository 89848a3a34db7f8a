"""Whoever adds a setting that a service cannot do without adds its line to the compose files and to the chart."""

import ast
import importlib
import os
import re
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import pytest
import yaml
from pydantic import ValidationError

from local_stack.envoy_routes import UPSTREAM_IDLE
from local_stack.handover import LEAVES_AFTER_S
from local_stack.layout import CALLEES, ENCRYPTING, PORTS, SERVICES
from service_kit.settings import ServiceSettings
from tests.support.deployment import CHART, COMPOSE_FILES, GIVEN, chart_settings, compose_services, interpolated
from tests.support.services import ROOT
from tools.make_env import asked_for, complete

# Without a value by design: HS256 is for development by hand.
LEFT_OUT = {"SECRET_KEY"}


def settings_of(service: str) -> type[ServiceSettings]:
    settings: type[ServiceSettings] = importlib.import_module(f"{service}.core.settings").Settings
    return settings


def needed(service: str) -> set[str]:
    """The settings without a default, and those whose default is that there is nothing."""
    settings = settings_of(service)
    found = {
        str(field.validation_alias or name).upper()
        for name, field in settings.model_fields.items()
        if field.is_required() or (field.default_factory is None and field.default in (None, ()))
    }
    unused = {"FIELD_KEYS"} if service not in ENCRYPTING else set()
    return found - LEFT_OUT - unused - ({"USER_SERVICE_URL"} if settings.keeps_revocations else set())


@pytest.mark.parametrize("file", COMPOSE_FILES)
@pytest.mark.parametrize("service", SERVICES)
def test_compose_gives_every_service_what_it_cannot_do_without(file: str, service: str) -> None:
    given = set(compose_services(file)[service]["environment"])
    assert needed(service) - given == set()


def test_no_more_passwords_are_hashed_at_once_than_a_container_has_cores() -> None:
    """The service counts the machine's cores, of which its container may have few, and a hash takes 19 MiB."""
    composed = compose_services("docker-compose.prod.yml")["user_service"]
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    charted = values["services"]["user"]
    limits = {**values["defaults"], **charted}["resources"]["limits"]
    assert composed["environment"]["HASHING_THREADS"] == composed["deploy"]["resources"]["limits"]["cpus"]
    assert charted["settings"]["HASHING_THREADS"] == limits["cpu"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_starts_in_production_with_what_compose_gives_it(
    service: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    complete(tmp_path / "env")
    made = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    environment = compose_services("docker-compose.prod.yml")[service]["environment"]
    for name in os.environ:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, interpolated(value, {**made, **GIVEN}))
    assert settings_of(service)().production
    placeholder = {f"{service.removesuffix('_service').upper()}_DATABASE_URL": "postgresql://user:changeme@db/name"}
    with pytest.raises(ValidationError, match="placeholder"):
        settings_of(service)(**placeholder)


@pytest.mark.parametrize("service", SERVICES)
def test_the_chart_gives_every_service_what_it_cannot_do_without(service: str) -> None:
    assert needed(service) - chart_settings(service) == set()


def test_a_setting_that_is_missing_would_be_noticed() -> None:
    assert {"REFRESH_KEY", "USER_DATABASE_URL", "JWKS_FILE", "FIELD_KEYS"} <= needed("user_service")
    assert {"SURVEY_SERVICE_URL", "ALERT_SERVICE_URL"} <= needed("score_service")


@pytest.mark.parametrize("file", COMPOSE_FILES)
def test_a_service_is_told_the_addresses_of_those_it_calls_and_no_others(file: str) -> None:
    for service, callees in CALLEES.items():
        environment = compose_services(file)[service]["environment"]
        told = {name: url for name, url in environment.items() if name.endswith("_SERVICE_URL")}
        own = {"USER_SERVICE_URL": "http://user_service:8002"}
        assert told == own | {f"{callee.upper()}_URL": f"http://{callee}:{PORTS[callee]}" for callee in callees}


def test_production_publishes_the_gateways_tls_port_and_nothing_else() -> None:
    services = compose_services("docker-compose.prod.yml")
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"kong": ["8443:8443"]}
    assert {service["environment"]["ENVIRONMENT"] for name, service in services.items() if name != "kong"} == {
        "production"
    }


def test_in_development_everything_is_published_on_loopback() -> None:
    ports = [port for service in compose_services("docker-compose.yml").values() for port in service.get("ports", [])]
    assert len(ports) > 10
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []


def test_every_container_of_production_is_locked_down_and_limited() -> None:
    for name, service in compose_services("docker-compose.prod.yml").items():
        assert service["read_only"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}, name


def test_make_env_makes_every_secret_the_compose_files_ask_for() -> None:
    assert {"POSTGRES_PASSWORD", "REFRESH_KEY", "PROFILE_FIELD_KEYS"} <= set(asked_for())


def test_the_images_know_the_ports_of_their_services() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    for service in SERVICES:
        stage = dockerfile.partition(f"FROM base AS {service}\n")[2].partition("FROM ")[0]
        assert f"ENV UVICORN_PORT={PORTS[service]}\n" in stage


def imported_packages(folder: str) -> set[str]:
    """The distributions that the modules of one folder import, by the names of requirements.txt."""
    found: set[str] = set()
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.partition(".")[0])
    names = packages_distributions()
    return {name.lower().replace("_", "-") for module in found for name in names.get(module, [])}


def test_what_only_the_score_service_has_is_imported_by_no_other() -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    (alone,) = re.findall(r'SCORE_ALONE="\^\((.+)\)=="', dockerfile)
    packages = set(alone.split("|"))
    assert {"numpy", "pyarrow", "fpdf2"} <= packages & imported_packages("score_service"), "or nothing is looked at"
    for folder in {"service_kit", *SERVICES} - {"score_service"}:
        assert packages & imported_packages(folder) == set(), folder
    assert alone in (ROOT / "deploy" / "stack.Dockerfile").read_text()


def test_the_chart_knows_the_same_ports_and_callees() -> None:
    services = yaml.safe_load((CHART / "values.yaml").read_text())["services"]
    assert {f"{name}_service": service["port"] for name, service in services.items()} == {
        name: PORTS[name] for name in SERVICES
    }
    callees = {f"{name}_service": {f"{each}_service" for each in own["callees"]} for name, own in services.items()}
    assert callees == {name: set(each) for name, each in CALLEES.items()}


def test_whoever_keeps_connections_gives_them_up_sooner_than_a_process_that_leaves_is_stopped() -> None:
    """Otherwise a request could be sent on one that is being closed (ADR 0029)."""
    kong = compose_services("docker-compose.prod.yml")["kong"]["environment"]
    between_services = httpx.Limits().keepalive_expiry or float("inf")
    kept_s = [float(UPSTREAM_IDLE.rstrip("s")), float(kong["KONG_UPSTREAM_KEEPALIVE_IDLE_TIMEOUT"]), between_services]
    assert max(kept_s) + 1 <= LEAVES_AFTER_S
