"""What the profile service tells of a consent."""

from pydantic import Field

from service_kit.schemas import Input


class ConsentIn(Input):
    number: int = Field(ge=1, lt=2**63, description="Of the entry in the ledger; the greatest holds", examples=[7])
    granted: bool = Field(examples=[False])
