"""A person with rows in each service, left there the way people leave them."""

from collections.abc import Callable
from contextlib import closing
from typing import Any
from uuid import uuid4

import psycopg2

from tests.integration.alert_service.scored_person import ScoredPerson
from tests.integration.profile_service.test_profiles import FULL
from tests.integration.score_service.borrower import FEATURES
from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.support.callers import Caller
from tests.support.services import RunningService

ServiceHeaders = Callable[..., dict[str, str]]
# What of these rows must be in an export, by service and table.
EXPECTED: dict[str, dict[str, int]] = {
    "profile_service": {"profiles": 1, "preferences": 1},
    "alert_service": {"alerts": 1, "score_updates": 1, "milestone_states": 1, "goals": 1, "milestones": 1},
    "survey_service": {"responses": 1, "answers": len(COMPLETE)},
    "score_service": {"scores": 1, "current_scores": 1, "disputes": 1},
}


def new_key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def live(service: RunningService, person: Caller, service_headers: ServiceHeaders) -> None:
    """Leave rows in as many tables as there are."""
    FILL[service.name](service, person, service_headers)


def _profile(service: RunningService, person: Caller, _: ServiceHeaders) -> None:
    service.client.put("/profile/me", json=FULL, headers=person.headers).raise_for_status()
    service.client.put("/preferences/me", json={"theme": "dark"}, headers=person.headers).raise_for_status()


def _alerts(service: RunningService, person: Caller, service_headers: ServiceHeaders) -> None:
    scored = ScoredPerson(service, person, service_headers("score_service", "alert_service"))
    scored.report(scored.update(600)).raise_for_status()
    scored.put(f"/goals/{person.user_id}", {"target": 700}).raise_for_status()


def _survey(service: RunningService, person: Caller, _: ServiceHeaders) -> None:
    Respondent(service, person).submit(COMPLETE, **new_key()).raise_for_status()


def _score(service: RunningService, person: Caller, _: ServiceHeaders) -> None:
    evidence = {"evidence": "It was the bank's mistake.", "feature": "late30"}
    for path, body in (("/scores/me/calculate", {"features": FEATURES}), ("/disputes", evidence)):
        service.client.post(path, json=body, headers={**person.headers, **new_key()}).raise_for_status()


FILL: dict[str, Callable[[RunningService, Caller, ServiceHeaders], None]] = {
    "profile_service": _profile,
    "alert_service": _alerts,
    "survey_service": _survey,
    "score_service": _score,
}


def rows_with(service: RunningService, user_id: Any) -> dict[str, int]:
    return rows_with_id(service.database_url, user_id)


def rows_with_id(database_url: str, user_id: Any) -> dict[str, int]:
    """How many rows of each table name this id anywhere in their text or bytes, whatever the tables say."""
    found = {}
    with closing(psycopg2.connect(database_url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            count = f"SELECT count(*) FROM {table} AS row WHERE row::text LIKE ANY(%s)"  # noqa: S608 - our own names
            cursor.execute(count, [[f"%{user_id}%", f"%{str(user_id).encode().hex()}%"]])
            found[table] = cursor.fetchone()[0]
    return {table: number for table, number in found.items() if number}
