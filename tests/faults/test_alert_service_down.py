"""The alert service is down while scores flow, and then back: nothing is lost, nothing is doubled, order is kept."""

from tests.faults.campaign import FULL, report
from tests.support.stack import Stack

SCORES = 90 if FULL else 8
FEATURES = {
    "utilisation": 0.5, "late30": 0, "late60": 0, "late90": 0, "debt_ratio": 0.3, "lines": 6, "mortgages": 1
}  # fmt: skip


def test_scores_go_on_and_every_one_of_them_arrives_once_and_in_order(stack: Stack) -> None:
    people = [stack.new_person() for _ in range(3)]
    stack.supervised("stop", "alert_service")
    try:
        for step in range(SCORES):
            for person in people:
                features = {**FEATURES, "utilisation": round(0.9 - 0.8 * step / SCORES, 3)}
                score = person.ok("POST", "/scores/me/calculate", {"features": features})
                assert score["version"] == step + 1
        down = people[0].client.get("/alerts/me")
        assert down.status_code == 503, "the control: the alert service really was away"
        assert down.headers["content-type"] == "application/problem+json"
    finally:
        stack.supervised("start", "alert_service")
    for person in people:
        page = person.wait_for("/score-updates/me?limit=100", lambda page: len(page["items"]) == SCORES)
        updates = page["items"]
        assert [update["score_version"] for update in updates] == list(range(SCORES, 0, -1))
        assert len({update["event_id"] for update in updates}) == SCORES
        alerts = person.ok("GET", "/alerts/me?limit=100")
        assert [alert["kind"] for alert in alerts].count("first_score") == 1
        assert len({alert["dedupe_key"] for alert in alerts}) == len(alerts)
    sizes = f"{SCORES * len(people)} scores of {len(people)} people"
    report("R3", f"{sizes} while the alert service was down: 0 refused, 0 lost, 0 doubled, in order")
