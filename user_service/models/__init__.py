"""All tables of this service, so that migrations see them."""

from user_service.models.attempts import FailedAttempts
from user_service.models.audit import AuditEvent
from user_service.models.base import Base
from user_service.models.codes import OneTimeCode, one_time_codes
from user_service.models.devices import Device
from user_service.models.erasures import Erasure
from user_service.models.idempotency import IdempotencyKeys, idempotency_keys
from user_service.models.mfa import RecoveryCode, TotpFactor
from user_service.models.outbox import Mails, Outbox, mails, outbox
from user_service.models.passkeys import Challenge, Passkey, challenges
from user_service.models.revocations import Revocation, revocations
from user_service.models.sessions import RefreshToken, Session
from user_service.models.tombstones import Tombstone
from user_service.models.users import User

__all__ = [
    "AuditEvent",
    "Base",
    "Challenge",
    "Device",
    "Erasure",
    "FailedAttempts",
    "IdempotencyKeys",
    "Mails",
    "OneTimeCode",
    "Outbox",
    "Passkey",
    "RecoveryCode",
    "RefreshToken",
    "Revocation",
    "Session",
    "Tombstone",
    "TotpFactor",
    "User",
    "challenges",
    "idempotency_keys",
    "mails",
    "one_time_codes",
    "outbox",
    "revocations",
]
