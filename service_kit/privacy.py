"""What becomes of a person's rows when they ask for their data, and when they want it gone (ADR 0018).

Every column with a person's id says so in its `info` (models.py). From that alone a service's rows of a person are
gathered and erased, and the database refuses new rows of somebody who was erased, whoever brings them.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import Response
from sqlalchemy import Column, ColumnElement, Connection, LargeBinary, MetaData, Table, delete, func, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.ext.asyncio import AsyncConnection

from service_kit.auth import ServiceCaller
from service_kit.database import ReadOnly, Reads, Transaction
from service_kit.models import PersonsId
from service_kit.problems import Conflict, Unauthenticated, problems

PATH = "/internal/privacy"
# Of each table; one person's rows are gathered in memory.
ROWS_MAX = 20_000
LOCK_CLASS = 7_305_223

FromAccounts = Annotated[str, Depends(ServiceCaller("user_service"))]
Gathered = dict[str, list[dict[str, Any]]]


class TooMuchToExport(Conflict):
    code, title = "too_much_to_export", "There is too much about you for one document; please ask us for it."


def persons_ids(metadata: MetaData) -> Iterator[tuple[Column[Any], PersonsId]]:
    """The columns that hold a person's id, parents before children."""
    for table in metadata.sorted_tables:
        for column in table.c:
            if "person" in column.info:
                yield column, column.info["person"]


async def gather(db: Reads, metadata: MetaData, user_id: UUID) -> Gathered:
    """A person's rows by table. Bytes are left out: they are hashes and keys. Raises TooMuchToExport."""
    found: Gathered = {}
    for column, rule in persons_ids(metadata):
        if rule.exported:
            shown = [each for each in column.table.c if not _is_withheld(each)]
            statement = select(*shown).where(_is_of(column, user_id)).order_by(*column.table.primary_key)
            rows = (await db.execute(statement.limit(ROWS_MAX + 1))).all()
            if len(rows) > ROWS_MAX:
                raise TooMuchToExport
            found[column.table.fullname] = [dict(row._mapping) for row in rows]
    return found


async def erase(db: AsyncConnection, metadata: MetaData, user_id: UUID) -> None:
    """Delete a person's rows, and have the database take no others.

    The lock waits for every transaction that has written a row of this person, so all there are can be seen; who comes
    later waits for this one, and is refused.
    """
    await db.execute(select(func.pg_advisory_xact_lock(LOCK_CLASS, func.uuid_hash(user_id))))
    await db.execute(pg_insert(tombstones(metadata)).on_conflict_do_nothing(), {"user_id": user_id})
    for column, rule in reversed(list(persons_ids(metadata))):
        if rule.erased:
            await db.execute(delete(column.table).where(_is_of(column, user_id)))


def erased_again(metadata: MetaData) -> Callable[[AsyncConnection, int], Awaitable[int]]:
    """For the sweeper: rows of erased people that a restored backup has brought in past the guards."""

    async def delete_some(db: AsyncConnection, limit: int) -> int:
        swept = 0
        for column, rule in reversed(list(persons_ids(metadata))):
            if rule.erased and _is_id_itself(column):
                erased = select(column).where(column.in_(select(tombstones(metadata).c.user_id))).limit(limit)
                swept += (await db.execute(delete(column.table).where(column.in_(erased)))).rowcount
        return swept

    return delete_some


def privacy_router(metadata: MetaData) -> APIRouter:
    """What the service that keeps the accounts asks of every other one."""
    router = APIRouter(prefix=PATH, tags=["between services"], responses=problems(Unauthenticated))

    @router.get("/{user_id}", responses=problems(TooMuchToExport), response_model=Gathered)
    async def export_person(_caller: FromAccounts, db: ReadOnly, user_id: UUID) -> Response:
        """Everything held here about a person, by table."""
        return Response(to_json(await gather(db, metadata, user_id)), media_type="application/json")

    @router.delete("/{user_id}", status_code=204)
    async def erase_person(_caller: FromAccounts, db: Transaction, user_id: UUID) -> None:
        """Erase a person here, for ever."""
        await erase(db, metadata, user_id)

    return router


def to_json(value: Any) -> bytes:
    """orjson knows no subclasses; the driver's ids are of one of UUID, and the names of columns of one of str."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS)


def tombstones(metadata: MetaData) -> Table:
    return metadata.tables["tombstones"]


def _is_withheld(column: Column[Any]) -> bool:
    return "withheld" in column.info or isinstance(column.type, LargeBinary)


def _is_of(column: Column[Any], user_id: UUID) -> ColumnElement[bool]:
    """Whether a row is this person's, by its own column or by the row that one points to."""
    for key in column.foreign_keys:
        parent = next(each for each in key.column.table.c if "person" in each.info)
        return column.in_(select(key.column).where(_is_of(parent, user_id)))
    return column == user_id if _is_id_itself(column) else column["user_id"].astext == str(user_id)


def _is_id_itself(column: Column[Any]) -> bool:
    return not column.foreign_keys and not isinstance(column.type, JSONB)


def guard(connection: Connection, metadata: MetaData) -> None:
    """Have the database refuse rows of erased people, in every table there is; called after migrations.

    Where a column points to another row that row is gone, and an event is written beside a row that is refused.
    """
    declared, possible, there = _guards(connection, metadata)
    for table, column in sorted(possible - there):
        connection.execute(text(GUARD.format(table=table, column=column, lock=LOCK_CLASS)))
    # Of a column that a downgrade has dropped the trigger is left, and would fail.
    for table, column in sorted(there - possible):
        connection.execute(text(f"DROP TRIGGER refuse_erased_{column} ON {table}"))
    for column in {name for _, name in declared} - {name for _, name in possible}:
        connection.execute(text(f"DROP FUNCTION IF EXISTS refuse_erased_{column}"))


def is_guarded(connection: Connection, metadata: MetaData) -> bool:
    _, possible, there = _guards(connection, metadata)
    return possible == there


def _guards(connection: Connection, metadata: MetaData) -> Sequence[set[tuple[str, str]]]:
    """Tables and columns of the guards that are declared, of those the tables allow, and of those that are there."""
    ids = persons_ids(metadata)
    declared = {(each.table.name, each.name) for each, rule in ids if rule.erased and _is_id_itself(each)}
    columns, there = ({tuple(row) for row in connection.execute(text(each))} for each in (COLUMNS_THERE, GUARDS_THERE))
    # Before the migration of the tombstones, or after its downgrade, there is nothing to refuse by.
    return declared, declared & columns if ("tombstones", "user_id") in columns else set(), there


COLUMNS_THERE = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema()"
GUARDS_THERE = """
SELECT relname, substr(tgname, length('refuse_erased_') + 1) FROM pg_trigger
JOIN pg_class ON pg_class.oid = tgrelid
WHERE starts_with(tgname, 'refuse_erased_') AND relnamespace = current_schema()::regnamespace
"""
# Each statement of the function sees what was committed before it began, so the tombstone of whom the lock waited for.
GUARD = """
CREATE OR REPLACE FUNCTION refuse_erased_{column}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared({lock}, uuid_hash(NEW.{column}));
    IF EXISTS (SELECT FROM tombstones WHERE user_id = NEW.{column}) THEN
        RAISE EXCEPTION 'this person was erased'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'person_erased';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refuse_erased_{column} BEFORE INSERT ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_erased_{column}()
"""
