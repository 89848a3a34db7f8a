"""Loads the shared fixtures and nothing else."""

from tests.support.callers import keys, new_admin, new_person, service_headers
from tests.support.collector import collector
from tests.support.mail_server import mail_server
from tests.support.neighbour import fake_neighbour
from tests.support.postgres import postgres, pytest_configure, pytest_unconfigure
from tests.support.scheduling import pytest_xdist_make_scheduler
from tests.support.services import (
    alert_service,
    module_services,
    profile_service,
    run_service,
    score_service,
    session_services,
    survey_service,
    user_service,
)
from tests.support.stack import stack, whole_stack

__all__ = [
    "alert_service",
    "collector",
    "fake_neighbour",
    "keys",
    "mail_server",
    "module_services",
    "new_admin",
    "new_person",
    "postgres",
    "profile_service",
    "pytest_configure",
    "pytest_unconfigure",
    "pytest_xdist_make_scheduler",
    "run_service",
    "score_service",
    "service_headers",
    "session_services",
    "stack",
    "survey_service",
    "user_service",
    "whole_stack",
]
