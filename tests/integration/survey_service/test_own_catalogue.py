"""A client's own catalogue, from its file to a score: its keys, labels and facts, and not a line of code."""

import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.support.callers import Caller
from tests.support.services import RunningService, RunService
from tests.support.waiting import patiently

COLUMNS = ("key", "question_type", "question_group", "is_required", "text_en", "text_vi", "options", "fact", "show_if")


def option(value: str, label: str, **facts: float) -> dict[str, Any]:
    return {"value": value, "label": {"en": label, "vi": label}, **({"facts": facts} if facts else {})}


def line(key: str, kind: str, *, options: object = "", fact: str = "", show_if: object = "") -> str:
    cells = (key, kind, "own", "true", f"{key}?", f"{key} vi?", options, fact, show_if)
    texts = [cell if isinstance(cell, str) else json.dumps(cell) for cell in cells]
    return ",".join('"' + text.replace('"', '""') + '"' for text in texts)


CATALOGUE = "\n".join(
    [
        ",".join(COLUMNS),
        line("cardUse", "single_choice", options=[
            option("none", "I have no card", card_balance=0, card_limit=0),
            option("below30", "Below 30 %", utilisation=0.15),
            option("amounts", "I tell you the amounts"),
        ]),
        line("cardDebtToday", "number", fact="card_balance", show_if={"question": "cardUse", "equals": "amounts"}),
        line("cardLimitTotal", "number", fact="card_limit", show_if={"question": "cardUse", "equals": "amounts"}),
        line("paymentHistory", "single_choice", options=[
            option("always", "Always on time", late30=0, late60=0, late90=0),
            option("sometimes", "Sometimes late", late30=2, late60=1, late90=0),
        ]),
        line("loansAndCards", "number", fact="lines"),
        line("homeLoanCount", "number", fact="mortgages"),
        line("moneyMood", "single_choice", options=[option("calm", "Calm"), option("tense", "Tense")]),
        line("savesForRainyDays", "single_choice", options=[option("yes", "Yes"), option("no", "No")]),
    ]
)  # fmt: skip
ANSWERS = {
    "cardUse": "amounts", "cardDebtToday": 450, "cardLimitTotal": "1500", "paymentHistory": "always",
    "loansAndCards": 4, "homeLoanCount": 1, "moneyMood": "calm", "savesForRainyDays": "yes",
}  # fmt: skip
FEATURES = {"utilisation": 0.3, "late30": 0, "late60": 0, "late90": 0, "lines": 4, "mortgages": 1}


@dataclass
class Client:
    """Somebody who uses the two services as an app would, with their own token at each."""

    survey: RunningService
    scores: RunningService
    caller: Caller

    def score(self, path: str, body: object, status: int = 200) -> dict[str, Any]:
        post = self.scores.client.post
        answer = patiently(lambda: post(f"/scores/me{path}", json=body, headers=self.caller.headers))
        assert answer.status_code == status, answer.text
        result: dict[str, Any] = answer.json()
        return result

    def submit(self, answers: dict[str, object]) -> None:
        questions = self.survey.client.get("/survey/questions", headers=self.caller.headers).json()
        listed = [{"question_id": q["id"], "answer": answers[q["key"]]} for q in questions if q["key"] in answers]
        sent = self.survey.client.post("/survey/submit", json={"answers": listed}, headers=self.caller.headers)
        assert sent.status_code == 200, sent.text


@pytest.fixture(scope="module")
def services(module_services: RunService) -> Iterator[tuple[RunningService, RunningService]]:
    survey = module_services("survey_service")
    scores = module_services("score_service", SURVEY_SERVICE_URL=survey.base_url)
    with closing(survey), closing(scores):
        yield survey, scores


@pytest.fixture(scope="module")
def published(services: tuple[RunningService, RunningService], new_admin: Callable[[], Caller]) -> dict[str, Any]:
    """The published version and what its author was warned of."""
    client, headers = services[0].client, new_admin().headers
    upload = {"file": ("own.csv", CATALOGUE.encode(), "text/csv")}
    imported = client.post("/survey/admin/import-questions", files=upload, headers=headers)
    assert imported.status_code == 201, imported.text
    version = imported.json()["version"]
    answer: httpx.Response = client.post(f"/survey/admin/versions/{version}/publish", headers=headers)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


@pytest.fixture
def client(
    services: tuple[RunningService, RunningService], published: dict[str, Any], new_person: Callable[..., Caller]
) -> Client:
    assert published["published"]
    return Client(*services, new_person())


def test_publishing_warns_of_the_features_that_no_question_feeds(published: dict[str, Any]) -> None:
    unfed = [each["message"] for each in published["warnings"] if each["code"] == "feature_not_fed"]
    assert len(unfed) == 3, published["warnings"]
    for name in ("debt_ratio", "age", "dependents"):
        assert any(name in message for message in unfed), unfed


