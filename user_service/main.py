"""The user service: accounts, sign-in, and the tokens that all services believe."""

from service_kit.app import create_service
from user_service.core.problems import CONSTRAINTS
from user_service.core.settings import Settings
from user_service.routers import ROUTERS
from user_service.worker import parts

app = create_service(
    Settings(),
    title="User service",
    routers=ROUTERS,
    constraints=CONSTRAINTS,
    parts=parts,
)
