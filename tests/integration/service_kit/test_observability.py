"""Alerts and dashboards ask for metrics that the services have, and the runbook says what to do at each alert."""

import json
import re
import shutil
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import promql_parser as promql
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.callers import SERVICES
from tests.support.services import NOWHERE, ROOT, RunningService, RunService
from tests.support.waiting import PATIENCE_S, eventually

FOLDER = ROOT / "deploy" / "observability"
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
# Of Prometheus itself: a series for every target, and what it adds to each one it reads.
OWN = {"up": {"job", "instance"}}
ADDED = {"job", "instance"}
SAMPLES = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum"), "gauge": ("",)}

RULES = [rule for group in yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"] for rule in group["rules"]]
DASHBOARDS = {file.name: json.loads(file.read_text()) for file in (FOLDER / "dashboards").glob("*.json")}


def questions() -> Iterator[tuple[str, str]]:
    """Everything Prometheus is asked, and by whom."""
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for name, board in DASHBOARDS.items():
        for panel in board["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']}", target["expr"].replace("$job", ".+")


@pytest.fixture(scope="module")
def known(request: pytest.FixtureRequest) -> dict[str, set[str]]:
    """The metrics of all services by name, each with the labels that its samples have."""
    found: dict[str, set[str]] = dict(OWN)
    for name in SERVICES:
        service: RunningService = request.getfixturevalue(name)
        service.client.get("/nowhere")
        for family in text_string_to_metric_families(service.client.get("/metrics").text):
            for ending in SAMPLES.get(family.type, ()):
                labels = {label for sample in family.samples for label in sample.labels}
                found.setdefault(family.name + ending, set(ADDED)).update(labels)
    return found


def unknown(expression: str, known: dict[str, set[str]]) -> list[str]:
    """The metrics of an expression that are not there, and the labels that it chooses by and its metric has not."""
    wrong: list[str] = []

    def visit(part: Any) -> None:
        if isinstance(part, promql.VectorSelector):
            labels = {matcher.name for matcher in part.matchers.matchers}
            if part.name not in known:
                wrong.append(part.name)
            else:
                wrong.extend(f"{part.name}{{{label}}}" for label in sorted(labels - known[part.name]))

    promql.walk(promql.parse(expression), visit)
    return wrong


@pytest.mark.parametrize(("asker", "expression"), list(questions()))
def test_what_is_asked_for_is_there(asker: str, expression: str, known: dict[str, set[str]]) -> None:
    assert unknown(expression, known) == []


def test_a_metric_or_a_label_that_is_not_there_is_found(known: dict[str, set[str]]) -> None:
    assert unknown("sum(rate(http_request_total[5m])) > time() - max(outbox_oldest_seconds)", known) == [
        "http_request_total"
    ]
    assert unknown('http_requests_total{code="500"}', known) == ["http_requests_total{code}"]
    with pytest.raises(ValueError, match="unclosed"):
        unknown("sum by (job (up)", known)


def value_of(service: RunningService, metric: str) -> float:
    return float(re.findall(rf"^{metric} (\S+)$", service.client.get("/metrics").text, re.MULTILINE)[0])


def test_silence_about_ended_sessions_is_counted_from_when_it_began(run_service: RunService) -> None:
    service = run_service("survey_service", USER_SERVICE_URL=NOWHERE)
    eventually(lambda: value_of(service, "revocations_silent_seconds") >= 1)


def test_the_time_of_the_last_seal_stands_still_while_nothing_can_be_sealed(
    run_service: RunService, tmp_path: Path
) -> None:
    service = run_service("user_service", AUDIT_HEADS_FILE=str(tmp_path / "heads" / "file"))
    account = {"email": "sealed@example.com", "password": "correct horse battery staple"}
    (tmp_path / "heads").mkdir(exist_ok=True)
    eventually(lambda: time.time() - value_of(service, "audit_sealed_timestamp_seconds") < PATIENCE_S)
    shutil.rmtree(tmp_path / "heads")
    service.client.post("/auth/signup", json=account).raise_for_status()
    eventually(lambda: "audit_log_not_sealed" in service.log)
    stood = value_of(service, "audit_sealed_timestamp_seconds")
    time.sleep(2.5)
    assert value_of(service, "audit_sealed_timestamp_seconds") == stood


@cache
def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)$", RUNBOOK, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_has_its_section(rule: dict[str, Any]) -> None:
    section = sections()[rule["alert"]]
    assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{rule['alert'].lower()}"
    assert section.strip().startswith({"page": "*Page.*", "ticket": "*Ticket.*"}[rule["labels"]["severity"]])
    assert "*Look at:*" in section
    assert "*Do:*" in section
    assert rule["annotations"]["summary"]


def test_every_section_is_of_an_alert() -> None:
    assert set(sections()) == {rule["alert"] for rule in RULES}


def test_what_the_runbook_tells_to_look_for_in_logs_is_logged() -> None:
    source = "".join(
        file.read_text() for folder in (*SERVICES, "service_kit") for file in (ROOT / folder).rglob("*.py")
    )
    named = set(re.findall(r"`((?:[a-z]+_)+[a-z]+)`", RUNBOOK)) - {
        "request_id",
        "exc_type",
        "event_id",
        "pg_stat_activity",
    }
    assert len(named) >= 6
    assert {event for event in named if f'"{event}"' not in source and f"{event}=" not in source} == set()


@pytest.mark.parametrize("board", list(DASHBOARDS.values()), ids=list(DASHBOARDS))
def test_dashboards_are_grafanas(board: dict[str, Any]) -> None:
    """Panels have ids of their own, and their data source is the one that is provisioned."""
    provisioned = yaml.safe_load((FOLDER / "grafana" / "datasources" / "sources.yml").read_text())["datasources"]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(ids) == len(set(ids)) >= 5
    assert {panel["datasource"]["uid"] for panel in board["panels"]} == {provisioned[0]["uid"]}