def test_its_questions_are_shown_under_its_own_keys_and_labels(client: Client) -> None:
    headers = {**client.caller.headers, "Accept-Language": "vi"}
    questions = client.survey.client.get("/survey/questions", headers=headers).json()
    assert [each["key"] for each in questions] == list(ANSWERS)
    assert questions[0]["label"] == questions[0]["question_text"] == "cardUse vi?"
    assert questions[3]["options"][1]["facts"] == {"late30": 2, "late60": 1, "late90": 0}


def test_flat_answers_under_its_own_keys_score_as_their_features_do(client: Client) -> None:
    flat = client.score("/calculate", {**ANSWERS, "favouriteColour": "red"})
    assert (flat["source"], flat["ignored"]) == ("answers", ["favouriteColour"])
    direct = client.score("/calculate", {"features": FEATURES})
    for name in ("current_score", "factors", "probability_of_default"):
        assert flat[name] == direct[name]
    client.submit(ANSWERS)
    assert client.score("/calculate", None)["current_score"] == flat["current_score"]


def test_an_option_that_stands_for_a_band_widens_the_interval(client: Client) -> None:
    sometimes = {**ANSWERS, "paymentHistory": "sometimes"}
    chosen = client.score("/calculate", sometimes)
    told = client.score("/calculate", {"features": {**FEATURES, "late30": 2, "late60": 1}})
    assert chosen["current_score"] == told["current_score"]
    assert chosen["confidence"] < told["confidence"]
    client.submit(sometimes)
    assert client.score("/calculate", None)["interval"] == chosen["interval"]
    assert client.score("/simulate", sometimes)["confidence"] == chosen["confidence"]
    assert client.score("/simulate", ANSWERS)["confidence"] > chosen["confidence"]


def test_an_unknown_option_is_refused_where_it_would_count_and_ignored_where_not(client: Client) -> None:
    refused = client.score("/calculate", {**ANSWERS, "paymentHistory": "never"}, 422)
    assert [error["pointer"] for error in refused["errors"]] == ["/paymentHistory"]
    assert client.score("/calculate", {**ANSWERS, "moneyMood": "stormy"})["ignored"] == ["moneyMood"]


@pytest.mark.parametrize("origin", ["flat", "survey"])
def test_one_amount_replaces_that_fact_and_leaves_the_others(client: Client, origin: str) -> None:
    if origin == "survey":
        client.submit(ANSWERS)
    start = client.score("/calculate", ANSWERS if origin == "flat" else None)["current_score"]
    wanted = client.score("/simulate", {"changes": {"utilisation": 0.1}})
    simulated = client.score("/simulate", {"cardDebtToday": 150})
    assert (simulated["score"], simulated["factors"]) == (wanted["score"], wanted["factors"])
    assert simulated["delta"] == wanted["score"] - start != 0
    projected = client.score("/simulate/projection", {"cardDebtToday": 150, "months": 6})
    assert projected["summary"]["projected"] == wanted["score"]
    half = client.score("/simulate", {"cardLimitTotal": 900})
    assert half["score"] == client.score("/simulate", {"changes": {"utilisation": 0.5}})["score"]
    calculated = client.score("/calculate", {**ANSWERS, "cardDebtToday": 150})
    assert calculated["current_score"] == wanted["score"]


def test_a_score_is_of_the_answers_given_and_of_no_earlier_ones(client: Client) -> None:
    client.submit(ANSWERS)
    before = client.score("/calculate", None)
    for answers in ({"cardDebtToday": 150}, {"favouriteColour": "red"}):
        refused = client.score("/calculate", answers, 409)
        assert (refused["code"], "utilisation" in refused["missing"]) == ("survey_incomplete", True)
    current = client.scores.client.get("/scores/me", headers=client.caller.headers).json()
    assert current["version"] == before["version"]


def test_a_choice_that_states_the_ratio_takes_the_place_of_its_amounts(client: Client) -> None:
    client.score("/calculate", ANSWERS)
    wanted = client.score("/simulate", {"changes": {"utilisation": 0.15}})
    assert client.score("/simulate", {"cardUse": "below30"})["score"] == wanted["score"]
    none = client.score("/simulate", {"cardUse": "none"})
    assert none["score"] == client.score("/simulate", {"changes": {"utilisation": None}})["score"]


def test_an_amount_that_cannot_be_combined_is_ignored_by_name(client: Client) -> None:
    """The score came from features: nothing says of which limit the balance is a part."""
    start = client.score("/calculate", {"features": FEATURES})["current_score"]
    simulated = client.score("/simulate", {"cardDebtToday": 150, "loansAndCards": 4})
    assert (simulated["score"], simulated["delta"], simulated["ignored"]) == (start, 0, ["cardDebtToday"])
    both = client.score("/simulate", {"cardDebtToday": 150, "cardLimitTotal": 1500})
    assert both["score"] == client.score("/simulate", {"changes": {"utilisation": 0.1}})["score"] != start


def test_before_the_first_score_one_amount_is_not_enough(client: Client) -> None:
    refused = client.score("/calculate", {"cardDebtToday": 150}, 409)
    assert refused["code"] == "survey_incomplete"
    assert client.score("/simulate", {"cardDebtToday": 150}, 404)["code"] == "score_not_found"
