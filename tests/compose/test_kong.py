"""Kong's own pages in the development compose file: to look at, from this machine only."""

import os
from typing import Any

import httpx
import pytest

from tests.support.waiting import PATIENCE_S

ADMIN = "http://localhost:8001"


@pytest.fixture(scope="module", autouse=True)
def kong() -> None:
    if "COMPOSE_GIVEN" not in os.environ or os.environ["GATEWAY_KIND"] != "kong":
        pytest.skip("make test-compose GATEWAY=kong runs this")


def asked(url: str, method: str = "GET", **request: Any) -> httpx.Response:
    return httpx.request(method, url, timeout=PATIENCE_S, **request)


def test_the_admin_api_shows_what_kong_does() -> None:
    names = {service["name"] for service in asked(f"{ADMIN}/services").json()["data"]}
    assert {"user_service", "score_service"} <= names


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_admin_api_changes_nothing(method: str) -> None:
    before = asked(f"{ADMIN}/routes").json()
    assert asked(f"{ADMIN}/config", method, json={"_format_version": "3.0"}).status_code == 405
    assert asked(f"{ADMIN}/routes").json() == before


def test_a_page_whose_name_leads_to_this_machine_reads_nothing() -> None:
    assert asked(f"{ADMIN}/jwts", headers={"Host": "rebound.example"}).status_code == 403
    answer = asked(f"{ADMIN}/services", headers={"Origin": "https://evil.example"})
    assert answer.headers.get("access-control-allow-origin") in {None, "http://localhost:1337"}


def test_kong_manager_is_served() -> None:
    assert "Kong Manager" in asked("http://localhost:1337", follow_redirects=True).text
