"""What the tests of this folder share."""

from collections.abc import Callable

import pytest

from tests.integration.alert_service.scored_person import NewScoredPerson, ScoredPerson
from tests.support.callers import Caller
from tests.support.services import RunningService


@pytest.fixture
def new_scored_person(
    alert_service: RunningService, new_person: Callable[..., Caller], service_headers: Callable[..., dict[str, str]]
) -> NewScoredPerson:
    def make() -> ScoredPerson:
        return ScoredPerson(alert_service, new_person(), service_headers("score_service", "alert_service"))

    return make


@pytest.fixture
def person(new_scored_person: NewScoredPerson) -> ScoredPerson:
    return new_scored_person()
