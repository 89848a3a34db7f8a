"""A storm of sign-ins: the queue of hashes has an end, and nobody else waits behind it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.services import RunService


def test_past_the_queue_a_sign_in_is_refused_for_now_and_others_go_on(run_service: RunService) -> None:
    slow = {"HASHING_THREADS": "1", "HASHING_QUEUE_MAX": "2", "ARGON2_ROUNDS": "4"}
    member = Visitor(run_service("user_service", **slow)).sign_up().sign_in()
    with ThreadPoolExecutor(13) as pool:
        storm = [pool.submit(member.try_password, PASSWORD) for _ in range(12)]
        meanwhile = [member.call("GET", "/users/me", headers=member.bearer).status_code for _ in range(5)]
        answers = [each.result() for each in storm]
    assert meanwhile == [200] * 5
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) == {200, 503}
    assert statuses[200] >= 3
    refused = next(answer for answer in answers if answer.status_code == 503)
    assert code(refused) == "unavailable"
    assert int(refused.headers["retry-after"]) >= 1
    assert member.try_password(PASSWORD).status_code == 200
