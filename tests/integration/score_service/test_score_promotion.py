"""Champion and challenger: both score, one decides, and two administrators may exchange them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from score_service.core.settings import SCORECARDS
from score_service.domain.evaluation import evaluate
from score_service.services.scorecards import load_scorecards
from tests.integration.score_service.borrower import FEATURES, Borrower
from tests.support.callers import Caller
from tests.support.services import RunningService, RunService
from tests.support.waiting import eventually, patiently

CHAMPION, CHALLENGER = "gmsc-7f-2026.11.2", "gmsc-9f-2026.11.3"
LOADED = load_scorecards(SCORECARDS, CHAMPION, CHALLENGER)
SHADOW = "challenger_version, challenger_sha256, challenger_score, challenger_probability_of_default"

NewAdmin = Callable[[], Caller]


@pytest.fixture
def replicas(run_service: RunService) -> tuple[RunningService, RunningService]:
    """Two processes on one database, which the other tests' scores never see."""
    first = run_service("score_service")
    return first, run_service("score_service", first.database_url)


def promote(service: RunningService, admin: Caller, version: str = CHALLENGER, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return service.client.post(f"/scores/admin/models/{version}/promote", headers={**admin.headers, **named})


def models(service: RunningService, admin: Caller) -> dict[str, Any]:
    body: dict[str, Any] = service.client.get("/scores/admin/models", headers=admin.headers).json()
    return body


def states(service: RunningService, admin: Caller) -> dict[str, str]:
    """The states of all but the drafts: files that came before, and never decided in this installation."""
    return {each["version"]: each["state"] for each in models(service, admin)["items"] if each["state"] != "draft"}


def calculated_by(service: RunningService, person: Caller) -> str:
    answer = service.client.post("/scores/me/calculate", json={"features": FEATURES}, headers=person.headers)
    assert answer.status_code == 200
    version: str = answer.json()["model_version"]
    return version


def wait_for(service: RunningService, person: Caller, version: str) -> None:
    eventually(lambda: calculated_by(service, person) == version, f"{version} decides")


@pytest.mark.parametrize("known", [{}, {"age": 44}, {"age": 70, "dependents": 3}])
def test_what_the_challenger_makes_of_it_stands_beside_every_score(borrower: Borrower, known: dict[str, float]) -> None:
    score = borrower.calculate(**known)
    expected = evaluate(LOADED.challenger, {**FEATURES, **known})
    assert score["model_version"] == CHAMPION
    assert borrower.service.sql(f"SELECT {SHADOW} FROM scores WHERE user_id = %s", borrower.user_id) == [  # noqa: S608
        (CHALLENGER, LOADED.challenger.sha256, expected.score, expected.probability_of_default)
    ]


def test_age_and_dependents_never_touch_what_the_champion_decides(borrower: Borrower) -> None:
    scores = {borrower.calculate(age=age, dependents=2)["current_score"] for age in (18, 44, 110)}
    shadows = borrower.service.sql("SELECT challenger_score FROM scores WHERE user_id = %s", borrower.user_id)
    assert len(scores) == 1 < len(set(shadows))


def test_champion_and_challenger_are_listed_with_their_figures(
    replicas: tuple[RunningService, RunningService], new_admin: NewAdmin, new_person: Callable[..., Caller]
) -> None:
    service, _ = replicas
    admin = new_admin()
    empty = models(service, admin)
    assert {each["version"]: each["state"] for each in empty["items"]} == {
        CHAMPION: "champion",
        CHALLENGER: "challenger",
        "gmsc-7f-2026.11": "draft",
        "gmsc-9f-2026.11": "draft",
    }
    assert all(check["passed"] for each in empty["items"] for check in each["checks"])
    assert empty["promotions"] == []
    assert (empty["comparison"]["decisions"], empty["comparison"]["mean_difference"]) == (0, None)
    for late in range(3):
        changed = {"features": {**FEATURES, "late30": late}}
        service.client.post("/scores/me/calculate", json=changed, headers=new_person().headers)
    compared = models(service, admin)["comparison"]
    pairs = [
        [evaluate(card, {**FEATURES, "late30": late}) for card in (LOADED.champion, LOADED.challenger)]
        for late in range(3)
    ]
    differences = [challenger.score - champion.score for champion, challenger in pairs]
    assert compared["decisions"] == 3
    assert compared["mean_difference"] == pytest.approx(sum(differences) / 3)
    assert compared["mean_absolute_difference"] == pytest.approx(sum(map(abs, differences)) / 3)
    assert compared["same_band"] == sum(champion.band == challenger.band for champion, challenger in pairs)
    assert compared["correlation"] > 0.9


def test_a_second_administrator_s_approval_reaches_every_replica_and_can_be_taken_back(
    replicas: tuple[RunningService, RunningService], new_admin: NewAdmin, new_person: Callable[..., Caller]
) -> None:
    service, other = replicas
    first, second, person = new_admin(), new_admin(), new_person()
    proposed = promote(service, first).json()
    assert (proposed["state"], proposed["proposed_by"], proposed["approved_by"]) == (
        "proposed",
        str(first.user_id),
        None,
    )
    assert states(service, first) == {CHAMPION: "champion", CHALLENGER: "challenger"}
    assert calculated_by(other, person) == CHAMPION

    approved = promote(other, second).json()
    assert (approved["state"], approved["number"], approved["approved_by"]) == (
        "approved",
        proposed["number"],
        str(second.user_id),
    )
    for replica in replicas:
        assert states(replica, first) == {CHAMPION: "challenger", CHALLENGER: "champion"}
        wait_for(replica, person, CHALLENGER)
    # The history says where the scorecard changed, and that with the same answers all of the change is its doing.
    history = service.client.get("/scores/me/history", params={"limit": 100}, headers=person.headers).json()["history"]
    then, now = (evaluate(LOADED.by_version[version], FEATURES).score for version in (CHAMPION, CHALLENGER))
    first_by_the_challenger = next(each for each in reversed(history) if each["model_changed"])
    assert first_by_the_challenger["change"] == first_by_the_challenger["change_by_model"] == now - then != 0
    assert all(each["change_by_model"] == each["change"] for each in history)
    query = "SELECT challenger_version FROM scores WHERE user_id = %s ORDER BY version DESC LIMIT 1"
    assert service.sql(query, person.user_id) == [(CHAMPION,)]

    service.stop()
    service.start()
    assert calculated_by(service, person) == CHALLENGER
    for admin in (second, first):
        assert promote(service, admin, CHAMPION).status_code == 200
    wait_for(other, person, CHAMPION)
    assert [each["version"] for each in models(other, first)["promotions"]] == [CHAMPION, CHALLENGER]


def test_one_administrator_alone_promotes_nothing(
    replicas: tuple[RunningService, RunningService], new_admin: NewAdmin
) -> None:
    service, other = replicas
    admin = new_admin()
    assert promote(service, admin).status_code == 200
    for replica in replicas:
        answer = promote(replica, admin)
        assert (answer.status_code, answer.json()["code"]) == (409, "second_administrator_needed")
    assert states(other, admin)[CHAMPION] == "champion"
    assert service.sql("SELECT count(*), count(approved_at) FROM promotions") == [(1, 0)]


def test_a_proposal_lasts_seven_days_and_then_begins_anew(
    replicas: tuple[RunningService, RunningService], new_admin: NewAdmin
) -> None:
    service, _ = replicas
    first, second = new_admin(), new_admin()
    made = promote(service, first).json()
    lasts = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["proposed_at"])
    assert lasts == timedelta(days=7)
    service.sql("UPDATE promotions SET proposed_at = now() - interval '7 days', expires_at = now()")
    assert [each["state"] for each in models(service, first)["promotions"]] == ["expired"]
    # The second administrator approves nothing: theirs is a proposal of its own, which the first may approve.
    anew = promote(service, second).json()
    assert (anew["state"], anew["proposed_by"]) == ("proposed", str(second.user_id))
    assert states(service, first)[CHAMPION] == "champion"
    service.sql("UPDATE promotions SET expires_at = now() + interval '1 minute' WHERE lapsed_at IS NULL")
    assert promote(service, first).json()["state"] == "approved"
    assert [each["state"] for each in models(service, first)["promotions"]] == ["approved", "expired"]
    assert states(service, first)[CHALLENGER] == "champion"


