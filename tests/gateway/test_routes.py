"""Which path reaches which service, and under what name."""

from contextlib import closing

import pytest

from tests.gateway.wire import Caller

USER, PROFILE, ALERT, SURVEY, SCORE = (f"{name}_service" for name in ("user", "profile", "alert", "survey", "score"))
OPEN = {
    "/auth/signup": USER,
    "/auth/login": USER,
    "/auth/refresh": USER,
    "/auth/logout": USER,
    "/auth/verify-token": USER,
    "/auth/forgot-password": USER,
    "/auth/reset-password": USER,
    "/auth/verify-email": USER,
    "/auth/passkeys/login": USER,
    "/auth/passkeys/login/options": USER,
    "/auth/erasures/7": USER,
    "/.well-known/jwks.json": USER,
}
PROTECTED = {
    "/auth/sessions": USER,
    "/auth/sessions/7": USER,
    "/auth/change-password": USER,
    "/auth/verify-email/resend": USER,
    "/auth/mfa/totp": USER,
    "/auth/mfa/totp/confirm": USER,
    "/auth/mfa/totp/recovery-codes": USER,
    "/auth/passkeys": USER,
    "/auth/passkeys/7": USER,
    "/auth/passkeys/options": USER,
    "/users/me": USER,
    "/users/me/export": USER,
    "/admin/users": USER,
    "/admin/users/7/disable": USER,
    "/admin/users/7/remove-second-factors": USER,
    "/admin/summary": USER,
    "/admin/audit": USER,
    "/profile/me": PROFILE,
    "/profile/me/completeness": PROFILE,
    "/preferences/me": PROFILE,
    "/consents/me": PROFILE,
    "/survey/questions": SURVEY,
    "/survey/submit": SURVEY,
    "/survey/answer": SURVEY,
    "/survey/answers/me": SURVEY,
    "/survey/progress/me": SURVEY,
    "/survey/features/me": SURVEY,
    "/survey/admin/import-questions": SURVEY,
    "/survey/admin/versions/2/publish": SURVEY,
    "/survey/admin/statistics": SURVEY,
    "/survey/admin/export": SURVEY,
    "/scores/me": SCORE,
    "/scores/me/calculate": SCORE,
    "/scores/me/simulate/projection": SCORE,
    "/scores/me/report.pdf": SCORE,
    "/scores/models/current": SCORE,
    "/scores/admin/batch": SCORE,
    "/scores/admin/replay/7": SCORE,
    "/disputes": SCORE,
    "/score-updates/me": ALERT,
    "/alerts/me": ALERT,
    "/alerts/me/unread-count": ALERT,
    "/alerts/read-all": ALERT,
    "/alerts/webhooks/7": ALERT,
    "/alerts/webhooks/7/enable": ALERT,
    "/alerts/admin/dead-letters/7/replay": ALERT,
    "/milestones/me": ALERT,
    "/goals/me": ALERT,
}
NOWHERE = (
    "/",
    "/api",
    "/api/v1",
    "/api/v1/",
    "/api/v2/users/me",
    "/users/me",
    "/health/ready",
    "/metrics",
    "/docs",
    "/api/v1/health/ready",
    "/api/v1/metrics",
    "/api/v1/docs",
    "/api/v1/user/health/ready",
    "/api/v1/user/metrics",
    "/api/v1/user/docs/x",
    "/api/v1/user/static-offline-docs/",
    "/api/v1/authX",
    "/api/v1/usersX",
    "/api/v1/users.json",
    "/api/v1/scoresX/me",
    "/api/v1/score/me",
    "/api/v1/.well-known/jwksXjson",
    "/api/v1/.well-known/jwks.json/x",
    "/x/api/v1/users/me",
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.mark.parametrize(("path", "service"), [*OPEN.items(), *PROTECTED.items()])
def test_a_path_reaches_its_service(
    caller: Caller, bearer: tuple[str, str], echo: dict[str, int], path: str, service: str
) -> None:
    answer = caller.send("POST", f"/api/v1{path}?a=1&b=%20%2F", [bearer], b"{}")
    assert answer.status == 200
    assert (answer.heard.method, answer.heard.path, answer.heard.query) == ("POST", path, "a=1&b=%20%2F")
    assert echo[service] in {answer.heard.port, 0}


@pytest.mark.parametrize("path", OPEN)
def test_an_open_path_asks_for_no_token(caller: Caller, echo: dict[str, int], path: str) -> None:
    assert caller.send("POST", f"/api/v1{path}", [("Authorization", "Bearer expired")], b"{}").status == 200


@pytest.mark.parametrize("path", PROTECTED)
def test_every_other_path_asks_for_a_token(caller: Caller, path: str) -> None:
    assert caller.send("GET", f"/api/v1{path}").status == 401


@pytest.mark.parametrize("path", NOWHERE)
def test_other_paths_lead_nowhere(caller: Caller, bearer: tuple[str, str], path: str) -> None:
    assert caller.send("GET", path, [bearer]).status == 404


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/internal",
        "/api/v1/internal/",
        "/api/v1/internal/users/7",
        "/api/v1/score-updates",
        "/api/v1/score-updates/",
        "/api/v1/alerts/on-score-updated",
        "/api/v1/alerts/on-score-updated/",
        "/api/v1/survey/features",
        "/api/v1/survey/features/",
        "/api/v1//internal/users",
        "/api/v1/./internal/users",
        "/api/v1/alerts/%6fn-score-updated",
        "/api/v1/score-updates?x=/7",
    ],
)
def test_what_services_say_to_one_another_is_closed(
    caller: Caller, bearer: tuple[str, str], method: str, path: str
) -> None:
    assert caller.send(method, path, [bearer]).status == 404


def test_a_closed_path_cannot_be_told_from_one_that_is_not_there(caller: Caller, bearer: tuple[str, str]) -> None:
    closed, absent = (caller.send("GET", path, [bearer]) for path in ("/api/v1/internal/x", "/api/v1/absent/x"))
    assert closed.json["message"] == absent.json["message"]


@pytest.mark.parametrize("service", ["user", "profile", "alert", "survey", "score"])
@pytest.mark.parametrize("page", ["docs", "openapi.json", "static-offline-docs/swagger-ui-bundle.js"])
def test_swagger_pages_are_open(caller: Caller, echo: dict[str, int], service: str, page: str) -> None:
    answer = caller.send("GET", f"/api/v1/{service}/{page}")
    assert (answer.status, answer.heard.path) == (200, f"/{page}")
    assert echo[f"{service}_service"] in {answer.heard.port, 0}


def test_events_arrive_as_they_are_sent(caller: Caller, bearer: tuple[str, str], echo: dict[str, int]) -> None:
    with closing(caller.connect()) as connection:
        connection.request("GET", "/api/v1/alerts/stream?pause=20", headers=dict([bearer]))
        response = connection.getresponse()
        assert response.headers["content-type"] == "text/event-stream"
        assert response.read1(100) == b"data: 1\n\n", "the first event waits for nothing after it"
