"""Every table with a person's id says what becomes of it on export and erasure, and the database holds it to that."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import UUID, Column, ForeignKey, MetaData, Table

from service_kit.models import PERSONAL, internal
from service_kit.privacy import persons_ids
from tests.support.callers import SERVICES
from tests.support.services import RunningService

NAMES = {"user_id", "person_id", "owner_id", "actor_id"}


def metadata_of(service: str) -> MetaData:
    metadata: MetaData = importlib.import_module(f"{service}.models").Base.metadata
    return metadata


def names_a_person(column: Column[Any]) -> bool:
    if "payload" in column.table.c:
        return column.name in {"key", "payload"}
    is_id = column.name in NAMES or column.name.endswith("_by") or (column.table.name == "users" and column.primary_key)
    return is_id and isinstance(column.type, UUID)


def undeclared(metadata: MetaData) -> Iterator[str]:
    """Ids of people that say nothing, and tables that hang on a person's row and say nothing."""
    declared = {column for column, _ in persons_ids(metadata)}
    tables = {column.table for column in declared}
    for table in metadata.sorted_tables:
        yield from (f"{column}" for column in table.c if names_a_person(column) and column not in declared)
        hangs_on = {key.column.table for key in table.foreign_keys}
        if table not in tables and hangs_on & tables:
            yield table.name


@pytest.mark.parametrize("service", SERVICES)
def test_every_id_of_a_person_says_what_becomes_of_its_row(service: str) -> None:
    assert list(undeclared(metadata_of(service))) == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_not_given_out_or_not_erased_says_why(service: str) -> None:
    rules = [rule for _, rule in persons_ids(metadata_of(service))]
    assert rules
    assert [rule for rule in rules if not (rule.exported and rule.erased) and len(rule.why or "") < 10] == []
    assert any(rule.exported and rule.erased for rule in rules)


@pytest.mark.parametrize("service", SERVICES)
def test_answers_kept_for_repetition_are_erased_with_whom_they_are_about(service: str) -> None:
    metadata = metadata_of(service)
    keeping = {table.name for table in metadata.tables.values() if "body_hash" in table.c}
    assert keeping == {column.table.name for column, rule in persons_ids(metadata)
                       if rule.erased and "body_hash" in column.table.c}  # fmt: skip


def test_a_table_that_says_nothing_would_be_found() -> None:
    metadata = MetaData()
    user_id = Column("user_id", UUID, primary_key=True)
    Table("silent", metadata, user_id)
    Table("declared", metadata, Column("id", UUID, primary_key=True), Column("user_id", UUID, info=PERSONAL))
    Table("child", metadata, Column("parent", UUID, ForeignKey("declared.id")))
    Table("good_child", metadata, Column("parent", UUID, ForeignKey("declared.id"), info=internal("part of the other")))
    Table("judged", metadata, Column("decided_by", UUID), Column("user_id", UUID, info=PERSONAL))
    assert list(undeclared(metadata)) == ["judged.decided_by", "silent.user_id", "child"]
    user_id.info.update(PERSONAL)
    assert list(undeclared(metadata)) == ["judged.decided_by", "child"]


@pytest.mark.parametrize("service", SERVICES)
def test_the_database_refuses_rows_of_erased_people_in_each_of_these_tables(
    service: str, request: pytest.FixtureRequest
) -> None:
    running: RunningService = request.getfixturevalue(service)
    guards = {
        (table, name.removeprefix("refuse_erased_"))
        for table, name in running.sql("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal")
        if name.startswith("refuse_erased_")
    }
    ids = [each for each, rule in persons_ids(metadata_of(service)) if rule.erased and isinstance(each.type, UUID)]
    own = {(column.table.name, column.name) for column in ids if not column.foreign_keys}
    assert guards == own
    assert guards
