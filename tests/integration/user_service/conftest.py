"""People of the user service's tests."""

from collections.abc import Callable

import pytest

from tests.integration.user_service.visitor import Visitor
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService


@pytest.fixture(scope="session")
def user_service(session_services: RunService, mail_server: MailServer) -> RunningService:
    """One whose hashes are cheap, since hundreds are made here; test_password_hashing.py looks at the real ones."""
    cheap = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}
    return session_services("user_service", SMTP_URL=mail_server.url, **cheap)


@pytest.fixture
def visitor(user_service: RunningService) -> Visitor:
    """Somebody who has no account yet."""
    return Visitor(user_service)


@pytest.fixture
def member(visitor: Visitor) -> Visitor:
    """Somebody with an account, signed in."""
    return visitor.sign_up().sign_in()


@pytest.fixture
def new_member(user_service: RunningService) -> Callable[[], Visitor]:
    return lambda: Visitor(user_service).sign_up().sign_in()


@pytest.fixture
def stranger(user_service: RunningService) -> Visitor:
    """A browser that nobody is signed in on."""
    return Visitor(user_service)
