"""What the tests of this folder share: one score service whose neighbours the tests play."""

from collections.abc import Callable, Iterator

import pytest

from tests.integration.score_service.borrower import Borrower, Neighbours, NewBorrower
from tests.support.callers import Caller
from tests.support.services import RunningService, RunService


@pytest.fixture(scope="session")
def neighbours() -> Iterator[Neighbours]:
    neighbours = Neighbours()
    yield neighbours
    neighbours.close()


@pytest.fixture(scope="session")
def scoring(session_services: RunService, neighbours: Neighbours) -> RunningService:
    return session_services(
        "score_service", SURVEY_SERVICE_URL=neighbours.survey.url, ALERT_SERVICE_URL=neighbours.alerts.url
    )


@pytest.fixture
def new_borrower(scoring: RunningService, neighbours: Neighbours, new_person: Callable[..., Caller]) -> NewBorrower:
    return lambda: Borrower(scoring, new_person(), neighbours)


@pytest.fixture
def borrower(new_borrower: NewBorrower) -> Borrower:
    return new_borrower()
