"""Kong's own pages in the development compose file: to look at, from this machine only."""

import os

import httpx
import pytest

ADMIN = "http://localhost:8001"


@pytest.fixture(scope="module", autouse=True)
def kong() -> None:
    if "COMPOSE_GIVEN" not in os.environ or os.environ["GATEWAY_KIND"] != "kong":
        pytest.skip("make test-compose GATEWAY=kong runs this")


def test_the_admin_api_shows_what_kong_does() -> None:
    names = {service["name"] for service in httpx.get(f"{ADMIN}/services").json()["data"]}
    assert {"user_service", "score_service"} <= names


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_admin_api_changes_nothing(method: str) -> None:
    before = httpx.get(f"{ADMIN}/routes").json()
    assert httpx.request(method, f"{ADMIN}/config", json={"_format_version": "3.0"}).status_code == 405
    assert httpx.get(f"{ADMIN}/routes").json() == before


def test_a_page_whose_name_leads_to_this_machine_reads_nothing() -> None:
    assert httpx.get(f"{ADMIN}/jwts", headers={"Host": "rebound.example"}).status_code == 403
    answer = httpx.get(f"{ADMIN}/services", headers={"Origin": "https://evil.example"})
    assert answer.headers.get("access-control-allow-origin") in {None, "http://localhost:1337"}


def test_kong_manager_is_served() -> None:
    assert "Kong Manager" in httpx.get("http://localhost:1337", follow_redirects=True).text
