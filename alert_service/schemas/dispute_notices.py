"""How a dispute was decided, as the score service tells it."""

from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from service_kit.schemas import Input


class DisputeNoticeIn(Input):
    event_id: UUID = Field(examples=["01a21486-5bb3-7031-93d8-e83d6c435163"])
    user_id: UUID = Field(examples=["01a21486-1c2d-7e0f-9a5b-3c1d2e4f5a6b"])
    outcome: Literal["corrected", "rejected", "extended"]
    decided_at: AwareDatetime = Field(examples=["2030-12-31T09:30:00Z"])
