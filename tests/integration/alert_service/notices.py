"""What holds of every notice another service tells: it is taken once, from that service alone, and only a good one."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.integration.alert_service.scored_person import ScoredPerson
from tests.support.waiting import patiently

Notice = dict[str, Any]
Tell = Callable[[Notice], httpx.Response]


def check_told_once(person: ScoredPerson, tell: Tell, notice: Notice, other: Notice) -> None:
    with ThreadPoolExecutor(6) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: patiently(lambda: tell(notice)), range(6))} == {204}
    assert tell({**notice, **other}).status_code == 204
    assert person.count("alerts") == 1


def check_refused(person: ScoredPerson, tell: Tell, notice: Notice, pointer: str) -> None:
    answer = tell(notice)
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])
    assert person.count("alerts") == 0


def check_not_heard(person: ScoredPerson, path: str, notice: Notice, callers: Iterable[dict[str, str]]) -> None:
    for headers in callers:
        assert person.service.client.post(path, json=notice, headers=headers).status_code == 401
    assert person.count("alerts") == 0
