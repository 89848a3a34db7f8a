"""Every alert of a score says why: the factors that moved, in the caller's language."""

from typing import Any

import pytest

from tests.integration.alert_service.scored_person import ScoredPerson

NAMES = {"utilisation": ("Credit utilisation", "Tỷ lệ sử dụng tín dụng"), "lines": ("Open loans", "Khoản vay đang mở")}


def factors(**points: int) -> list[dict[str, Any]]:
    return [
        {"feature": name, "points": earned, "text": NAMES[name][0], "text_vi": NAMES[name][1], "weight": 12}
        for name, earned in points.items()
    ]


def scored(person: ScoredPerson, score: int, model: str = "m.1", **points: int) -> list[dict[str, Any]]:
    answer = person.report(person.update(score, factors=factors(**points), model_version=model))
    assert answer.status_code == 200, answer.text
    alerts: list[dict[str, Any]] = answer.json()
    return alerts


def test_an_alert_names_what_moved_since_the_score_before(person: ScoredPerson) -> None:
    scored(person, 620, utilisation=10, lines=20)
    scored(person, 622, utilisation=12, lines=20)
    alerts = scored(person, 648, utilisation=42, lines=16)
    because = "What moved it most: Credit utilisation (+30) and Open loans (-4)."
    assert [alert["message"].endswith(because) for alert in alerts] == [True] * len(alerts)
    headers = {**person.caller.headers, "Accept-Language": "vi"}
    read = person.service.client.get("/alerts/me", headers=headers).json()[0]["message"]
    assert read.endswith("Tỷ lệ sử dụng tín dụng (+30) và Khoản vay đang mở (-4).")


def test_scores_of_two_models_are_not_compared(person: ScoredPerson) -> None:
    scored(person, 620, utilisation=10)
    alerts = scored(person, 648, model="m.2", utilisation=38)
    assert alerts
    assert all("moved it" not in alert["message"] for alert in alerts)


def test_a_late_score_is_not_what_the_next_one_is_compared_with(person: ScoredPerson) -> None:
    scored(person, 620, utilisation=10)
    late, newer = (
        person.update(600, factors=factors(utilisation=5)),
        person.update(621, factors=factors(utilisation=11)),
    )
    for update in (newer, late):
        assert person.report({**update, "model_version": "m.1"}).status_code == 200
    alerts = scored(person, 650, utilisation=40)
    assert all("Credit utilisation (+29)" in alert["message"] for alert in alerts)


@pytest.mark.parametrize("bad", [{"points": "many"}, {"feature": ""}, {"text": None}])
def test_a_factor_that_is_none_is_refused(person: ScoredPerson, bad: dict[str, Any]) -> None:
    refused = person.report(person.update(620, factors=[{**factors(utilisation=1)[0], **bad}]))
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith("/factors/0/")
    assert person.count("score_updates") == 0
