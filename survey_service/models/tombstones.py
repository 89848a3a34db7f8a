"""The kit's table of people who were erased (ADR 0018)."""

from service_kit.models import TombstoneColumns
from survey_service.models.base import Base


class Tombstone(TombstoneColumns, Base):
    pass
