"""The kit's table of people who were erased (ADR 0018)."""

from score_service.models.base import Base
from service_kit.models import TombstoneColumns


class Tombstone(TombstoneColumns, Base):
    pass
