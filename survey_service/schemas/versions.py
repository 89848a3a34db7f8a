"""Versions of the catalogue on the wire to administrators."""

from typing import Literal

from pydantic import Field

from service_kit.schemas import Instant, Output


class VersionOut(Output):
    version: int
    status: Literal["draft", "published"]
    question_count: int
    created_at: Instant
    published_at: Instant | None


class FindingOut(Output):
    """`key` is the question concerned, or null for the catalogue as a whole."""

    code: str
    key: str | None
    message: str


class ImportedOut(Output):
    version: int | None = Field(description="The new draft; null after a dry run")
    question_count: int
    faults: list[FindingOut] = Field(description="What keeps this version from being published")
    warnings: list[FindingOut]


class PublishedOut(Output):
    version: int
    published: bool
    warnings: list[FindingOut]
