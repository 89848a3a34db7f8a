"""`/disputes`: a person says what is wrong, an administrator finds out, and a correction is a new score."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.integration.score_service.borrower import Borrower, NewBorrower
from tests.support.callers import Caller
from tests.support.waiting import eventually

EVIDENCE = "The late payment was the bank's mistake."
NewAdmin = Callable[[], Caller]


def dispute(borrower: Borrower, **changes: Any) -> httpx.Response:
    body = {"evidence": EVIDENCE, "feature": "late30", **changes}
    return borrower.service.client.post("/disputes", json=body, headers=borrower.caller.headers)


def resolve(borrower: Borrower, admin: Caller, dispute_id: Any, **body: Any) -> httpx.Response:
    path = f"/scores/admin/disputes/{dispute_id}/resolve"
    body = {"resolution": "We looked into it.", **body}
    return borrower.service.client.post(path, json=body, headers=admin.headers)


def own(borrower: Borrower, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = borrower.service.client.get(
        "/disputes", params=params, headers=borrower.caller.headers
    ).json()
    return answer


def notices(borrower: Borrower, expected: int) -> list[str]:
    """What the alert service was told of this person's disputes, in its order."""
    eventually(lambda: len(_told(borrower)) >= expected)
    told = _told(borrower)
    assert all(set(each) == {"event_id", "user_id", "outcome", "decided_at"} for each in told)
    return [each["outcome"] for each in told]


def _told(borrower: Borrower) -> list[dict[str, Any]]:
    """Each notice once: one whose answer came too late is sent again."""
    received = [each.body for each in borrower.neighbours.alerts.received if each.path == "/internal/dispute-notices"]
    return list({body["event_id"]: body for body in received if body["user_id"] == str(borrower.user_id)}.values())


def days(dispute: dict[str, Any]) -> timedelta:
    return datetime.fromisoformat(dispute["due_at"]) - datetime.fromisoformat(dispute["opened_at"])


def test_a_dispute_is_about_the_current_score_and_has_thirty_days(borrower: Borrower) -> None:
    borrower.calculate()
    borrower.calculate(late30=2)
    answer = dispute(borrower)
    assert answer.status_code == 201
    made = answer.json()
    assert made["score_id"] == borrower.get("/history").json()["history"][0]["score_id"]
    assert (made["state"], made["evidence"], days(made)) == ("open", EVIDENCE, timedelta(days=30))
    assert (made["overdue"], own(borrower)["items"]) == (False, [made])


def test_a_correction_is_a_new_score_of_which_the_person_hears(borrower: Borrower, new_admin: NewAdmin) -> None:
    wrong = borrower.calculate(late30=3)
    admin = new_admin()
    made = dispute(borrower).json()
    answer = resolve(borrower, admin, made["dispute_id"], outcome="corrected", changes={"late30": 0})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["state"], answer.json()["corrected_version"]) == ("corrected", 2)
    right = borrower.get().json()
    assert (right["version"], right["source"]) == (2, "correction")
    assert right["current_score"] > wrong["current_score"]
    assert borrower.stored() == (1, 2, 3)  # the events of the new score and of the decision are what tells them
    assert notices(borrower, 1) == ["corrected"]
    again = resolve(borrower, admin, made["dispute_id"], outcome="rejected")
    assert (again.status_code, again.json()["code"]) == (409, "dispute_resolved")


def test_a_rejection_leaves_the_score_and_opens_the_way_for_another(borrower: Borrower, new_admin: NewAdmin) -> None:
    borrower.calculate()
    made = dispute(borrower).json()
    rejected = resolve(borrower, new_admin(), made["dispute_id"], outcome="rejected").json()
    assert (rejected["state"], rejected["resolution"]) == ("rejected", "We looked into it.")
    assert (borrower.stored(), notices(borrower, 1)) == ((1, 1, 2), ["rejected"])
    assert dispute(borrower).status_code == 201
    assert [each["state"] for each in own(borrower)["items"]] == ["open", "rejected"]
    assert len(own(borrower, state="open")["items"]) == 1


def test_fifteen_days_more_are_given_once(borrower: Borrower, new_admin: NewAdmin) -> None:
    borrower.calculate()
    admin, made = new_admin(), dispute(borrower).json()
    extended = resolve(borrower, admin, made["dispute_id"], outcome="extended").json()
    assert (extended["state"], days(extended), extended["resolved_at"]) == ("extended", timedelta(days=45), None)
    again = resolve(borrower, admin, made["dispute_id"], outcome="extended")
    assert (again.status_code, again.json()["code"]) == (409, "already_extended")
    borrower.service.sql("UPDATE disputes SET due_at = now() WHERE dispute_id = %s", made["dispute_id"])
    assert own(borrower)["items"][0]["overdue"] is True
    assert resolve(borrower, admin, made["dispute_id"], outcome="rejected").json()["overdue"] is False
    assert notices(borrower, 2) == ["extended", "rejected"]


