"""`/internal/privacy`: a person's rows for export and erasure; the gateway does not route it."""

from score_service.models import Base
from service_kit.privacy import privacy_router

router = privacy_router(Base.metadata)
