"""Keyset pages: `{"items": [...], "next": cursor | null}`. A cursor is opaque and names the last item's place.

A limit above the maximum is refused, not clipped, and a cursor that was not made here is malformed.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from service_kit.problems import malformed

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=100, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    items: list[T]
    next: str | None = None


def encode_cursor(place: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode().rstrip("=")


def decode_cursor(cursor: str | None, *types: Callable[[Any], T]) -> tuple[T, ...] | None:
    """Read a cursor's values, each through the callable that makes it: `decode_cursor(cursor, int)`."""
    if cursor is None:
        return None
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return tuple(make(value) for make, value in zip(types, values, strict=True))
    except (binascii.Error, ValueError, TypeError, AttributeError) as error:
        raise malformed("/query/cursor", "is not a cursor of this list") from error


def page_of(rows: Sequence[T], limit: int, place: Callable[[T], Sequence[Any]]) -> tuple[Sequence[T], str | None]:
    """Split `limit + 1` fetched rows into the page and the cursor of the next one."""
    if len(rows) <= limit:
        return rows, None
    return rows[:limit], encode_cursor(place(rows[limit - 1]))
