"""Forged, foreign, expired and twisted tokens are refused by each service itself, whatever a gateway would do."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from uuid_utils.compat import uuid7

from tests.security.bad_tokens import PROTECTED, corpus, misplaced
from tests.security.campaign import report
from tests.security.identity_headers import identity_headers
from tests.support.callers import SERVICES, Caller, Keys
from tests.support.services import ORIGIN, RunningService, RunService
from tests.support.waiting import away_from_midnight


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> RunningService:
    running = request.getfixturevalue(request.param)
    assert isinstance(running, RunningService)
    return running


def ask(service: RunningService, headers: Any) -> httpx.Response:
    return service.client.get(PROTECTED[service.name], headers=headers)


def test_every_bad_token_is_refused_and_a_good_one_is_not(
    service: RunningService, keys: Keys, new_person: Callable[..., Caller]
) -> None:
    answers = {name: ask(service, {"Authorization": f"Bearer {token}"}) for name, token in corpus(keys).items()}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}
    report(f"S2 {service.name}", f"n = {len(answers)} bad tokens: all refused with 401")
    for answer in answers.values():
        assert answer.json()["code"] == "unauthenticated"
        assert answer.headers["www-authenticate"] == "Bearer"
    assert ask(service, new_person("admin").headers).status_code == 200


def test_a_good_token_in_a_wrong_place_is_no_identity(
    service: RunningService, new_person: Callable[..., Caller]
) -> None:
    token = new_person().token
    kong_only = {"another word before": {"Authorization": f"x Bearer {token}"}}
    answers = {name: ask(service, headers) for name, headers in {**misplaced(token), **kong_only}.items()}
    assert {name: answer.status_code for name, answer in answers.items() if answer.status_code != 401} == {}
    assert service.client.get(f"{PROTECTED[service.name]}?jwt={token}&access_token={token}").status_code == 401


def test_headers_that_name_somebody_have_no_effect(service: RunningService, new_person: Callable[..., Caller]) -> None:
    """As they arrive from a gateway on the same machine; by hand there, `X-User-Id` has its documented effect."""
    away_from_midnight()  # the user service's answer counts those who came today
    person, other = new_person("admin"), new_person("admin")
    path, tried = PROTECTED[service.name], 0
    alone = service.client.get(path, headers=person.headers)
    for each in identity_headers(str(other.user_id)):
        headers = {"Via": "1.1 gateway", **each}
        assert service.client.get(path, headers=headers).status_code == 401, headers
        beside = service.client.get(path, headers={**person.headers, **headers})
        assert (beside.status_code, beside.content) == (200, alone.content), headers
        tried += 1
    report(f"S3 {service.name}", f"n = {tried} headers x 2 requests: no effect")


def test_a_service_that_believes_such_a_header_is_noticed(
    run_service: RunService, new_person: Callable[..., Caller]
) -> None:
    """The control: called by hand, where one of these headers is believed on purpose."""
    believing = run_service("profile_service", USER_ID_HEADER="true")
    answers = [believing.client.get("/preferences/me", headers=each) for each in identity_headers(str(uuid7()))]
    assert 200 in {answer.status_code for answer in answers}


def test_a_cookie_is_an_identity_but_changes_nothing_from_a_foreign_page(
    profile_service: RunningService, new_person: Callable[..., Caller]
) -> None:
    person = new_person()
    cookie = {"Cookie": f"access_token={person.token}"}
    client = profile_service.client
    assert client.get("/preferences/me", headers=cookie).status_code == 200
    for origin in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": f"{ORIGIN}.evil.example"}):
        refused = client.put("/preferences/me", json={"theme": "dark"}, headers={**cookie, **origin})
        assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
    assert client.get("/preferences/me", headers=cookie).json()["theme"] == "auto"
    ours = client.put("/preferences/me", json={"theme": "dark"}, headers={**cookie, "Origin": ORIGIN})
    assert ours.status_code == 200


def test_a_bearer_counts_and_the_cookie_beside_it_does_not(
    profile_service: RunningService, new_person: Callable[..., Caller]
) -> None:
    one, other = new_person(), new_person()
    headers = {**one.headers, "Cookie": f"access_token={other.token}"}
    assert profile_service.client.put("/profile/me", json={"full_name": "One"}, headers=headers).status_code == 200
    assert profile_service.client.get("/profile/me", headers=one.headers).json()["full_name"] == "One"
    assert profile_service.client.get("/profile/me", headers=other.headers).status_code == 404
