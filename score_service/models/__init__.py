"""All tables of this service, so that migrations see them."""

from score_service.models.base import Base
from score_service.models.consents import Consent
from score_service.models.disputes import Dispute
from score_service.models.outbox import IdempotencyKey, Outbox, idempotency_keys, outbox
from score_service.models.overrides import Override
from score_service.models.promotions import Promotion
from score_service.models.scores import CurrentScore, Score
from score_service.models.tombstones import Tombstone

__all__ = [
    "Base",
    "Consent",
    "CurrentScore",
    "Dispute",
    "IdempotencyKey",
    "Outbox",
    "Override",
    "Promotion",
    "Score",
    "Tombstone",
    "idempotency_keys",
    "outbox",
]
