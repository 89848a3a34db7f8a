"""The few operations of which the contracts do not say all that the campaigns need, each with its reason."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.faults.posts_of_score_service import FEATURES
from tests.integration.survey_service.respondent import COMPLETE
from tests.security.belongings import SURVEY_FILE, Owner, override_of
from tests.security.codes import CODES
from tests.support.callers import SERVICES

Key = tuple[str, str, str]


@dataclass(frozen=True)
class OwnRule:
    """`answers` are statuses by role, in place of what follows from the contract."""

    reason: str
    answers: dict[str, int] = field(default_factory=dict)


OWN_RULES: dict[Key, OwnRule] = {
    ("survey_service", "GET", "/survey/features/{user_id}"): OwnRule(
        "an administrator may read them too", {"administrator": 200, "owner": 403, "another": 403}
    ),
}

NEIGHBOURS = frozenset(SERVICES) - {"user_service"}
# Which services may call what is only for services; what the contracts say of it is prose.
CALLERS: dict[Key, frozenset[str]] = {
    ("user_service", "GET", "/internal/revocations"): NEIGHBOURS,
    ("profile_service", "POST", "/internal/consents/{user_id}"): frozenset({"user_service"}),
    ("alert_service", "POST", "/score-updates"): frozenset({"score_service"}),
    ("alert_service", "POST", "/alerts/on-score-updated"): frozenset({"score_service"}),
    ("alert_service", "POST", "/internal/security-notices"): frozenset({"user_service"}),
    ("alert_service", "POST", "/internal/dispute-notices"): frozenset({"score_service"}),
    ("alert_service", "PUT", "/internal/addresses/{user_id}"): frozenset({"user_service"}),
    ("alert_service", "PUT", "/internal/delivery-preferences/{user_id}"): frozenset({"profile_service"}),
    ("survey_service", "POST", "/survey/features"): frozenset({"score_service"}),
    ("survey_service", "GET", "/survey/features/{user_id}"): frozenset({"score_service"}),
    ("score_service", "PUT", "/internal/consents/{user_id}"): frozenset({"profile_service"}),
    **{
        (service, method, "/internal/privacy/{user_id}"): frozenset({"user_service"})
        for service in NEIGHBOURS
        for method in ("GET", "DELETE")
    },
}


def _answers(owner: Owner) -> dict[str, Any]:
    questions = owner.send("GET", "/survey/questions")
    ids = {each["key"]: each["id"] for each in questions}
    return {"answers": [{"question_id": ids[key], "answer": answer} for key, answer in COMPLETE.items()]}


def _new_account(owner: Owner) -> dict[str, str]:
    return {"email": f"{uuid4().hex}@example.com", "password": owner.visitor.password}


def _first_profile(owner: Owner) -> dict[str, str]:
    owner.send("DELETE", "/profile/me")
    return {"full_name": "An"}


# Bodies that depend on whose they are, or on something beyond the schema.
BODIES: dict[Key, Callable[[Owner], Any]] = {
    **{("user_service", *place): body for place, body in CODES.items()},
    ("user_service", "POST", "/auth/signup"): _new_account,
    ("user_service", "POST", "/admin/users"): _new_account,
    ("user_service", "PATCH", "/users/me"): lambda _: {"username": "An"},
    ("user_service", "PUT", "/users/me"): lambda _: {"username": "An"},
    ("profile_service", "POST", "/profile/me"): _first_profile,
    ("alert_service", "POST", "/alerts/webhooks"): lambda _: {"url": f"http://127.0.0.1:9/{uuid4()}"},
    ("survey_service", "POST", "/survey/submit"): _answers,
    ("survey_service", "PATCH", "/survey/answer"): lambda owner: _answers(owner)["answers"][0],
    ("score_service", "POST", "/scores/admin/overrides"): lambda owner: override_of(str(owner.caller.user_id)),
    ("score_service", "POST", "/scores/admin/disputes/{dispute_id}/resolve"): lambda _: {
        "outcome": "rejected", "resolution": "The bank confirmed it."
    },
}  # fmt: skip


def _portfolio() -> bytes:
    written = io.StringIO()
    written.write(",".join(["id", *FEATURES]) + "\n")
    written.write(",".join(["1", *map(str, FEATURES.values())]) + "\n")
    return written.getvalue().encode()


FILES: dict[Key, Callable[[], bytes]] = {
    ("survey_service", "POST", "/survey/admin/import-questions"): SURVEY_FILE.read_bytes,
    ("score_service", "POST", "/scores/admin/batch"): _portfolio,
}

# With them a stream of alerts tells at once those that its owner has.
HEADERS: dict[Key, dict[str, str]] = {("alert_service", "GET", "/alerts/stream"): {"Last-Event-ID": "0"}}
