"""Bring every encrypted value of a service under the first of its `FIELD_KEYS`, so that the others can be dropped.

`python -m service_kit.reencryption SERVICE`, once every replica runs with the new key; people notice nothing.
"""

import sys
from importlib import import_module
from typing import Any

from cryptography.fernet import MultiFernet
from sqlalchemy import Column, Engine, MetaData, Table, Text, bindparam, create_engine, select, tuple_, update

from service_kit.database import driver_url
from service_kit.encryption import EncryptedText, cipher
from service_kit.settings import ServiceSettings

AT_ONCE = 500


def reencrypt(settings: ServiceSettings, metadata: MetaData) -> int:
    """Rewrite all rows, a few in each transaction, and say how many there were."""
    if settings.field_keys is None:
        return 0
    engine = create_engine(driver_url(settings.database_url.get_secret_value(), "psycopg2"), hide_parameters=True)
    try:
        return sum(
            _reencrypt_table(engine, table, columns, cipher(settings.field_keys))
            for table in metadata.sorted_tables
            if (columns := [column for column in table.c if isinstance(column.type, EncryptedText)])
        )
    finally:
        engine.dispose()


def _reencrypt_table(engine: Engine, table: Table, columns: list[Column[Any]], keys: MultiFernet) -> int:
    ids = list(table.primary_key)
    page = select(*ids, *(column.cast(Text).label(column.name) for column in columns))
    page = page.order_by(*ids).limit(AT_ONCE).with_for_update()
    write = (
        update(table)
        .where(*(column == bindparam(f"of_{column.name}") for column in ids))
        .values({column.name: bindparam(f"new_{column.name}", type_=Text()) for column in columns})
    )
    count, following = 0, page
    while True:
        with engine.begin() as connection:
            rows = connection.execute(following).all()
            if not rows:
                return count
            connection.execute(write, [_rotated(row._mapping, ids, columns, keys) for row in rows])
        count += len(rows)
        following = page.where(tuple_(*ids) > tuple(rows[-1][: len(ids)]))


def _rotated(row: Any, ids: list[Column[Any]], columns: list[Column[Any]], keys: MultiFernet) -> dict[str, Any]:
    tokens = {column.name: row[column.name] for column in columns}
    return {f"of_{column.name}": row[column.name] for column in ids} | {
        f"new_{name}": None if token is None else keys.rotate(token).decode() for name, token in tokens.items()
    }


def main(service: str) -> None:
    settings = import_module(f"{service}.core.settings").Settings()
    count = reencrypt(settings, import_module(f"{service}.models").Base.metadata)
    sys.stdout.write(f"{service}: {count} rows are encrypted with the first key now.\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
