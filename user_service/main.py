"""The user service: accounts, sign-in, and the tokens that all services believe."""

from service_kit.app import create_service
from user_service.core.problems import CONSTRAINTS
from user_service.core.settings import Settings
from user_service.routers import admin, audit, auth, keys, revocations, sessions, users
from user_service.worker import parts

app = create_service(
    Settings(),
    title="User service",
    routers=[auth.router, sessions.router, users.router, admin.router, audit.router, keys.router, revocations.router],
    constraints=CONSTRAINTS,
    parts=parts,
)
