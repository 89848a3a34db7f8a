"""Runs a service whose connection to the database is lost once each write of one statement has been carried out."""

import sys
from typing import Any

import asyncpg

from service_kit import serve

_fetchrow = asyncpg.Connection.fetchrow
_lost: set[str] = set()


async def _lose_first_answer(connection: asyncpg.Connection, query: str, *values: Any) -> Any:
    row = await _fetchrow(connection, query, *values)
    if "INSERT INTO" in query and query not in _lost:
        _lost.add(query)
        connection.terminate()
        raise asyncpg.ConnectionDoesNotExistError
    return row


if __name__ == "__main__":
    asyncpg.Connection.fetchrow = _lose_first_answer
    serve.main(sys.argv[1:])
