"""`/scores/admin/overrides`: an administrator's number, for a time, with a reason, never mistaken for a scorecard's."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from score_service.domain.overriding import number_in_force
from tests.integration.score_service.borrower import Borrower
from tests.support.callers import Caller
from tests.support.waiting import patiently

PATH = "/scores/admin/overrides"
REASON = "Two accounts were mixed up; a new file is on its way."

NewAdmin = Callable[[], Caller]


@pytest.fixture
def admin(new_admin: NewAdmin) -> Caller:
    return new_admin()


def later(**time_: float) -> str:
    return (datetime.now(UTC) + timedelta(**time_)).isoformat()


def override(borrower: Borrower, admin: Caller, headers: dict[str, str] | None = None, **body: Any) -> httpx.Response:
    given = {"user_id": str(borrower.user_id), "score": 777, "reason": REASON, "expires_at": later(days=30), **body}
    return borrower.service.client.post(PATH, json=given, headers={**admin.headers, **(headers or {})})


def withdraw(borrower: Borrower, admin: Caller, override_id: Any) -> httpx.Response:
    return borrower.service.client.delete(f"{PATH}/{override_id}", headers=admin.headers)


def overrides(borrower: Borrower, admin: Caller, **query: Any) -> dict[str, Any]:
    about = {"user_id": str(borrower.user_id), **query}
    page: dict[str, Any] = borrower.service.client.get(PATH, params=about, headers=admin.headers).json()
    return page


def score_of(borrower: Borrower) -> dict[str, Any]:
    score: dict[str, Any] = borrower.get("").json()
    return score


def test_an_override_stands_in_place_of_the_number_and_is_marked_as_one(borrower: Borrower, admin: Caller) -> None:
    own = borrower.calculate()
    answer = override(borrower, admin)
    made = answer.json()
    assert answer.status_code == 201
    assert (made["score"], made["state"], made["reason"]) == (777, "in_force", REASON)
    assert (made["created_by"], made["ended_at"], made["withdrawn_by"]) == (str(admin.user_id), None, None)
    shown = score_of(borrower)
    assert (shown["current_score"], shown["band"], shown["category"]) == (777, "very_good", "Excellent")
    assert (shown["source"], shown["flags"]) == ("override", [*own["flags"], "overridden"])
    assert shown["override"] == {
        "override_id": made["override_id"],
        "model_score": own["current_score"],
        "expires_at": made["expires_at"],
    }
    unchanged = ("base_points", "factors", "reasons", "probability_of_default", "interval", "version", "model_version")
    assert {name: shown[name] for name in unchanged} == {name: own[name] for name in unchanged}
    # The scorecard's account adds up to the scorecard's number.
    assert shown["base_points"] + sum(each["points"] for each in shown["factors"]) == own["current_score"]


def test_history_replay_simulation_and_alerts_keep_the_scorecard_s_number(borrower: Borrower, admin: Caller) -> None:
    own = borrower.calculate()
    before = borrower.stored()
    override(borrower, admin)
    assert borrower.stored() == before  # no decision, and no event
    history = borrower.get("/history").json()["history"]
    assert [each["score"] for each in history] == [own["current_score"]]
    replay = f"/scores/admin/replay/{history[0]['score_id']}"
    assert borrower.service.client.get(replay, headers=admin.headers).json()["equal"] is True
    assert borrower.post("/simulate", {"changes": {}}).json()["score"] == own["current_score"]


def test_a_new_calculation_leaves_the_override_in_force(borrower: Borrower, admin: Caller) -> None:
    borrower.calculate()
    override(borrower, admin)
    answer = borrower.calculate(late90=2)
    assert (answer["current_score"], answer["source"]) == (777, "override")
    own = borrower.get("/history").json()["history"][0]["score"]
    assert score_of(borrower)["override"]["model_score"] == answer["override"]["model_score"] == own < 700
    event = borrower.service.sql("SELECT payload FROM outbox WHERE key = %s ORDER BY id DESC LIMIT 1", borrower.user_id)
    assert event[0][0]["new_score"] == own


def test_without_a_number_the_present_one_is_held(borrower: Borrower, admin: Caller) -> None:
    own = borrower.calculate()["current_score"]
    assert override(borrower, admin, score=None).json()["score"] == own
    assert borrower.calculate(late90=3)["current_score"] == own


def test_time_alone_ends_it(borrower: Borrower, admin: Caller) -> None:
    own = borrower.calculate()["current_score"]
    made = override(borrower, admin, expires_at=later(seconds=6)).json()
    assert score_of(borrower)["current_score"] == 777
    ends = datetime.fromisoformat(made["expires_at"]).timestamp()
    seen: list[tuple[float, int, float]] = []
    while not seen or seen[-1][0] < ends:
        asked = time.time()
        number = score_of(borrower)["current_score"]
        seen.append((asked, number, time.time()))
    assert {number for _, number, answered in seen if answered < ends} == {777}
    assert {number for asked, number, _ in seen if asked >= ends} == {own}
    after = score_of(borrower)
    assert (after["override"], after["source"]) == (None, "features")
    assert "overridden" not in after["flags"]
    listed = overrides(borrower, admin)["items"]
    assert [(each["state"], each["ended_at"]) for each in listed] == [("expired", made["expires_at"])]
    answer = withdraw(borrower, admin, made["override_id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "override_ended")
    # Who comes after an expired one needs nobody to clear it away.
    assert override(borrower, admin, score=700).status_code == 201
    assert score_of(borrower)["current_score"] == 700


def test_the_moment_of_expiry_belongs_to_the_scorecard() -> None:
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert number_in_force(640, 700, noon, noon - timedelta(microseconds=1)) == 700
    assert number_in_force(640, 700, noon, noon) == 640
    assert number_in_force(640, None, None, noon) == 640


def test_withdrawn_it_stays_on_record_with_who_did_it(borrower: Borrower, admin: Caller, new_admin: NewAdmin) -> None:
    own = borrower.calculate()["current_score"]
    made, other = override(borrower, admin).json(), new_admin()
    withdrawn = withdraw(borrower, other, made["override_id"]).json()
    assert (withdrawn["state"], withdrawn["withdrawn_by"]) == ("withdrawn", str(other.user_id))
    assert made["created_at"] < withdrawn["ended_at"] < made["expires_at"]
    assert score_of(borrower)["current_score"] == own
    again = withdraw(borrower, admin, made["override_id"])
    assert (again.status_code, again.json()["code"]) == (409, "override_ended")
    one = borrower.service.client.get(f"{PATH}/{made['override_id']}", headers=admin.headers)
    assert one.json() == withdrawn
    second = override(borrower, admin, score=600).json()
    ids = [each["override_id"] for each in overrides(borrower, admin)["items"]]
    assert ids == [second["override_id"], made["override_id"]]
    first_page = overrides(borrower, admin, limit=1)
    assert [each["override_id"] for each in first_page["items"]] == ids[:1]
    assert overrides(borrower, admin, limit=1, cursor=first_page["next"])["items"][0]["override_id"] == ids[1]


def test_of_administrators_at_once_one_overrides(borrower: Borrower, new_admin: NewAdmin) -> None:
    borrower.calculate()
    admins = [new_admin() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda i: patiently(lambda: override(borrower, admins[i], score=600 + i)), range(6)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409, 409]
    assert {each.json()["code"] for each in answers if each.status_code == 409} == {"override_in_force"}
    winner = next(each.json() for each in answers if each.status_code == 201)
    assert score_of(borrower)["current_score"] == winner["score"]


def test_overriding_and_withdrawing_at_once_never_disagree(borrower: Borrower, new_admin: NewAdmin) -> None:
    borrower.calculate()
    admins = [new_admin() for _ in range(4)]
    made = override(borrower, admins[0]).json()

    def act(i: int) -> httpx.Response:
        if i % 2:
            return withdraw(borrower, admins[i % 4], made["override_id"])
        return override(borrower, admins[i % 4], score=600 + i)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda i: patiently(lambda: act(i)).status_code, range(8)))
    assert set(statuses) <= {200, 201, 409}
    assert statuses.count(200) == 1
    open_ = [each for each in overrides(borrower, admins[0])["items"] if each["state"] == "in_force"]
    shown = score_of(borrower)["override"]
    assert [each["override_id"] for each in open_] == ([] if shown is None else [shown["override_id"]])


def test_a_repeated_request_is_the_same_override(borrower: Borrower, admin: Caller) -> None:
    borrower.calculate()
    body = {"expires_at": later(days=1)}
    first, again = (override(borrower, admin, {"Idempotency-Key": "once"}, **body) for _ in range(2))
    assert (again.status_code, again.json()) == (201, first.json())
    assert override(borrower, admin, {"Idempotency-Key": "once"}, **body, score=800).status_code == 422
    assert borrower.count("overrides") == 1


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"score": 299}, "/score"),
        ({"score": 851}, "/score"),
        ({"score": 700.5}, "/score"),
        ({"reason": "  "}, "/reason"),
        ({"reason": "x" * 4_001}, "/reason"),
        ({"user_id": "me"}, "/user_id"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"expires_at": later(seconds=-1)}, "/expires_at"),
        ({"expires_at": later(days=367)}, "/expires_at"),
        ({"band": "good"}, "/band"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(
    borrower: Borrower, admin: Caller, wrong: dict[str, Any], pointer: str
) -> None:
    own = borrower.calculate()["current_score"]
    answer = override(borrower, admin, **wrong)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert (borrower.count("overrides"), score_of(borrower)["current_score"]) == (0, own)


def test_who_has_no_score_has_none_to_override(borrower: Borrower, admin: Caller) -> None:
    answer = override(borrower, admin)
    assert (answer.status_code, answer.json()["code"]) == (404, "score_not_found")
    assert borrower.count("overrides") == 0


def test_nobody_overrides_a_score_of_their_own(borrower: Borrower, admin: Caller) -> None:
    features = borrower.calculate() and {
        "features": {"utilisation": 1.2, "late30": 2, "late60": 0, "late90": 1, "lines": 3}
    }
    client = borrower.service.client
    assert client.post("/scores/me/calculate", json=features, headers=admin.headers).status_code == 200
    answer = override(borrower, admin, user_id=str(admin.user_id))
    assert (answer.status_code, answer.json()["code"]) == (409, "own_override")
    assert client.get("/scores/me", headers=admin.headers).json()["override"] is None


def test_nobody_withdraws_an_override_of_their_own_score(
    borrower: Borrower, admin: Caller, new_admin: NewAdmin
) -> None:
    judge = Borrower(borrower.service, new_admin(), borrower.neighbours)
    judge.calculate()
    made = override(judge, admin, score=500).json()
    answer = withdraw(judge, judge.caller, made["override_id"])
    assert (answer.status_code, answer.json()["code"]) == (409, "own_override")
    assert score_of(judge)["current_score"] == 500
    assert withdraw(judge, admin, made["override_id"]).status_code == 200


@pytest.mark.parametrize("override_id", [uuid4(), "newest", "1"])
def test_an_id_of_no_override_is_not_there(borrower: Borrower, admin: Caller, override_id: Any) -> None:
    for method in ("GET", "DELETE"):
        answer = borrower.service.client.request(method, f"{PATH}/{override_id}", headers=admin.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "override_not_found")


def test_overrides_are_for_administrators(borrower: Borrower, admin: Caller) -> None:
    borrower.calculate()
    made = override(borrower, admin).json()
    for method, path in (
        ("POST", PATH),
        ("GET", PATH),
        *((m, f"{PATH}/{made['override_id']}") for m in ("GET", "DELETE")),
    ):
        for headers, status in ((borrower.caller.headers, 403), ({}, 401)):
            body = {"json": {"user_id": str(borrower.user_id)}} if method == "POST" else {}
            answer = borrower.service.client.request(method, path, headers=headers, **body)
            assert answer.status_code == status
    assert score_of(borrower)["current_score"] == 777
