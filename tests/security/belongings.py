"""People with an account and with things of their own in each service, all of which hold a marker of their owner's."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from uuid_utils.compat import uuid7

from tests.faults.posts_of_score_service import FEATURES
from tests.integration.alert_service.scored_person import score_update
from tests.integration.survey_service.respondent import COMPLETE, Respondent
from tests.integration.user_service.passkey_page import new_passkey
from tests.integration.user_service.visitor import Visitor
from tests.support.authenticator import Authenticator
from tests.support.callers import Caller
from tests.support.services import ORIGIN, ROOT, Service

ServiceHeaders = Callable[..., dict[str, str]]
SURVEY_FILE = ROOT / "survey_service" / "scripts" / "sample_questions.csv"
# Ids that belong to one person; every other id names a thing that all share, or that only administrators see.
PERSONAL = frozenset({"user_id", "alert_id", "webhook_id", "session_id", "passkey_id", "score_id"})


@dataclass
class Place:
    """One service, and who is there."""

    service: Service
    new_person: Callable[..., Caller]
    service_headers: ServiceHeaders
    # The texts of the mails to an address, newest last.
    mails_to: Callable[[str], list[str]]
    origin: str = ORIGIN

    def person(self, *roles: str) -> Caller:
        """At the user service somebody with an account; elsewhere a token is all there is of a person."""
        if self.service.name != "user_service":
            return self.new_person(*roles)
        visitor = Visitor(self.service).sign_up()
        if roles:
            self.service.sql("UPDATE users SET is_admin = true WHERE id = %s RETURNING 1", visitor.user_id)
        return _caller(visitor.sign_in())

    def new_owner(self, wanted: frozenset[str]) -> "Owner":
        owner = Owner(self)
        if self.service.name == "user_service":
            owner.visitor = Visitor(self.service, owner.email).sign_up(username=owner.marker).sign_in()
            owner.caller = _caller(owner.visitor)
        MOVES_IN[self.service.name](owner)
        made = {
            name: (THINGS.get(f"{self.service.name} {name}") or THINGS[name])(owner) for name in wanted - {"user_id"}
        }
        owner.ids = {"user_id": str(owner.caller.user_id), **made}
        return owner


def _caller(visitor: Visitor) -> Caller:
    return Caller(UUID(visitor.user_id), visitor.tokens["access_token"])


class Owner:
    """Somebody to whom things at the place belong; `ids` has one of each kind that is asked for."""

    visitor: Visitor
    passkey: Authenticator
    ids: dict[str, str]

    def __init__(self, place: Place) -> None:
        self.place, self.caller = place, place.new_person()
        self.marker = f"zq{uuid4().hex[:12]}marker"
        self.email = f"{self.marker}@example.com"

    def send(self, method: str, path: str, body: Any = None, **request: Any) -> Any:
        request.setdefault("headers", self.caller.headers)
        answer = self.place.service.client.request(method, path, json=body, **request)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def stored(self) -> dict[str, str]:
        """A digest of the rows that name this person, by table; none of those that the service itself goes on with."""
        service = self.place.service
        tables = service.sql(
            "SELECT table_name, bool_or(column_name IN ('available_at', 'position'))"
            " FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1 ORDER BY 1"
        )
        digest = (
            "SELECT '{0}', coalesce(md5(string_agg(t::text, ' ' ORDER BY t::text)), '') FROM {0} AS t"
            " WHERE t::text LIKE '%%{1}%%'"
        )
        queries = [digest.format(name, self.caller.user_id) for name, moves in tables if not moves]
        return dict(service.sql(" UNION ALL ".join(queries)))


def _moves_into_accounts(owner: Owner) -> None:
    # A campaign's wrong passwords would shut its own address out.
    owner.place.service.sql("DELETE FROM failed_attempts")
    owner.passkey = new_passkey(owner.visitor, origin=owner.place.origin)


def _moves_into_profiles(owner: Owner) -> None:
    profile = {"full_name": owner.marker, "address": owner.marker, "email": f"{owner.marker}@example.com"}
    owner.send("PUT", "/profile/me", profile)
    owner.send("PUT", "/preferences/me", {"theme": "dark"})
    consent = {"purpose": "marketing", "granted": True, "text_version": owner.marker}
    owner.send("POST", "/consents/me", consent)


def _moves_into_alerts(owner: Owner) -> None:
    headers = owner.place.service_headers("score_service", "alert_service")
    update = score_update(owner.caller.user_id, 1, 600)
    owner.send("POST", "/score-updates", update, headers=headers)
    owner.send("PUT", "/goals/me", {"target": 700})
    owner.send("POST", "/alerts/webhooks", {"url": f"http://127.0.0.1:9/{owner.marker}"})


def _moves_into_survey(owner: Owner) -> None:
    Respondent(owner.place.service, owner.caller).submit(COMPLETE).raise_for_status()


def _moves_into_scores(owner: Owner) -> None:
    owner.send("POST", "/scores/me/calculate", {"features": FEATURES})


def _alert(owner: Owner) -> str:
    return str(owner.send("GET", "/alerts/me")[0]["id"])


def _webhook(owner: Owner) -> str:
    return str(owner.send("GET", "/alerts/webhooks")["items"][0]["id"])


def _dead_letter(owner: Owner) -> str:
    delivery = uuid4()
    owner.place.service.sql(
        "INSERT INTO deliveries (id, user_id, channel, alert_ids, due_at, next_at, attempts, dead_at) "
        "VALUES (%s, %s, 'email', '{}', now(), now(), 10, now())",
        delivery, owner.caller.user_id,
    )  # fmt: skip
    return str(delivery)


def _session(owner: Owner) -> str:
    return str(owner.send("GET", "/auth/sessions")["items"][0]["id"])


def _passkey(owner: Owner) -> str:
    return str(owner.send("GET", "/auth/passkeys")["items"][0]["id"])


def _question(owner: Owner) -> str:
    return str(owner.send("GET", "/survey/questions")[0]["id"])


def _draft(owner: Owner) -> str:
    """The built-in questions anew, so that publishing them leaves a survey that the others here can answer."""
    upload = {"file": ("own.csv", SURVEY_FILE.read_bytes())}
    headers = owner.place.person("admin").headers
    made = owner.send("POST", "/survey/admin/import-questions", files=upload, headers=headers)
    return str(made["version"])


def _score(owner: Owner) -> str:
    return str(owner.send("GET", "/scores/me/history")["history"][0]["score_id"])


def _dispute(owner: Owner) -> str:
    return str(owner.send("POST", "/disputes", {"evidence": owner.marker})["dispute_id"])


def override_of(user_id: str) -> dict[str, str]:
    """An override must end within a year, which the example of the contract cannot promise."""
    ends = f"{datetime.now(UTC) + timedelta(days=30):%Y-%m-%dT%H:%M:%SZ}"
    return {"user_id": user_id, "reason": "Two accounts were mixed up.", "expires_at": ends}


def _override(owner: Owner) -> str:
    headers = owner.place.person("admin").headers
    body = override_of(str(owner.caller.user_id))
    return str(owner.send("POST", "/scores/admin/overrides", body, headers=headers)["override_id"])


def _receipt(owner: Owner) -> str:
    """Of somebody's erasure; whoever knows it may ask how far that is."""
    leaving, password = owner.place.person(), {"password": owner.visitor.password}
    return str(owner.send("DELETE", "/users/me", password, headers=leaving.headers)["receipt_id"])


def _challenger(owner: Owner) -> str:
    models = owner.send("GET", "/scores/admin/models", headers=owner.place.person("admin").headers)
    return str(models["comparison"]["challenger"])


THINGS: dict[str, Callable[[Owner], str]] = {
    "alert_id": _alert,
    "webhook_id": _webhook,
    "delivery_id": _dead_letter,
    "session_id": _session,
    "passkey_id": _passkey,
    "question_id": _question,
    "score_id": _score,
    "dispute_id": _dispute,
    "override_id": _override,
    "receipt_id": _receipt,
    "survey_service version": _draft,
    "score_service version": _challenger,
}
MOVES_IN: dict[str, Callable[[Owner], None]] = {
    "user_service": _moves_into_accounts,
    "profile_service": _moves_into_profiles,
    "alert_service": _moves_into_alerts,
    "survey_service": _moves_into_survey,
    "score_service": _moves_into_scores,
}


def nobodys(own: str) -> str:
    """An id of the same kind that nobody has."""
    return str(random.randrange(10**9, 2 * 10**9)) if own.isdigit() else str(uuid7())  # noqa: S311
