"""The profile service: who a person is, and how they like the app to be."""

from profile_service.consumers import consents as told_consents
from profile_service.core.problems import CONSTRAINTS
from profile_service.core.settings import Settings
from profile_service.routers import consents, preferences, privacy, profiles
from profile_service.worker import parts
from service_kit.app import create_service

app = create_service(
    Settings(),
    title="Profile service",
    routers=[each.router for each in (profiles, preferences, consents, told_consents, privacy)],
    constraints=CONSTRAINTS,
    parts=parts,
)