def test_who_took_more_time_and_why_stays_on_record(borrower: Borrower, new_admin: NewAdmin) -> None:
    borrower.calculate()
    first, second, made = new_admin(), new_admin(), dispute(borrower).json()
    extended = resolve(borrower, first, made["dispute_id"], outcome="extended", resolution="The bank answers late.")
    assert (extended.json()["extension"], extended.json()["resolution"]) == ("The bank answers late.", None)
    resolved = resolve(borrower, second, made["dispute_id"], outcome="rejected", resolution="The bank stands by it.")
    judged = resolved.json()
    assert (judged["extension"], judged["resolution"]) == ("The bank answers late.", "The bank stands by it.")
    assert (judged["extended_by"], judged["decided_by"]) == (str(first.user_id), str(second.user_id))
    assert made["opened_at"] < judged["extended_at"] < judged["resolved_at"]
    [seen] = own(borrower)["items"]
    assert seen == {name: value for name, value in judged.items() if name not in {"extended_by", "decided_by"}}


def test_a_correction_keeps_what_has_changed_since(borrower: Borrower, new_admin: NewAdmin) -> None:
    borrower.calculate(late30=3, utilisation=0.9)
    made = dispute(borrower).json()
    borrower.calculate(late30=3, utilisation=0.1)
    assert resolve(borrower, new_admin(), made["dispute_id"], outcome="corrected", changes={"late30": 0}).is_success
    values = {factor["feature"]: factor["value"] for factor in borrower.get().json()["factors"]}
    assert (values["late30"], values["utilisation"]) == (0, 0.1)


def test_one_thing_is_disputed_once_even_when_sent_twice_at_once(borrower: Borrower) -> None:
    borrower.calculate()
    for feature in ("late30", None):
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _, name=feature: dispute(borrower, feature=name), range(4)))
        assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
        assert {each.json()["code"] for each in answers if each.status_code == 409} == {"dispute_open"}


def test_nobody_decides_a_dispute_of_their_own(borrower: Borrower, new_admin: NewAdmin) -> None:
    judge = Borrower(borrower.service, new_admin(), borrower.neighbours)
    judge.calculate()
    made = dispute(judge).json()
    changes = {"outcome": "corrected", "changes": {"late30": 0}}
    for body in (changes, {"outcome": "extended"}):
        answer = resolve(judge, judge.caller, made["dispute_id"], **body)
        assert (answer.status_code, answer.json()["code"]) == (409, "own_dispute")
    assert judge.stored() == (1, 1, 1)


def test_other_people_s_scores_and_disputes_are_not_there(new_borrower: NewBorrower, new_admin: NewAdmin) -> None:
    owner, stranger = new_borrower(), new_borrower()
    owner.calculate()
    score_id = dispute(owner).json()["score_id"]
    for wanted in (score_id, str(uuid4()), None):
        answer = dispute(stranger, score_id=wanted)
        assert (answer.status_code, answer.json()["code"]) == (404, "decision_not_found")
    assert own(stranger)["items"] == []
    for dispute_id in (uuid4(), "mine"):
        answer = resolve(owner, new_admin(), dispute_id, outcome="rejected")
        assert (answer.status_code, answer.json()["code"]) == (404, "dispute_not_found")


def test_administrators_see_everybody_s_page_by_page(new_borrower: NewBorrower, new_admin: NewAdmin) -> None:
    for person in (new_borrower() for _ in range(3)):
        person.calculate()
        dispute(person)
    headers, seen, cursor = new_admin().headers, [], None
    while len(seen) < 3:
        params = {"limit": 2, "state": "open", **({"cursor": cursor} if cursor else {})}
        page = person.service.client.get("/scores/admin/disputes", params=params, headers=headers).json()
        seen += [each["dispute_id"] for each in page["items"]]
        cursor = page["next"]
    assert seen == sorted(set(seen), reverse=True)


def test_resolving_is_for_administrators(borrower: Borrower) -> None:
    borrower.calculate()
    made = dispute(borrower).json()
    assert resolve(borrower, borrower.caller, made["dispute_id"], outcome="rejected").status_code == 403
    answer = borrower.service.client.get("/scores/admin/disputes", headers=borrower.caller.headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"feature": "shoe_size"}, "/feature"),
        ({"evidence": "  "}, "/evidence"),
        ({"evidence": "x" * 4_001}, "/evidence"),
        ({"score_id": "newest"}, "/score_id"),
        ({"state": "corrected"}, "/state"),
    ],
)
def test_a_bad_dispute_is_named_and_not_stored(borrower: Borrower, body: dict[str, Any], pointer: str) -> None:
    borrower.calculate()
    answer = dispute(borrower, **body)
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])
    assert borrower.count("disputes") == 0


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"outcome": "corrected"}, "/changes"),
        ({"outcome": "corrected", "changes": {}}, "/changes"),
        ({"outcome": "rejected", "changes": {"late30": 0}}, "/changes"),
        ({"outcome": "corrected", "changes": {"late30": 21}}, "/changes/late30"),
        ({"outcome": "corrected", "changes": {"lines": 0}}, "/changes/mortgages"),
        ({"outcome": "forgotten"}, "/outcome"),
    ],
)
def test_a_bad_resolution_is_named_and_changes_nothing(
    borrower: Borrower, new_admin: NewAdmin, body: dict[str, Any], pointer: str
) -> None:
    borrower.calculate()
    made = dispute(borrower).json()
    answer = resolve(borrower, new_admin(), made["dispute_id"], **body)
    assert (answer.status_code, [each["pointer"] for each in answer.json()["errors"]]) == (422, [pointer])
    assert own(borrower)["items"] == [made]
    assert borrower.stored() == (1, 1, 1)
