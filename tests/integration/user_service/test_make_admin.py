"""`python -m user_service.scripts.make_admin EMAIL`."""

import re
import subprocess
import sys

from tests.integration.user_service.visitor import Visitor, new_email
from tests.support.callers import Keys
from tests.support.services import ROOT, RunningService, service_env


def make_admin(service: RunningService, keys: Keys, email: str, **env: str) -> subprocess.CompletedProcess[str]:
    environment = service_env("user_service", keys, env.pop("database_url", service.database_url), env)
    command = [sys.executable, "-m", "user_service.scripts.make_admin", email]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_an_account_is_promoted_and_keeps_its_password(member: Visitor, keys: Keys) -> None:
    service = member.service
    service.sql("UPDATE users SET disabled = true WHERE id = %s RETURNING 1", member.user_id)
    result = make_admin(service, keys, member.email.upper())
    assert (result.returncode, result.stderr) == (0, "")
    assert "assword" not in result.stdout
    member.sign_in()
    assert member.call("GET", "/admin/summary", headers=member.bearer).status_code == 200


def test_an_account_is_made_with_a_password_shown_once(user_service: RunningService, keys: Keys) -> None:
    email = new_email()
    result = make_admin(user_service, keys, email)
    shown = re.search(r"shown only now: (\S{20})$", result.stdout, re.MULTILINE)
    assert shown is not None, result.stdout + result.stderr
    admin = Visitor(user_service, email, shown[1]).sign_in()
    assert admin.tokens["user"]["is_admin"] is True
    recorded = "SELECT event, actor_id, details FROM audit_events WHERE user_id = %s ORDER BY id LIMIT 1"
    by_operator = [("admin_granted", None, {"by": "operator"})]
    assert user_service.sql(recorded, admin.tokens["user"]["id"]) == by_operator


def test_what_went_wrong_is_one_sentence(user_service: RunningService, keys: Keys) -> None:
    bad = make_admin(user_service, keys, "nobody")
    assert bad.returncode == 2
    assert "Traceback" not in bad.stderr
    unreachable = make_admin(user_service, keys, new_email(), database_url="postgresql://x:y@127.0.0.1:9/none")
    assert unreachable.returncode == 1
    assert unreachable.stderr.startswith("The user service's database cannot be reached")
