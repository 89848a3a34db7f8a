"""`POST /auth/login` and what its token is."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any
from uuid import UUID

import orjson
import psycopg2
import pytest
from jose import jws
from passlib.hash import argon2

from service_kit.tokens import PERSON_TOKEN
from tests.integration.user_service.visitor import PASSWORD, Visitor, code
from tests.support.callers import AUDIENCE, ISSUER, Keys, person_claims
from tests.support.services import RunningService
from tests.support.waiting import patiently


def hashes_made(service: RunningService) -> int:
    with_metrics = service.client.get("/metrics").text
    found = re.search(r"^password_hash_seconds_count ([\d.]+)$", with_metrics, re.MULTILINE)
    assert found is not None
    return int(float(found[1]))


def test_a_sign_in_hands_out_a_short_token_that_names_person_session_and_roles(member: Visitor, keys: Keys) -> None:
    assert member.tokens["token_type"] == "bearer"
    assert member.tokens["expires_in"] == 900
    assert member.tokens["user"]["id"] == member.user_id
    header = jws.get_unverified_header(member.tokens["access_token"])
    assert header == {"alg": "ES256", "typ": PERSON_TOKEN, "kid": keys.signing_key().kid}
    claims = orjson.loads(jws.get_unverified_claims(member.tokens["access_token"]))
    assert set(claims) == {"iss", "aud", "sub", "sid", "roles", "iat", "exp"}
    assert (claims["iss"], claims["aud"], claims["sub"], claims["roles"]) == (ISSUER, AUDIENCE, member.user_id, [])
    assert claims["exp"] - claims["iat"] == 900
    assert abs(claims["iat"] - time.time()) < 30
    sessions = member.service.sql("SELECT id::text FROM sessions WHERE user_id = %s", member.user_id)
    assert sessions == [(claims["sid"],)]


def test_the_email_is_known_in_any_case(visitor: Visitor) -> None:
    visitor.sign_up()
    assert visitor.post("/auth/login", {"email": visitor.email.upper(), "password": PASSWORD}).status_code == 200


def test_the_refresh_token_is_stored_as_a_hash_only(member: Visitor) -> None:
    rows = member.service.sql(
        "SELECT t::text FROM refresh_tokens t JOIN sessions s ON s.id = session_id WHERE user_id = %s", member.user_id
    )
    assert len(rows) == 1
    assert member.tokens["refresh_token"] not in rows[0][0]
    assert member.tokens["refresh_token"].encode().hex() not in rows[0][0]


def test_wrong_unknown_and_disabled_cannot_be_told_apart(user_service: RunningService) -> None:
    known, unknown, disabled = (Visitor(user_service) for _ in range(3))
    known.sign_up()
    disabled.sign_up()
    user_service.sql("UPDATE users SET disabled = true WHERE id = %s RETURNING 1", disabled.user_id)
    answers = [known.try_password("not the password"), unknown.try_password(PASSWORD), disabled.try_password(PASSWORD)]
    documents = [{**answer.json(), "request_id": None} for answer in answers]
    assert documents[0]["code"] == "invalid_credentials"
    assert documents[0] == documents[1] == documents[2]
    assert {answer.status_code for answer in answers} == {401}
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


def test_an_unknown_address_costs_the_same_one_hash_as_a_known_one(user_service: RunningService) -> None:
    known, unknown, disabled = (Visitor(user_service) for _ in range(3))
    known.sign_up()
    disabled.sign_up()
    user_service.sql("UPDATE users SET disabled = true WHERE id = %s RETURNING 1", disabled.user_id)
    for somebody in (known, unknown, disabled):
        before = hashes_made(user_service)
        somebody.try_password("not the password")
        assert hashes_made(user_service) == before + 1


def test_no_password_rule_is_applied_at_sign_in(visitor: Visitor) -> None:
    visitor.sign_up()
    for password in ("", "short", "password123", "x" * 1_000):
        assert code(visitor.try_password(password)) == "invalid_credentials"


@pytest.mark.parametrize(
    "change",
    [{"password": "x" * 1_001}, {"password": None}, {"email": "nobody"}, {"otp": "1" * 65}, {"remember": True}],
)
def test_a_malformed_sign_in_is_no_failed_one(member: Visitor, change: dict[str, Any]) -> None:
    answer = member.post("/auth/login", {"email": member.email, "password": "wrong", **change})
    assert (answer.status_code, code(answer)) == (422, "malformed_request")


def test_a_form_cannot_sign_anybody_in(member: Visitor) -> None:
    body = f'{{"email": "{member.email}", "password": "{PASSWORD}"}}'
    answer = member.call("POST", "/auth/login", content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_a_hash_of_older_parameters_is_renewed_by_the_sign_in(member: Visitor) -> None:
    service = member.service
    old = argon2.using(type="ID", memory_cost=512, rounds=1, parallelism=1).hash(PASSWORD)
    service.sql("UPDATE users SET password_hash = %s WHERE id = %s RETURNING 1", old, member.user_id)
    member.sign_in()
    stored = service.sql("SELECT password_hash FROM users WHERE id = %s", member.user_id)[0][0]
    assert "$m=1024,t=1,p=1$" in stored
    member.sign_in()
    assert service.sql("SELECT password_hash FROM users WHERE id = %s", member.user_id)[0][0] == stored


def test_a_hash_is_renewed_though_its_owner_signs_in_several_times_at_once(member: Visitor) -> None:
    service = member.service
    old = argon2.using(type="ID", memory_cost=512, rounds=1, parallelism=1).hash(PASSWORD)
    service.sql("UPDATE users SET password_hash = %s WHERE id = %s RETURNING 1", old, member.user_id)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: patiently(lambda: member.try_password(PASSWORD)), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    stored = service.sql("SELECT password_hash FROM users WHERE id = %s", member.user_id)[0][0]
    assert "$m=1024,t=1,p=1$" in stored
    assert argon2.verify(PASSWORD, stored)


def written_for(member: Visitor) -> list[int]:
    tables = ("sessions", "devices", "audit_events")
    counts = [f"SELECT count(*) FROM {table} WHERE user_id = %s" for table in tables]  # noqa: S608
    return [member.service.sql(each, member.user_id)[0][0] for each in counts]


@pytest.mark.parametrize(
    ("change", "status"), [("disabled = true", 401), ("password_changed_at = now()", 401), ("id = id", 200)]
)
def test_who_is_shut_out_while_signing_in_does_not_get_in(member: Visitor, change: str, status: int) -> None:
    before = written_for(member)
    with closing(psycopg2.connect(member.service.database_url)) as blocker, ThreadPoolExecutor(1) as pool:
        blocker.cursor().execute(f"UPDATE users SET {change} WHERE id = %s", [member.user_id])  # noqa: S608
        attempt = pool.submit(patiently, lambda: member.try_password(PASSWORD))
        member.service.wait_until_one_is_held_up()
        blocker.commit()
        assert attempt.result().status_code == status
    assert written_for(member) == [count + (status == 200) for count in before]


def test_verify_token_says_what_a_good_token_claims(member: Visitor) -> None:
    claims = member.post("/auth/verify-token", headers=member.bearer)
    assert claims.status_code == 200
    assert claims.json()["sub"] == member.user_id
    in_body = member.post("/auth/verify-token", {"token": member.tokens["access_token"]})
    assert in_body.json() == claims.json()
    assert member.post("/auth/verify-token", {}, headers=member.bearer).json() == claims.json()


def test_verify_token_refuses_what_is_not_a_live_token(member: Visitor, keys: Keys) -> None:
    now, people, stranger = int(time.time()), keys.signing_key(), keys.signing_key("stranger")
    session = orjson.loads(jws.get_unverified_claims(member.tokens["access_token"]))["sid"]
    good = person_claims(UUID(member.user_id), sid=session)
    bad = [
        stranger.sign(good, PERSON_TOKEN),
        people.sign(good, "svc+jwt"),
        people.sign({**good, "exp": now - 1}, PERSON_TOKEN),
        people.sign({**good, "aud": "somebody-else"}, PERSON_TOKEN),
        people.sign({**good, "iss": "somebody-else"}, PERSON_TOKEN),
        people.sign({**good, "sid": "01a21486-5bb3-7031-93d8-e83d6c435163"}, PERSON_TOKEN),
        people.sign({key: value for key, value in good.items() if key != "sid"}, PERSON_TOKEN),
        member.tokens["refresh_token"],
        "x",
    ]
    assert member.post("/auth/verify-token", {"token": people.sign(good, PERSON_TOKEN)}).status_code == 200
    for token in bad:
        answer = member.post("/auth/verify-token", {"token": token})
        assert (answer.status_code, code(answer)) == (401, "unauthenticated"), token
    assert member.post("/auth/verify-token").status_code == 401


def test_no_secret_reaches_the_log(visitor: Visitor) -> None:
    visitor.sign_up(username="Somebody Particular").sign_in()
    visitor.try_password("a-wrong-password-of-mine")
    visitor.refresh()
    log = visitor.service.log
    secrets = [visitor.email, PASSWORD, "a-wrong-password-of-mine", "Somebody Particular", visitor.address]
    secrets += [visitor.tokens["access_token"], visitor.tokens["refresh_token"], visitor.user_id]
    assert [secret for secret in secrets if secret in log] == []
    assert '"event":"password_refused"' in log
