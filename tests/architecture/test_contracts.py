"""The committed OpenAPI documents are the code's, and the gateway's routes are theirs: in both directions."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from local_stack import kong
from tests.support.callers import SERVICES
from tests.support.services import ROOT

CONTRACTS = ROOT / "contracts" / "openapi"
GATEWAY = kong.parse(yaml.safe_load((ROOT / "kong" / "kong.yml").read_text()))
# A service of the gateway may be one of several in front of the same host.
HOSTS = {service.name: service.host for service in GATEWAY.services}

CLOSED = "closed"

# Closed at the gateway: only other services call these, directly.
BETWEEN_SERVICES = {
    "/score-updates",
    "/alerts/on-score-updated",
    "/survey/features",
    "/internal/revocations",
    "/internal/security-notices",
    "/internal/dispute-notices",
    "/internal/delivery-preferences/{user_id}",
    "/internal/addresses/{user_id}",
    "/internal/privacy/{user_id}",
    "/internal/consents/{user_id}",
}
# Routes of kong.yml whose endpoints are still to be built; a name leaves this set with its first endpoint.
ANNOUNCED: set[str] = set()


def paths(service: str) -> list[str]:
    return list(json.loads((CONTRACTS / f"{service}.json").read_text())["paths"])


def matches(path: str) -> Iterator[tuple[int, str, str]]:
    """Every route of kong.yml that takes a public path: its priority, its service's name, its own name."""
    open_routes = [(service.name, route) for service in GATEWAY.services for route in service.routes]
    for service, route in [*open_routes, *((CLOSED, route) for route in GATEWAY.routes)]:
        for pattern in route.paths:
            # Kong writes named groups as PCRE does, and matches from the start of the path.
            if re.match(pattern.removeprefix("~").replace("(?<", "(?P<"), path):
                yield route.regex_priority, service, route.name


def taken_by(path: str) -> tuple[str, str] | None:
    found = sorted(matches(path), reverse=True)
    if not found:
        return None
    best = [each for each in found if each[0] == found[0][0]]
    assert len({service for _, service, _ in best}) == 1, f"{path} could go to {best}"
    return best[0][1], best[0][2]


def example(path: str) -> str:
    return "/api/v1" + re.sub(r"\{[^}]+\}", "0193b1f0", path)


def test_the_committed_documents_are_the_code_s(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "tools/export_openapi.py", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    drifted = [
        service
        for service in SERVICES
        if (tmp_path / f"{service}.json").read_text() != (CONTRACTS / f"{service}.json").read_text()
    ]
    assert drifted == [], "run: make openapi"


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_has_its_route_at_the_gateway(service: str) -> None:
    lost = []
    for path in paths(service):
        taken = taken_by(example(path))
        if path in BETWEEN_SERVICES:
            assert taken is None or taken[0] == CLOSED, f"{path} is open at the gateway"
        elif taken is None or HOSTS.get(taken[0]) != service:
            lost.append((path, taken))
    assert lost == []


def test_every_route_of_the_gateway_leads_to_an_operation() -> None:
    used = {taken for service in SERVICES for path in paths(service) if (taken := taken_by(example(path)))}
    docs = {f"{service.removesuffix('_service')}-docs" for service in SERVICES}
    routes = {route.name for service in GATEWAY.services for route in service.routes}
    assert routes - {name for _, name in used} - docs == ANNOUNCED


@pytest.mark.parametrize(
    "path", ["/api/v1/health/live", "/api/v1/health/ready", "/api/v1/metrics", "/api/v1/internal/x", "/api/v1/docs"]
)
def test_what_is_for_operators_has_no_route(path: str) -> None:
    taken = taken_by(path)
    assert taken is None or taken[0] == CLOSED
