"""The profile service: who a person is, and how they like the app to be."""

from profile_service.core.problems import CONSTRAINTS
from profile_service.core.settings import Settings
from profile_service.routers import preferences, privacy, profiles
from profile_service.worker import parts
from service_kit.app import create_service

app = create_service(
    Settings(),
    title="Profile service",
    routers=[profiles.router, preferences.router, privacy.router],
    constraints=CONSTRAINTS,
    parts=parts,
)
