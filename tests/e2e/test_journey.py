"""The main job by lifecycle, through the gateway: sign up, profile, survey, score, what would change it, alert."""

import re
import time

import httpx
import pytest

from tests.support.people import PASSWORD, SignedIn
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE_S, eventually, patiently


@pytest.fixture(scope="module")
def person(stack: Stack) -> SignedIn:
    somebody = stack.new_person()
    somebody.answer_survey()
    return somebody


def test_up_printed_addresses_pages_and_a_demo_account(stack: Stack) -> None:
    again = stack.command("up", RATE_LIMIT_FACTOR="100")
    assert again.returncode == 0, again.stderr
    for service in ("user", "profile", "alert", "survey", "score"):
        assert f"{stack.gateway}/{service}/docs" in again.stdout or f"/{service}/docs" in again.stdout
    assert "demo@example.com" in again.stdout
    assert "Walking the main job" not in again.stdout, "the walk is once, later on demand"


def test_profile_and_preferences_are_stored_through_the_gateway(person: SignedIn) -> None:
    person.ok("PUT", "/profile/me", {"full_name": "Trần Thị Bình", "phone": "+84 912 345 678"})
    person.ok("PUT", "/preferences/me", {"language": "vi"})
    assert person.ok("GET", "/profile/me")["full_name"] == "Trần Thị Bình"
    assert person.ok("GET", "/preferences/me")["language"] == "vi"


def test_the_score_adds_up_and_is_what_everyone_reads(person: SignedIn) -> None:
    score = person.ok("POST", "/scores/me/calculate")
    assert 300 <= score["current_score"] <= 850
    points = sum(factor["points"] for factor in score["factors"])
    assert min(850, max(300, score["base_points"] + points)) == score["current_score"]
    assert sum(factor["weight"] for factor in score["factors"]) == pytest.approx(100)
    current = person.ok("GET", "/scores/me")
    assert current["current_score"] == score["current_score"]
    assert person.ok("GET", f"/scores/{person.user_id}")["version"] == score["version"]
    assert person.ok("GET", "/scores/me/history")["history"][0]["score"] == score["current_score"]


def test_the_first_score_raises_its_milestone_alert_once(person: SignedIn) -> None:
    alerts = person.wait_for("/alerts/me", bool)
    assert [alert["kind"] for alert in alerts].count("first_score") == 1
    assert person.ok("GET", "/alerts/me/unread-count") == {"unread": len(alerts)}
    assert person.ok("POST", f"/alerts/{alerts[0]['id']}/read") == {"success": True}
    assert person.ok("GET", "/alerts/me/unread-count") == {"unread": len(alerts) - 1}
    person.ok("POST", "/alerts/read-all")
    assert person.ok("GET", "/alerts/me?unread=true") == []
    reached = person.ok("GET", "/milestones/me")["reached"]
    assert reached


def test_simulating_nothing_gives_the_score_and_less_debt_gives_no_less(person: SignedIn) -> None:
    current = person.ok("GET", "/scores/me")["current_score"]
    same = person.ok("POST", "/scores/me/simulate", {"changes": {}})
    assert (same["score"], same["delta"]) == (current, 0)
    better = person.ok("POST", "/scores/me/simulate", {"changes": {"utilisation": 0.0, "debt_ratio": 0.0}})
    assert better["score"] >= current
    worse = person.ok("POST", "/scores/me/simulate", {"changes": {"late90": 3}})
    assert worse["score"] < current
    assert person.ok("GET", "/scores/me")["current_score"] == current


def test_a_session_is_renewed_and_ended(stack: Stack) -> None:
    somebody = stack.new_person()
    renewed = somebody.ok("POST", "/auth/refresh", {"refresh_token": somebody.session["refresh_token"]})
    assert renewed["refresh_token"] != somebody.session["refresh_token"]
    somebody.client.headers["Authorization"] = f"Bearer {renewed['access_token']}"
    assert somebody.ok("GET", "/users/me")["email"] == somebody.email
    somebody.client.post("/auth/logout", json={"refresh_token": renewed["refresh_token"]})
    ended = somebody.client.post("/auth/refresh", json={"refresh_token": renewed["refresh_token"]})
    assert ended.status_code == 401


def test_a_browser_needs_no_token_in_its_page(stack: Stack) -> None:
    somebody = stack.new_person()
    origin = {"Origin": stack.gateway.removesuffix("/api/v1").replace("127.0.0.1", "localhost")}
    with httpx.Client(base_url=stack.gateway, timeout=PATIENCE_S) as browser:
        login = browser.post("/auth/login", json={"email": somebody.email, "password": PASSWORD}, headers=origin)
        cookies = login.headers.get_list("set-cookie")
        assert all("httponly" in each.lower() and "samesite=strict" in each.lower() for each in cookies)
        assert browser.get("/users/me").json()["email"] == somebody.email
        assert browser.put("/preferences/me", json={"theme": "dark"}, headers=origin).status_code == 200
        assert browser.put("/preferences/me", json={"theme": "light"}).status_code == 403
        foreign = browser.put("/preferences/me", json={"theme": "light"}, headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert browser.get("/preferences/me").json()["theme"] == "dark"


@pytest.mark.parametrize(
    "path",
    ["/scores/{}", "/scores/{}/history", "/scores/{}/factors", "/alerts/{}", "/milestones/{}", "/survey/answers/{}",
     "/survey/progress/{}", "/score-updates/{}"],
)  # fmt: skip
def test_somebody_else_s_things_are_not_there(stack: Stack, person: SignedIn, path: str) -> None:
    stranger = stack.new_person()
    for user_id in (person.user_id, "0193b1f0-c2d4-7e0f-9a5b-000000000001", "no-id", "0"):
        answer = stranger.client.get(path.format(user_id))
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_request_id_goes_through_every_hop(stack: Stack, person: SignedIn) -> None:
    request_id = f"journey-{time.time_ns()}"
    headers = {"X-Request-ID": request_id}
    answer = patiently(lambda: person.client.post("/scores/me/calculate", headers=headers))
    assert answer.headers["x-request-id"] == request_id
    for service in ("score_service", "survey_service", "alert_service"):  # the last one hears of it from the relay
        eventually(lambda service=service: request_id in stack.logs()[service], service)


@pytest.mark.parametrize("service", ["user", "profile", "alert", "survey", "score"])
def test_swagger_stands_behind_the_gateway_with_files_of_its_own(stack: Stack, service: str) -> None:
    with httpx.Client(base_url=stack.gateway, timeout=PATIENCE_S) as browser:
        page = browser.get(f"/{service}/docs")
        assert page.status_code == 200
        assets = [page.url.join(url) for url in re.findall(r'(?:src|href)="([^"]+)"', page.text)]
        assert len(assets) >= 3
        assert [url for url in assets if url.host != page.url.host or browser.get(url).status_code != 200] == []
        document = browser.get(f"/{service}/openapi.json")
        server = document.url.join(document.json()["servers"][0]["url"])
        assert str(server).rstrip("/") == stack.gateway


def test_nothing_personal_is_in_the_logs(stack: Stack, person: SignedIn) -> None:
    secrets = [person.email, PASSWORD, person.session["access_token"], person.session["refresh_token"], "Trần Thị Bình"]
    for name, text in stack.logs().items():
        assert [secret for secret in secrets if secret in text] == [], name
