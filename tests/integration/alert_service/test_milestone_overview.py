"""`GET /milestones/{user_id}` and the list of updates a person's milestones came from."""

from tests.integration.alert_service.scored_person import ScoredPerson


def test_before_the_first_score_nothing_is_reached_and_nothing_is_next(person: ScoredPerson) -> None:
    assert person.get("/milestones/me").json() == {
        "user_id": str(person.user_id),
        "current_score": None,
        "best_score": None,
        "reached": [],
        "next": None,
    }


def test_it_says_when_and_at_what_score_each_was_reached_and_how_far_the_next_is(person: ScoredPerson) -> None:
    person.report(person.update(600, calculated_at="2026-01-05T10:00:00Z"))
    person.report(person.update(681, calculated_at="2026-02-05T12:00:00+02:00"))
    person.report(person.update(664, calculated_at="2026-03-05T10:00:00Z"))
    assert person.get(f"/milestones/{person.user_id}").json() == {
        "user_id": str(person.user_id),
        "current_score": 664,
        "best_score": 681,
        "reached": [
            {"threshold": 580, "band": "fair", "score": 600, "reached_at": "2026-01-05T10:00:00Z"},
            {"threshold": 670, "band": "good", "score": 681, "reached_at": "2026-02-05T10:00:00Z"},
        ],
        "next": {"threshold": 670, "band": "good", "points_to_go": 6},
    }


def test_reaching_one_again_keeps_the_first_time(person: ScoredPerson) -> None:
    person.scored(671, 640, 699)
    milestones = person.get("/milestones/me").json()
    assert [(each["threshold"], each["score"]) for each in milestones["reached"]] == [(580, 671), (670, 671)]
    assert milestones["next"] == {"threshold": 740, "band": "very_good", "points_to_go": 41}


def test_beyond_the_last_one_nothing_is_next(person: ScoredPerson) -> None:
    person.scored(812)
    milestones = person.get("/milestones/me").json()
    assert (milestones["next"], len(milestones["reached"])) == (None, 4)


def test_updates_are_paged_newest_first(person: ScoredPerson) -> None:
    person.scored(*range(600, 650, 10))
    seen: list[int] = []
    cursor: str | None = None
    while True:
        page = person.get("/score-updates/me", limit=2, **({"cursor": cursor} if cursor else {})).json()
        seen += [update["score_version"] for update in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [5, 4, 3, 2, 1]


def test_an_update_is_read_back_as_it_came(person: ScoredPerson) -> None:
    update = person.update(702, old_score=690, reasons=["A late payment."])
    person.report(update)
    (stored,) = person.get("/score-updates/me").json()["items"]
    assert stored.pop("received_at")
    assert stored == update
