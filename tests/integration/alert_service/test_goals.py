"""`/goals/{user_id}`: a person's own target is a milestone like the others, told of once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.alert_service.scored_person import CALCULATED_AT, ScoredPerson

TODAY = datetime.now(UTC).date()


def kinds(alerts: list[dict[str, Any]]) -> list[str]:
    return [alert["kind"] for alert in alerts]


def test_before_one_is_set_there_is_none(person: ScoredPerson) -> None:
    answer = person.get("/goals/me")
    assert (answer.status_code, answer.json()["code"]) == (404, "goal_not_found")


def test_a_goal_is_kept_and_the_next_takes_its_place(person: ScoredPerson) -> None:
    person.scored(650)
    by = (TODAY + timedelta(days=90)).isoformat()
    goal = {"user_id": str(person.user_id), "target": 700, "by": by, "points_to_go": 50, "reached_at": None}
    assert person.put("/goals/me", {"target": 700, "by": by}).json() == goal
    assert person.get(f"/goals/{person.user_id}").json() == goal
    assert person.put("/goals/me", {"target": 660}).json() == {**goal, "target": 660, "by": None, "points_to_go": 10}
    assert person.count("goals") == 1


def test_reaching_it_is_told_once(person: ScoredPerson) -> None:
    person.scored(650)
    person.put("/goals/me", {"target": 656})
    assert kinds(person.scored(655)) == ["personal_best"]
    (alert,) = person.scored(656)
    assert (alert["kind"], alert["type"], alert["title"]) == (
        "goal_reached", "milestone", "You reached your goal of 656"
    )  # fmt: skip
    assert person.get("/goals/me").json()["reached_at"] == CALCULATED_AT
    assert person.scored(650, 656) == []


def test_a_goal_can_be_set_before_the_first_score_and_reached_by_it(person: ScoredPerson) -> None:
    assert person.put("/goals/me", {"target": 640}).json()["points_to_go"] is None
    assert person.get("/milestones/me").json()["current_score"] is None
    assert kinds(person.scored(700)) == ["first_score", "goal_reached"]


def test_a_goal_the_score_already_meets_is_reached_and_no_news(person: ScoredPerson) -> None:
    person.scored(700)
    goal = person.put("/goals/me", {"target": 700}).json()
    assert goal["reached_at"] is not None
    assert goal["points_to_go"] == 0
    assert person.scored(701) == []


def test_a_reached_goal_that_is_sent_again_was_reached_when_it_was(person: ScoredPerson) -> None:
    person.scored(700)
    goal = person.put("/goals/me", {"target": 690}).json()
    assert person.put("/goals/me", {"target": 690}).json() == goal
    assert person.put("/goals/me", {"target": 691}).json()["reached_at"] > goal["reached_at"]
    person.scored(650)
    assert person.put("/goals/me", {"target": 691}).json()["reached_at"] is None


def test_a_goal_set_while_scores_come_in_is_told_once_or_was_met(person: ScoredPerson) -> None:
    person.scored(600)
    updates = [person.update(score) for score in range(601, 613)]
    with ThreadPoolExecutor(4) as pool:
        reports = pool.map(person.report, updates)
        goals = list(pool.map(lambda _: person.put("/goals/me", {"target": 606}), range(4)))
        told = [kind for answer in reports for kind in kinds(answer.json())]
    assert {answer.status_code for answer in goals} == {200}
    assert told.count("goal_reached") <= 1
    goal = person.get("/goals/me").json()
    assert (goal["reached_at"] is not None, goal["points_to_go"]) == (True, 0)


@pytest.mark.parametrize(
    "body",
    [
        {}, {"target": 299}, {"target": 851}, {"target": "high"}, {"target": None}, {"target": 700.5},
        {"target": 700, "by": "soon"}, {"target": 700, "by": "2020-01-01"}, {"target": 700, "reached_at": None},
        {"target": 700, "by": "10000-01-01"}, None, [],
    ],
)  # fmt: skip
def test_a_malformed_goal_is_refused_and_changes_nothing(person: ScoredPerson, body: Any) -> None:
    answer = person.put("/goals/me", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request")
    assert (person.count("goals"), person.count("milestone_states")) == (0, 0)
