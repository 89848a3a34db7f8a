"""The score service: a person's score, why it is what it is, and what would change it."""

from score_service.consumers import consents
from score_service.core.problems import CONSTRAINTS
from score_service.core.settings import Settings
from score_service.routers import ROUTERS
from score_service.worker import parts
from service_kit.app import create_service

app = create_service(
    Settings(),
    title="Score service",
    routers=[*ROUTERS, consents.router],
    constraints=CONSTRAINTS,
    parts=parts,
    body_bytes_max={"/scores/admin/batch": 10_000_000},
)
