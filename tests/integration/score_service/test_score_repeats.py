"""`Idempotency-Key` on calculate: one effect and one answer, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.integration.score_service.borrower import FEATURES, Borrower, NewBorrower, survey_response
from tests.support.neighbour import Reply

BODY = {"features": FEATURES}
KEY = "0193b1f0-first-try"


@pytest.mark.parametrize("path", ["/calculate", ""])
def test_the_same_request_five_times_at_once_has_one_effect(borrower: Borrower, path: str) -> None:
    def send(_: int) -> httpx.Response:
        return borrower.post(path, BODY, idempotency_key=KEY)

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(send, range(5)))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert all((answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_use") for answer in refused)
    again = send(5)
    assert {answer.content for answer in answers if answer.status_code == 200} == {again.content}
    assert borrower.stored() == (1, 1, 1)


def test_another_body_under_the_key_is_refused_and_has_no_effect(borrower: Borrower) -> None:
    first = borrower.post("/calculate", BODY, idempotency_key=KEY)
    assert first.status_code == 200
    answer = borrower.post("/calculate", {"features": {**FEATURES, "late30": 0}}, idempotency_key=KEY)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert answer.json()["errors"] == [{"pointer": "", "message": answer.json()["detail"]}]
    assert borrower.stored() == (1, 1, 1)


def test_a_key_is_ones_own_and_a_failure_leaves_it_free(new_borrower: NewBorrower) -> None:
    one, other = new_borrower(), new_borrower()
    assert one.post("/calculate", {"features": {"late30": 1}}, idempotency_key=KEY).status_code == 409
    assert one.post("/calculate", BODY, idempotency_key=KEY).json()["version"] == 1
    assert other.post("/calculate", BODY, idempotency_key=KEY).json()["user_id"] == str(other.user_id)


def test_an_answer_once_given_needs_no_survey_to_be_given_again(borrower: Borrower) -> None:
    borrower.survey_says(Reply(body=survey_response(FEATURES)))
    first = borrower.post("/calculate", idempotency_key=KEY)
    assert first.status_code == 200
    borrower.survey_says(Reply(500))
    assert borrower.post("/calculate", idempotency_key=KEY).content == first.content
    assert borrower.stored() == (1, 1, 1)
