"""What the compose files and the chart hand to the services, read without running anything."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.support.services import ROOT

COMPOSE_FILES = ("docker-compose.yml", "docker-compose.prod.yml")
CHART = ROOT / "deploy" / "helm" / "credit-score"
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)")
# What somebody who installs it in production says, beside the secrets of `make env`.
GIVEN = {
    "USER_DATABASE_URL": "postgresql://user_service:pw@db.example.com/user_db",
    "PROFILE_DATABASE_URL": "postgresql://profile_service:pw@db.example.com/profile_db",
    "ALERT_DATABASE_URL": "postgresql://alert_service:pw@db.example.com/alert_db",
    "SURVEY_DATABASE_URL": "postgresql://survey_service:pw@db.example.com/survey_db",
    "SCORE_DATABASE_URL": "postgresql://score_service:pw@db.example.com/score_db",
    "ALLOWED_ORIGINS": "https://app.example.com,https://www.example.com",
    "APP_URL": "https://app.example.com",
    "RP_ID": "example.com",
    "SMTP_URL": "smtp+starttls://mailer:pw@smtp.example.com",
    "MAIL_FROM": "Credit Score <no-reply@example.com>",
    "TLS_FOLDER": "/etc/credit-score/tls",
}


def compose_services(name: str) -> dict[str, dict[str, Any]]:
    """The services of one compose file with what they extend; maps are merged, as compose merges them."""
    services: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / name).read_text())["services"]
    return {service: _extended(definition) for service, definition in services.items()}


def _extended(definition: dict[str, Any]) -> dict[str, Any]:
    if "extends" not in definition:
        return definition
    place = definition["extends"]
    base = yaml.safe_load((ROOT / place["file"]).read_text())["services"][place["service"]]
    environment = {**base.get("environment", {}), **definition.get("environment", {})}
    return {**base, **definition, "environment": environment}


def interpolated(value: object, variables: Mapping[str, str]) -> str:
    """One value as compose reads it: ${NAME:-default} and ${NAME:?complaint}, of which one may stand in the other."""
    text = str(value)
    while found := re.search(r"\$\{([A-Z0-9_]+)(:-|:\?)([^${}]*)\}", text):
        name, kind, rest = found.groups()
        given = variables[name] if kind == ":?" else variables.get(name, rest)
        text = text[: found.start()] + given + text[found.end() :]
    return text


def compose_variables() -> set[str]:
    """Every variable that a compose file reads from .env."""
    texts = [(ROOT / name).read_text() for name in (*COMPOSE_FILES, "deploy/services.yml")]
    return {name for text in texts for name in VARIABLE.findall(text)}


def chart_settings(service: str) -> set[str]:
    """The settings that the chart gives to one service."""
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    name = service.removesuffix("_service")
    own = values["services"][name]
    alike = set(re.findall(r"\{name: ([A-Z_]+), value", (CHART / "templates" / "services.yaml").read_text()))
    callees = {f"{callee.upper()}_SERVICE_URL" for callee in own["callees"]}
    return {*alike, *own["secrets"], *own["settings"], *callees, f"{name.upper()}_DATABASE_URL"}
