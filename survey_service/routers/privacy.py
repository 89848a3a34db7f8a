"""`/internal/privacy`: a person's rows for export and erasure; the gateway does not route it."""

from service_kit.privacy import privacy_router
from survey_service.models import Base

router = privacy_router(Base.metadata)
