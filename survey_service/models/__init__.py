"""All tables of this service, so that migrations see them."""

from survey_service.models.base import Base
from survey_service.models.idempotency import IdempotencyKeys, idempotency_keys
from survey_service.models.questions import Question, Version
from survey_service.models.responses import Answer, Response
from survey_service.models.tombstones import Tombstone

__all__ = ["Answer", "Base", "IdempotencyKeys", "Question", "Response", "Tombstone", "Version", "idempotency_keys"]
