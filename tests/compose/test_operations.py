"""The commands of the operations page for containers: keys, backup and restore, and events sent again."""

import base64
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from local_stack.layout import ENCRYPTING, SERVICES
from service_kit.auth import KEYS_REFRESH_S
from tests.support.compose import Compose, ComposeStack
from tests.support.people import PASSWORD, SignedIn
from tests.support.services import ROOT
from tests.support.waiting import PATIENCE_S, eventually, patiently
from tools.containers import KEY_IS_KNOWN_S

# Each test stops and starts many containers, some twice.
pytestmark = pytest.mark.timeout(900)


def containers(*words: str, fails: bool = False) -> str:
    """`python3 -m tools.containers …` for the project of this run, without what only the test's own Python has."""
    command = [sys.executable, "-I", "-S", "-c", RUN, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stdout + done.stderr


RUN = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tools.containers import main; sys.exit(main())"


def rows(compose: Compose, service: str, query: str) -> list[str]:
    database = service.replace("_service", "_db")
    command = ["psql", "--username", "postgres", "--tuples-only", "--no-align", "--command", query, database]
    return compose.inside("postgres", *command).stdout.split()


def start(compose: Compose, system: ComposeStack) -> None:
    compose.run("up", "--no-build", "--detach", "--wait")
    for service in SERVICES:
        system.wait_until_ready(service)


def login(system: ComposeStack, person: SignedIn) -> int:
    credentials = {"email": person.email, "password": PASSWORD}
    url = f"{system.gateway}/auth/login"
    return patiently(lambda: httpx.post(url, json=credentials, timeout=PATIENCE_S)).status_code


def key_of(token: str) -> str:
    header = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"])


def test_signing_keys_rotate_and_nobody_is_signed_out(compose: Compose, system: ComposeStack) -> None:
    assert KEY_IS_KNOWN_S >= 2 * KEYS_REFRESH_S
    person = system.new_person()
    containers("rotate-keys")
    assert person.ok("GET", "/scores/me/factors", status=404), "the gateway and a service take the old key"
    newer = system.new_person()
    old, new = (key_of(each.session["access_token"]) for each in (person, newer))
    assert old != new
    assert newer.ok("GET", "/users/me")["email"] == newer.email
    assert "valid until" in containers("retire-key", fails=True)
    assert "still accepted" in containers("rotate-keys", fails=True)
    containers("retire-key", "--at-once")
    eventually(lambda: person.client.get("/users/me").status_code == 401)
    assert newer.ok("GET", "/users/me")["email"] == newer.email


def test_field_keys_rotate_and_everything_can_be_read(compose: Compose, system: ComposeStack) -> None:
    person = system.new_person()
    person.ok("PUT", "/profile/me", {"full_name": "Nguyễn Văn An"})
    before = {name: compose.inside(name, "printenv", "FIELD_KEYS").stdout for name in ENCRYPTING}
    stored = rows(compose, "profile_service", "SELECT full_name FROM profiles")
    said = containers("rotate-field-keys")
    assert [f"{name}: " in said for name in ENCRYPTING] == [True] * 3
    after = {name: compose.inside(name, "printenv", "FIELD_KEYS").stdout for name in ENCRYPTING}
    assert all(after[name] != before[name] and "," not in after[name] for name in ENCRYPTING)
    assert person.ok("GET", "/profile/me")["full_name"] == "Nguyễn Văn An"
    assert set(rows(compose, "profile_service", "SELECT full_name FROM profiles")) & set(stored) == set()


def test_events_that_were_delivered_are_sent_again_and_taken_once(compose: Compose, system: ComposeStack) -> None:
    person = system.new_person()
    person.answer_survey()
    person.ok("POST", "/scores/me/calculate")
    alerts = person.wait_for("/alerts/me", bool)
    again = ["python", "-m", "service_kit.send_again", "score_service"]
    said = compose.inside("score_service", *again, "--delivered-since", "2020-01-01T00:00:00+00:00").stdout
    assert int(said.split()[0]) >= 1
    waiting = "SELECT count(*) FROM outbox WHERE delivered_at IS NULL"
    eventually(lambda: rows(compose, "score_service", waiting) == ["0"])
    assert person.ok("GET", "/alerts/me") == alerts
    assert compose.inside("score_service", *again).stdout == "0 events will be sent again.\n"


def scored(system: ComposeStack, name: str) -> SignedIn:
    person = system.new_person()
    person.ok("PUT", "/profile/me", {"full_name": name})
    person.answer_survey()
    person.ok("POST", "/scores/me/calculate")
    person.wait_for("/alerts/me", bool)
    return person


def is_erased(compose: Compose, person: SignedIn) -> bool:
    query = f"SELECT 1 FROM tombstones WHERE user_id = '{person.user_id}'"  # noqa: S608 - an id of our own
    return all(rows(compose, service, query) == ["1"] for service in SERVICES)


def test_a_backup_is_restored_without_who_was_erased_since(
    compose: Compose, system: ComposeStack, tmp_path: Path
) -> None:
    kept, erased = scored(system, "Before"), scored(system, "Gone")
    score = kept.ok("GET", "/scores/me")
    target = tmp_path / "backup"
    containers("backup", "--to", str(target))
    assert "is there already" in containers("backup", "--to", str(target), fails=True)
    kept.ok("PUT", "/profile/me", {"full_name": "After"})
    erased.ok("DELETE", "/users/me", {"password": PASSWORD}, 202)
    eventually(lambda: is_erased(compose, erased))
    newcomer = system.new_person()

    flip(target / "cluster.tar")
    assert "damaged: cluster.tar" in containers("restore", str(target), fails=True)
    assert kept.ok("GET", "/profile/me")["full_name"] == "After", "a damaged one is refused while the system goes on"
    flip(target / "cluster.tar")

    said = containers("restore", str(target))
    assert re.findall(r"^[1-9]\d* erasures are in force in (\w+)\.$", said, re.MULTILINE) == list(SERVICES)
    start(compose, system)
    assert kept.ok("GET", "/profile/me")["full_name"] == "Before"
    assert kept.ok("GET", "/scores/me") == score, "and a token from before is good"
    assert [login(system, person) for person in (kept, erased, newcomer)] == [200, 401, 401]
    assert is_erased(compose, erased)
    verified = compose.inside("user_service", "python", "-m", "user_service.scripts.verify_audit").stdout
    assert verified == "The audit log is whole.\n"

    # What was there is a backup as well. Now every volume is lost, and nobody is left who could be asked.
    (before,) = tmp_path.glob("before-*")
    compose.run("down", "--volumes", "--timeout", "15")
    assert "--erased" in containers("restore", str(before), fails=True)
    (tmp_path / "ids").write_text(f"{erased.user_id}\n{kept.user_id}\n")
    containers("restore", str(before), "--erased", str(tmp_path / "ids"))
    start(compose, system)
    assert [login(system, person) for person in (kept, erased, newcomer)] == [401, 401, 200]
    assert is_erased(compose, kept)


def flip(file: Path) -> None:
    """One bit in the middle; twice is as before."""
    with file.open("r+b") as content:
        content.seek(file.stat().st_size // 2)
        bit = content.read(1)[0] ^ 1
        content.seek(-1, os.SEEK_CUR)
        content.write(bytes([bit]))
