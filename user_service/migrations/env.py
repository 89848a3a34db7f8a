"""Alembic's entry: the kit runs it on this service's tables."""

from service_kit.migrations import run_migrations
from user_service.models import Base

run_migrations(Base.metadata)
