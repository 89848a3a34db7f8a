"""What we measure ourselves against: the least that a server of this stack could do."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel, Field
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def _hello(_request: StarletteRequest) -> PlainTextResponse:
    return PlainTextResponse("hello")


# Every path, so that it can stand behind a gateway as well.
hello = Starlette(routes=[Route("/{path:path}", _hello)])


@asynccontextmanager
async def _pool(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["PEER_DATABASE_URL"], min_size=10, max_size=10) as app.state.pool:
        await app.state.pool.execute(
            "CREATE TABLE IF NOT EXISTS peer_scores"
            " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id text, inputs jsonb, score int)"
        )
        yield


# Written by hand for one purpose each: no identity, no layers, no log line, no metrics.
by_hand = FastAPI(lifespan=_pool)


@by_hand.get("/scores/{user_id}")
async def read(user_id: str, request: Request) -> Response:
    row = await request.app.state.pool.fetchrow(
        "SELECT user_id::text, score, version, calculated_at, explanation FROM current_scores WHERE user_id = $1",
        user_id,
    )
    return Response(orjson.dumps(dict(row)), media_type="application/json")


class _Features(BaseModel):
    utilisation: float | None
    late30: Annotated[int, Field(ge=0)]
    late60: Annotated[int, Field(ge=0)]
    late90: Annotated[int, Field(ge=0)]
    debt_ratio: float
    lines: int
    mortgages: int


class _Calculate(BaseModel):
    features: _Features


@by_hand.post("/scores/{user_id}")
async def insert(user_id: str, payload: _Calculate, request: Request) -> dict[str, Any]:
    number = await request.app.state.pool.fetchval(
        "INSERT INTO peer_scores (user_id, inputs, score) VALUES ($1, $2, $3) RETURNING id",
        user_id,
        payload.model_dump_json(),
        700,
    )
    return {"id": number}
