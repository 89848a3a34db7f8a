"""`Idempotency-Key`: the same key gives the same answer, another body under it 422, one still running 409.

The answer is stored in the transaction of the work itself, so a crash leaves both or neither.
"""

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Header, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy import Table, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.auth import Principal, person_of
from service_kit.database import Reads
from service_kit.problems import Conflict, Problem

# How long an answer is repeated; a client that tries again after that is a new request.
IDEMPOTENCY_KEYS_KEPT = timedelta(days=1)


class KeyStillRunning(Conflict):
    code, title = "idempotency_key_in_use", "The first request with this Idempotency-Key is still running."


class KeyReused(Problem):
    code, status, title = "idempotency_key_reused", 422, "This Idempotency-Key was used with another body."


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The caller, and hashes of what may be repeated (subject, method, path, key) and of the body to repeat it with."""

    user_id: UUID
    key_hash: bytes
    body_hash: bytes


IdempotencyHeader = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200)]


def key_of(request: Request, person: Principal, idempotency_key: str, body: bytes) -> IdempotencyKey:
    """For an upload, `body` is the file: the form around it is different each time, and is read before this could."""
    what = "\n".join([str(person.user_id), request.method, request.url.path, idempotency_key])
    return IdempotencyKey(person.user_id, hashlib.sha256(what.encode()).digest(), hashlib.sha256(body).digest())


async def find_key(request: Request, idempotency_key: IdempotencyHeader = None) -> IdempotencyKey | None:
    if idempotency_key is None:
        return None
    return key_of(request, await person_of(request), idempotency_key, await request.body())


Idempotency = Annotated[IdempotencyKey | None, Depends(find_key)]


async def find_answer(db: Reads, table: Table, key: IdempotencyKey | None) -> Response | None:
    """The answer already given under `key`, for work that would first ask another service. Raises KeyReused."""
    if key is None:
        return None
    stored = (await db.execute(select(table).where(table.c.key_hash == key.key_hash))).first()
    if stored is None:
        return None
    if stored.body_hash != key.body_hash:
        raise KeyReused
    return Response(stored.body, stored.status, media_type="application/json")


async def once(
    transaction: AsyncConnection,
    table: Table,
    key: IdempotencyKey | None,
    work: Callable[[], Awaitable[BaseModel | Response]],
    *,
    status: int = 200,
    about: UUID | None = None,
) -> Any:
    """Run `work` in `transaction` and return its result, or return the answer already given under `key`.

    The answer is erased with the person it is `about`, who is the caller unless another is named. Raises KeyReused for
    another body under the same key, KeyStillRunning while the first is not done.
    """
    if key is None:
        return await work()
    lock = func.pg_try_advisory_xact_lock(int.from_bytes(key.key_hash[:8], signed=True))
    if not (await transaction.execute(select(lock))).scalar_one():
        raise KeyStillRunning
    if (given := await find_answer(transaction, table, key)) is not None:
        return given
    answer = await work()
    body = bytes(answer.body) if isinstance(answer, Response) else answer.model_dump_json(by_alias=True).encode()
    stored = {"user_id": about or key.user_id, "key_hash": key.key_hash, "body_hash": key.body_hash}
    await transaction.execute(insert(table), {**stored, "status": status, "body": body})
    return Response(body, status, media_type="application/json")
