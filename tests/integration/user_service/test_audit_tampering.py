"""No change to the audit log goes unseen: each kind of tampering by SQL, and what `verify_audit` says of it."""

import json
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
import pytest
from jose import jws

from tests.integration.user_service.visitor import Visitor
from tests.support.callers import Keys
from tests.support.services import ROOT, RunService, service_env
from tests.support.waiting import eventually
from user_service.crud.audit import LOCK_ID

CHEAP_HASHES = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}


class Log:
    """A service whose audit log has a file of heads, and the command that checks them."""

    def __init__(self, run_service: RunService, keys: Keys, folder: Path) -> None:
        self.heads, self._keys = folder / "deep" / "heads", keys
        self.env = {**CHEAP_HASHES, "AUDIT_HEADS_FILE": str(self.heads)}
        self.service = run_service("user_service", **self.env)
        self.grow()

    def grow(self) -> None:
        """Five more entries, sealed and signed."""
        member = Visitor(self.service).sign_up()
        for _ in range(4):
            member.sign_in()
        self.wait_for_head()

    def wait_for_head(self, heads: Path | None = None) -> None:
        """Wait until all that is recorded is sealed, and the newest head is in the file."""

        def is_sealed() -> bool:
            [(entries, last)] = self.service.sql("SELECT count(*), max(position) FROM audit_events")
            return bool(entries == last == newest_head(heads or self.heads))

        eventually(is_sealed, lambda: f"all is sealed: {self.service.log[-2000:]}")

    def verify(self, *arguments: str, **env: str) -> tuple[int, list[str]]:
        environment = service_env("user_service", self._keys, self.service.database_url, {**self.env, **env})
        command = [sys.executable, "-m", "user_service.scripts.verify_audit", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        return done.returncode, done.stdout.splitlines()


def newest_head(heads: Path) -> int:
    lines = heads.read_text().splitlines()
    return int(json.loads(jws.get_unverified_claims(lines[-1]))["position"]) if lines else 0


@pytest.fixture
def log(run_service: RunService, keys: Keys, tmp_path: Path) -> Log:
    return Log(run_service, keys, tmp_path)


WHOLE = (0, ["The audit log is whole."])


def test_an_honest_log_is_whole_and_a_restart_changes_nothing(log: Log) -> None:
    assert log.verify() == WHOLE
    log.service.stop()
    log.service.start()
    log.grow()
    assert log.verify() == WHOLE
    assert log.heads.stat().st_mode & 0o077 == 0


TAMPERINGS: dict[str, tuple[str, str]] = {
    "an edit": (
        "UPDATE audit_events SET event = 'signed_in' WHERE position = 1",
        "Entry 1 was changed, or is not in its place.",
    ),
    "an edit of a detail": (
        'UPDATE audit_events SET details = \'{"by": "passkey"}\' WHERE position = 3',
        "Entry 3 was changed, or is not in its place.",
    ),
    "an edit of a time": (
        "UPDATE audit_events SET at = at - interval '1 microsecond' WHERE position = 2",
        "Entry 2 was changed, or is not in its place.",
    ),
    "a removal": ("DELETE FROM audit_events WHERE position = 3", "Entry 3 is missing."),
    "a removal of several": ("DELETE FROM audit_events WHERE position IN (1, 2)", "Entries 1 to 2 are missing."),
    "a removal with the gap closed": (
        (
            "DELETE FROM audit_events WHERE position = 3;"
            "UPDATE audit_events SET position = -position WHERE position > 3;"
            "UPDATE audit_events SET position = -position - 1 WHERE position < 0"
        ),
        "Entry 3 was changed, or is not in its place.",
    ),
    "another order": (
        (
            "UPDATE audit_events SET position = -1 WHERE position = 2;"
            "UPDATE audit_events SET position = 2 WHERE position = 3;"
            "UPDATE audit_events SET position = 3 WHERE position = -1"
        ),
        "Entry 2 was changed, or is not in its place.",
    ),
    "another order, hashes left": (
        (
            "CREATE TEMP TABLE two AS SELECT position, hash FROM audit_events WHERE position IN (2, 3);"
            "UPDATE audit_events SET position = -position WHERE position IN (2, 3);"
            "UPDATE audit_events e SET position = 5 + e.position, hash = two.hash FROM two"
            " WHERE e.position < 0 AND two.position = 5 + e.position"
        ),
        "Entry 2 was changed, or is not in its place.",
    ),
    "an insertion": (
        (
            "UPDATE audit_events SET position = -position WHERE position > 2;"
            "UPDATE audit_events SET position = 1 - position WHERE position < 0;"
            "INSERT INTO audit_events (id, event, details, position, hash)"
            " SELECT gen_random_uuid(), 'signed_in', '{}', 3, hash FROM audit_events WHERE position = 2"
        ),
        "Entry 3 was changed, or is not in its place.",
    ),
    "a cut": ("DELETE FROM audit_events WHERE position > 3", "The log ends at entry 3, but there were 5."),
    "everything gone": ("DELETE FROM audit_events", "The log ends at entry 0, but there were 5."),
    "taken out of the seal": (
        "UPDATE audit_events SET position = NULL, hash = NULL, at = at - interval '2 minutes' WHERE position = 5",
        "The log ends at entry 4, but there were 5.",
    ),
}


@pytest.fixture(scope="module")
def stopped_log(module_services: RunService, keys: Keys, tmp_path_factory: pytest.TempPathFactory) -> Log:
    log = Log(module_services, keys, tmp_path_factory.mktemp("audit"))
    log.service.stop()
    log.service.sql("CREATE TABLE kept AS SELECT * FROM audit_events")
    return log


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_shows(stopped_log: Log, tampering: str) -> None:
    change, finding = TAMPERINGS[tampering]
    stopped_log.service.sql(change)
    try:
        status, found = stopped_log.verify()
    finally:
        stopped_log.service.sql("DELETE FROM audit_events; INSERT INTO audit_events SELECT * FROM kept")
    assert (status, found[0]) == (1, finding)


def test_a_log_that_was_cut_and_has_grown_again_is_found_out(log: Log) -> None:
    log.service.stop()
    log.service.sql("DELETE FROM audit_events WHERE position > 3")
    log.service.start()
    log.grow()
    status, found = log.verify()
    assert (status, found) == (1, ["Entry 5 is not the one whose hash was signed."])


def test_a_chain_made_anew_by_who_knows_how_is_found_out_by_the_signed_head(log: Log) -> None:
    """The last entry is changed and sealed again as the service would: only the file still knows."""
    log.service.stop()
    log.service.sql("UPDATE audit_events SET user_id = NULL, position = NULL, hash = NULL WHERE position = 5")
    log.service.start()
    log.wait_for_head()
    assert log.verify() == (1, ["Entry 5 is not the one whose hash was signed."])


def test_without_the_file_that_would_not_show(log: Log, tmp_path: Path) -> None:
    """The control: the table alone cannot tell of its own end."""
    log.service.stop()
    log.service.sql("DELETE FROM audit_events WHERE position > 3")
    empty = tmp_path / "empty"
    empty.touch()
    status, found = log.verify("--heads", str(empty))
    assert status == 1
    assert found == ["There is no signed head to hold the log against, so it would not show if its end was cut off."]


def test_a_head_that_the_service_did_not_sign_is_none(log: Log, keys: Keys, tmp_path: Path) -> None:
    forged = keys.signing_key("stranger").sign({"position": 9, "hash": "00"}, "audit-head+jwt")
    other_type = keys.signing_key("user_service").sign({"position": 9, "hash": "00"}, "svc+jwt")
    log.service.stop()
    good = len(log.heads.read_text().splitlines())
    with log.heads.open("a") as file:
        file.write(f"{forged}\n{other_type}\nx\n")
    status, found = log.verify()
    assert status == 1
    assert [line.partition(" of ")[0] for line in found] == [f"Line {good + number}" for number in (1, 2, 3)]


def test_heads_of_a_key_used_earlier_are_believed_when_it_is_given(log: Log, keys: Keys, tmp_path: Path) -> None:
    earlier = {"SERVICE_KEY_FILE": str(keys.path("stranger"))}
    assert log.verify(**earlier)[0] == 1
    known = tmp_path / "earlier.json"
    known.write_text(json.dumps({"keys": [keys.signing_key("user_service").public_jwk]}))
    assert log.verify("--keys", str(known), **earlier) == WHOLE


def test_an_entry_that_nobody_seals_is_told_of(log: Log) -> None:
    log.service.stop()
    log.service.sql(
        "INSERT INTO audit_events (id, event, details, at)"
        " VALUES (gen_random_uuid(), 'signed_in', '{}', now() - interval '2 minutes')"
    )
    status, found = log.verify()
    assert status == 1
    assert found == ["1 entries have waited more than a minute to be sealed; the user service should be running."]


def test_replicas_seal_one_chain_and_each_keeps_its_own_heads(
    log: Log, run_service: RunService, tmp_path: Path
) -> None:
    other_heads = tmp_path / "other-heads"
    env = {**log.env, "AUDIT_HEADS_FILE": str(other_heads)}
    replica = run_service("user_service", database_url=log.service.database_url, **env)
    for service in (log.service, replica) * 3:
        Visitor(service).sign_up().sign_in()
        time.sleep(0.3)
    log.wait_for_head()
    log.wait_for_head(other_heads)
    assert log.verify("--heads", str(log.heads), str(other_heads)) == WHOLE
    replica.stop()
    log.service.stop()
    log.service.sql("DELETE FROM audit_events WHERE position = (SELECT max(position) FROM audit_events)")
    assert log.verify("--heads", str(other_heads))[0] == 1


def test_sign_ins_wait_for_no_seal(log: Log) -> None:
    """Somebody holds the sealer's lock for long: everything is recorded, and sealed when it is let go."""
    holder = psycopg2.connect(log.service.database_url)
    with holder.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK_ID])
        member = Visitor(log.service).sign_up().sign_in()
        time.sleep(1.5)
        assert log.service.sql("SELECT count(*), count(position) FROM audit_events WHERE user_id = %s",
                               member.user_id) == [(2, 0)]  # fmt: skip
        holder.rollback()
    holder.close()
    log.wait_for_head()
    assert log.verify() == WHOLE
