"""Alembic's entry: the kit runs it on this service's tables."""

from score_service.models import Base
from service_kit.migrations import run_migrations

run_migrations(Base.metadata)
