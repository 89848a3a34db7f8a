"""What has expired is forgotten when a service starts, and every ten minutes from then on."""

from uuid_utils.compat import uuid7

from tests.integration.user_service.visitor import Visitor
from tests.support.services import RunService
from tests.support.waiting import eventually

EXPIRE = (
    "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = %s AND user_agent = %s RETURNING 1"
)
AGE = "UPDATE failed_attempts SET failed_at[1] = now() - interval '61 minutes' RETURNING 1"
OLD = "SELECT count(*) FROM failed_attempts WHERE failed_at[1] < now() - interval '1 hour'"
YOUNG = "SELECT count(*) FROM failed_attempts WHERE failed_at[1] > now() - interval '1 hour'"
REVOKE = "INSERT INTO revocations (session_id, revoked_at) VALUES (%s, now() - %s::interval) RETURNING 1"
REVOCATIONS = "SELECT count(*) FROM revocations WHERE session_id IN (%s, %s)"
SESSIONS = "SELECT count(*) FROM sessions WHERE user_id = %s"


def test_expired_sessions_old_failures_and_old_revocations_are_forgotten_and_nothing_else(
    member: Visitor, run_service: RunService
) -> None:
    service, phone = member.service, member.on_another_device()
    member.try_password("not the password")
    service.sql(AGE)
    Visitor(service).try_password("not the password")
    old, young = uuid7(), uuid7()
    service.sql(REVOKE, old, "62 minutes")
    service.sql(REVOKE, young, "59 minutes")
    service.sql(EXPIRE, member.user_id, phone.user_agent)
    run_service("user_service", database_url=service.database_url)
    eventually(lambda: (service.sql(OLD), service.sql(REVOCATIONS, old, young)) == ([(0,)], [(1,)]))
    assert service.sql(YOUNG) == [(2,)]
    assert service.sql(REVOCATIONS, old, young) == [(1,)]
    assert service.sql(SESSIONS, member.user_id) == [(1,)]
    assert member.refresh().status_code == 200
    assert phone.refresh().status_code == 401
