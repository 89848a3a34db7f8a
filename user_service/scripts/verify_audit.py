"""Check that the audit log is whole: `python -m user_service.scripts.verify_audit` (ADR 0017)."""

import argparse
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import orjson
from sqlalchemy import Connection, create_engine, func, select, text
from sqlalchemy.exc import OperationalError

from service_kit.database import driver_url
from service_kit.tokens import Jwk, KeySet, SigningKey
from user_service.core.heads import read_heads
from user_service.core.settings import Settings
from user_service.domain.audit import findings
from user_service.models import AuditEvent

Heads = dict[int, set[bytes]]

_sealed = select(AuditEvent).where(AuditEvent.position.is_not(None)).order_by(AuditEvent.position)
_waiting = select(func.count()).where(
    AuditEvent.position.is_(None), AuditEvent.at < func.now() - text("interval '1 minute'")
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="verify_audit", description="Check that the audit log is whole.")
    parser.add_argument("--heads", type=Path, nargs="*", help="files of signed heads; else AUDIT_HEADS_FILE")
    parser.add_argument("--keys", type=Path, nargs="*", default=[], help="JWKS of service keys used earlier")
    arguments = parser.parse_args()
    settings = Settings()
    files = arguments.heads or [file for file in [settings.audit_heads_file] if file is not None]
    try:
        found = list(_verify(settings, files, _keys(settings, arguments.keys)))
    except OperationalError as error:
        raise SystemExit("The user service's database cannot be reached; is the stack up?") from error
    for finding in found:
        print(finding)
    if found:
        raise SystemExit(1)
    print("The audit log is whole.")


def _verify(settings: Settings, files: list[Path], keys: KeySet) -> Iterator[str]:
    heads: Heads = defaultdict(set)
    for file in files:
        yield from _read(file, keys, heads)
    engine = create_engine(driver_url(settings.database_url.get_secret_value(), "psycopg2"))
    try:
        with engine.connect() as db:
            yield from _check(db, heads)
    finally:
        engine.dispose()


def _read(file: Path, keys: KeySet, heads: Heads) -> Iterator[str]:
    try:
        for number, head in enumerate(read_heads(file, keys), 1):
            if head is None:
                yield f"Line {number} of {file} is not a head that this service signed."
            else:
                heads[head[0]].add(head[1])
    except OSError as error:
        yield f"{file} cannot be read: {error.strerror}."


def _check(db: Connection, heads: Heads) -> Iterator[str]:
    # Fetched in parts: the log only ever grows.
    yield from findings(db.execution_options(yield_per=1_000).execute(_sealed), heads)
    waiting = db.execute(_waiting).scalar_one()
    if waiting:
        yield f"{waiting} entries have waited more than a minute to be sealed; the user service should be running."
    if not heads and db.execute(_sealed.limit(1)).first():
        yield "There is no signed head to hold the log against, so it would not show if its end was cut off."


def _keys(settings: Settings, files: list[Path]) -> KeySet:
    keys: list[Jwk] = [key for file in files for key in orjson.loads(file.read_bytes())["keys"]]
    if settings.service_key_file is not None:
        keys.append(SigningKey.from_file(settings.service_key_file).public_jwk)
    return KeySet.from_jwks({"keys": keys})


if __name__ == "__main__":
    main()
