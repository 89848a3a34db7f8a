"""Fixtures of the survey's tests."""

from collections.abc import Callable

import pytest

from tests.integration.survey_service.respondent import Respondent
from tests.support.callers import Caller
from tests.support.services import RunningService


@pytest.fixture
def respondent(survey_service: RunningService, new_person: Callable[..., Caller]) -> Respondent:
    return Respondent(survey_service, new_person())