def test_a_repeated_proposal_is_the_same_proposal(
    replicas: tuple[RunningService, RunningService], new_admin: NewAdmin
) -> None:
    admin = new_admin()
    first, again = (promote(replicas[0], admin, Idempotency_Key="once") for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())


def test_administrators_at_once_make_one_proposal_and_one_approval(
    replicas: tuple[RunningService, RunningService], new_admin: NewAdmin
) -> None:
    admins = [new_admin() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda i: patiently(lambda: promote(replicas[i % 2], admins[i])), range(6)))
    assert sorted(each.status_code for each in answers) == [200, 200, 409, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"not_the_challenger"}
    assert replicas[0].sql("SELECT count(*), count(approved_at) FROM promotions") == [(1, 1)]


@pytest.mark.parametrize(
    ("version", "status", "code"), [(CHAMPION, 409, "not_the_challenger"), ("gmsc-1f", 404, "model_not_found")]
)
def test_only_the_challenger_can_be_promoted(
    borrower: Borrower, new_admin: NewAdmin, version: str, status: int, code: str
) -> None:
    answer = promote(borrower.service, new_admin(), version)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert borrower.service.sql("SELECT count(*) FROM promotions") == [(0,)]


def test_promoting_and_looking_at_models_is_for_administrators(borrower: Borrower) -> None:
    assert promote(borrower.service, borrower.caller).status_code == 403
    path = "/scores/admin/models"
    assert borrower.service.client.get(path, headers=borrower.caller.headers).status_code == 403
    assert borrower.service.client.get(path).status_code == 401
