"""The alert service: what a person is told when their score changes."""

from alert_service.consumers import CONSUMERS
from alert_service.core.problems import CONSTRAINTS
from alert_service.core.settings import Settings
from alert_service.routers import ROUTERS
from alert_service.worker import parts
from service_kit.app import create_service

app = create_service(
    Settings(),
    title="Alert service",
    routers=[*CONSUMERS, *ROUTERS],
    constraints=CONSTRAINTS,
    parts=parts,
)
