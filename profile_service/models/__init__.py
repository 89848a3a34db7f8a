"""All tables of this service, so that migrations see them."""

from profile_service.models.base import Base
from profile_service.models.consents import Consent
from profile_service.models.outbox import Outbox, outbox
from profile_service.models.preferences import Preferences
from profile_service.models.profiles import Profile
from profile_service.models.tombstones import Tombstone

__all__ = ["Base", "Consent", "Outbox", "Preferences", "Profile", "Tombstone", "outbox"]
