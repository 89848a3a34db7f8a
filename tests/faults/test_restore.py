"""A backup taken while people work is one cut through all databases, and a restore brings no erased person back."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import psycopg2
import pytest

from local_stack.backup import Backup, refuse_unless_whole
from local_stack.environment import database_url
from local_stack.errors import StackError
from local_stack.keys import ensure_secrets
from local_stack.stack import server_of
from tests.faults.campaign import report
from tests.integration.privacy.lives import rows_with_id
from tests.support.callers import SERVICES
from tests.support.people import PASSWORD, SignedIn
from tests.support.services import ROOT
from tests.support.stack import Stack, running_stack
from tests.support.waiting import PATIENCE_S, eventually, patiently

WRITERS = 4
# Each test stops and starts a whole stack, some twice.
pytestmark = pytest.mark.timeout(1_200)


class Writer(threading.Thread):
    """Writes to the profile, the survey and, by a score, the alerts: one after the other, round after round."""

    def __init__(self, person: SignedIn, stop: threading.Event) -> None:
        super().__init__()
        self.person, self._stop_writing, self.rounds = person, stop, 0

    def run(self) -> None:
        while not self._stop_writing.is_set():
            number = self.rounds + 1
            self.person.ok("PUT", "/profile/me", {"full_name": f"Change {number}"})
            self.person.answer_survey(income=2_000 + number)
            self.person.ok("POST", "/scores/me/calculate")
            self.rounds = number


@dataclass
class Databases:
    stack: Stack

    def rows(self, service: str, query: str, *values: Any) -> list[tuple[Any, ...]]:
        url = database_url(self.stack.layout, service, ensure_secrets(self.stack.layout))
        with psycopg2.connect(url) as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            rows = cursor.fetchall()
        connection.close()
        return rows

    def of_person(self, user_id: str) -> dict[str, dict[str, int]]:
        secrets = ensure_secrets(self.stack.layout)
        return {each: rows_with_id(database_url(self.stack.layout, each, secrets), user_id) for each in SERVICES}

    def settle(self) -> None:
        """Wait until nothing is on its way: who signed up is told of to a service that tells others of it."""
        for service in ("user_service", "profile_service", "score_service"):
            waiting = partial(self.rows, service, "SELECT 1 FROM outbox WHERE delivered_at IS NULL")
            eventually(lambda waiting=waiting: waiting() == [], f"the events of {service} arrive")
        eventually(lambda: self.rows("user_service", "SELECT 1 FROM mails WHERE delivered_at IS NULL") == [])

    def counts(self) -> dict[str, int]:
        """The rows of every table of every service."""
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        return {
            f"{service}.{table}": self.rows(service, f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - our own names
            for service in SERVICES
            for (table,) in self.rows(service, tables)
        }


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """One of its own, whose data may be turned back."""
    if "COMPOSE_GIVEN" in os.environ:
        pytest.skip("make backup is of the embedded stack")
    with running_stack("restored-stack", RATE_LIMIT_FACTOR="100") as running:
        yield running


@pytest.fixture(scope="module")
def backups(stack: Stack) -> Iterator[Path]:
    folder = stack.layout.folder.with_name("backups")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def complete_person(stack: Stack) -> SignedIn:
    person = stack.new_person()
    person.ok("PUT", "/profile/me", {"full_name": "Change 0"})
    person.answer_survey(income=2_000)
    person.ok("POST", "/scores/me/calculate")
    person.wait_for("/alerts/me", bool)
    return person


def done(stack: Stack, *words: str) -> str:
    completed = stack.command(*words, RATE_LIMIT_FACTOR="100")
    assert completed.returncode == 0, completed.stdout + completed.stderr
    return completed.stdout


@contextmanager
def writing(stack: Stack) -> Iterator[list[Writer]]:
    """Some who write for as long as the block lasts."""
    stop = threading.Event()
    writers = [Writer(complete_person(stack), stop) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        stop.set()
        for writer in writers:
            writer.join()


def login(stack: Stack, person: SignedIn) -> httpx.Response:
    credentials = {"email": person.email, "password": PASSWORD}
    return patiently(lambda: httpx.post(f"{stack.gateway}/auth/login", json=credentials, timeout=PATIENCE_S))


def verify_audit(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LOCAL_DIR": str(stack.layout.folder), "PORT_OFFSET": str(stack.layout.port_offset)}
    command = [sys.executable, "-m", "user_service.scripts.verify_audit", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def is_a_cut(name: int, income: int, scored: int) -> bool:
    """Whether the three numbers of a writer can have stood in the databases at one moment."""
    return name >= income >= scored >= name - 1


def numbers_of(databases: Databases, person: SignedIn) -> tuple[int, int, int]:
    """The round a writer is in, by the profile, by the survey, and by the scores, of which the first is of no round."""
    name = int(person.ok("GET", "/profile/me")["full_name"].removeprefix("Change "))
    query = "SELECT count(*) FROM responses WHERE user_id = %s"
    answered = databases.rows("survey_service", query, person.user_id)[0][0] - 1
    scores = databases.rows("score_service", "SELECT count(*) FROM scores WHERE user_id = %s", person.user_id)[0][0] - 1
    return name, answered, scores


def test_a_backup_under_load_is_restored_to_one_cut(stack: Stack, backups: Path) -> None:
    databases = Databases(stack)
    quiet, erased = complete_person(stack), complete_person(stack)
    databases.settle()
    rows_of_quiet = databases.of_person(quiet.user_id)
    target = backups / "under-load"
    with writing(stack) as writers:
        eventually(lambda: all(writer.rounds for writer in writers))
        acknowledged = [writer.rounds for writer in writers]
        done(stack, "backup", "--to", str(target))
        started = [writer.rounds + 1 for writer in writers]
        eventually(lambda: all(writer.rounds > most + 1 for writer, most in zip(writers, started, strict=True)))
    later = [numbers_of(databases, writer.person) for writer in writers]
    newcomer = complete_person(stack)
    erased.ok("DELETE", "/users/me", {"password": PASSWORD}, 202)
    eventually(lambda: set(databases.of_person(erased.user_id)["alert_service"]) == {"tombstones"})

    told = done(stack, "restore", str(target))
    done(stack, "up", "--no-demo")

    for index, writer in enumerate(writers):
        numbers = numbers_of(databases, writer.person)
        assert acknowledged[index] <= numbers[2] <= numbers[0] <= started[index], "nothing acknowledged is lost"
        assert is_a_cut(*numbers)
        assert not is_a_cut(numbers[0], *later[index][1:]), "the control: databases of two moments pass for one"
    assert databases.of_person(quiet.user_id) == rows_of_quiet
    assert quiet.ok("GET", "/scores/me")["version"] == 1, "a token from before is good"
    assert quiet.ok("POST", "/auth/refresh", {"refresh_token": quiet.session["refresh_token"]})["access_token"]
    assert login(stack, newcomer).status_code == 401
    assert login(stack, erased).status_code == 401
    left = databases.of_person(erased.user_id)
    assert set(left.pop("user_service")) <= {"tombstones", "audit_events"}
    assert set(map(tuple, left.values())) == {("tombstones",)}
    together = _hold_together(databases)
    report("R9, under load", f"{together}, {len(writers)} writers after {acknowledged} to {started} rounds")
    whole = verify_audit(stack)
    assert (whole.returncode, whole.stdout) == (0, "The audit log is whole.\n")
    (heads,) = stack.layout.folder.glob("audit-heads.replaced-*")
    assert str(heads) in told
    assert verify_audit(stack, "--heads", str(heads)).returncode == 1, "the heads from before show what is gone"


def _hold_together(databases: Databases) -> str:
    """Every score's event is delivered or waits, every delivered one has arrived once, and everyone has agreed."""
    databases.settle()
    query = "SELECT event_id::text FROM {} ORDER BY event_id"
    sent = databases.rows("score_service", query.format("outbox"))
    assert sent == databases.rows("alert_service", query.format("score_updates"))
    people = set(databases.rows("user_service", "SELECT id::text FROM users"))
    agreed = set(databases.rows("profile_service", "SELECT DISTINCT user_id::text FROM consents"))
    assert people == agreed
    of_scores = set(databases.rows("score_service", "SELECT DISTINCT user_id::text FROM scores"))
    assert of_scores <= people
    return f"{len(people)} people, {len(sent)} events"


def test_rows_are_as_many_as_at_the_backup(stack: Stack, backups: Path) -> None:
    databases = Databases(stack)
    complete_person(stack)
    _hold_together(databases)
    before = databases.counts()
    done(stack, "backup", "--to", str(backups / "quiet"))
    complete_person(stack)
    assert databases.counts() != before, "the control: what came later is not counted"
    done(stack, "restore", str(backups / "quiet"))
    done(stack, "up", "--no-demo")
    assert databases.counts() == before
    report("R9, at rest", f"{len(before)} tables, {sum(before.values())} rows, 0 differences")


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def of_another_postgres(backup: Backup) -> None:
    (backup.cluster / "PG_VERSION").write_text("15\n")


def a_file(folder: Path) -> Path:
    """The largest there is."""
    return max((file for file in folder.rglob("*") if file.is_file()), key=lambda file: file.stat().st_size)


DAMAGES: dict[str, Callable[[Backup], None]] = {
    "a bit of a table": lambda backup: flip(a_file(backup.cluster / "base")),
    "a bit of the log": lambda backup: flip(a_file(backup.cluster / "pg_wal")),
    "a missing table": lambda backup: a_file(backup.cluster / "base").unlink(),
    "a bit of the manifest": lambda backup: flip(backup.cluster / "backup_manifest"),
    "a bit of a key": lambda backup: flip(backup.stack / "keys" / "people.pem"),
    "a missing secret": lambda backup: (backup.stack / "secrets.json").unlink(),
    "an unfinished one": lambda backup: backup.sums.unlink(),
    "another PostgreSQL": of_another_postgres,
    "nothing there": lambda backup: shutil.rmtree(backup.folder),
}


@pytest.fixture(scope="module")
def whole(stack: Stack, backups: Path) -> Path:
    done(stack, "backup", "--to", str(backups / "whole"))
    return backups / "whole"


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found(stack: Stack, whole: Path, tmp_path: Path, damage: str) -> None:
    shutil.copytree(whole, tmp_path / "copy")
    backup, server = Backup(tmp_path / "copy"), server_of(stack.layout)
    refuse_unless_whole(backup, server)
    DAMAGES[damage](backup)
    with pytest.raises(StackError):
        refuse_unless_whole(backup, server)


def test_a_damaged_backup_is_refused_before_anything_is_touched(stack: Stack, whole: Path, tmp_path: Path) -> None:
    shutil.copytree(whole, tmp_path / "damaged")
    flip(a_file(tmp_path / "damaged" / "cluster" / "base"))
    person = stack.new_person()
    refused = stack.command("restore", str(tmp_path / "damaged"))
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("pg_verifybackup refused: ")
    assert login(stack, person).status_code == 200, "the stack goes on"


def test_who_was_erased_can_be_given_when_the_server_is_lost(stack: Stack, backups: Path, tmp_path: Path) -> None:
    person, other = stack.new_person(), stack.new_person()
    done(stack, "backup", "--to", str(backups / "lost"))
    done(stack, "down")
    shutil.rmtree(stack.layout.postgres_folder / "data")
    refused = stack.command("restore", str(backups / "lost"))
    assert refused.returncode == 1
    assert "ERASED=" in refused.stderr
    (tmp_path / "erased").write_text(f"{person.user_id}\n")
    done(stack, "restore", str(backups / "lost"), "--erased", str(tmp_path / "erased"))
    done(stack, "up", "--no-demo")
    assert login(stack, person).status_code == 401
    assert login(stack, other).status_code == 200


def test_a_backup_overwrites_nothing_and_is_for_its_owner_only(stack: Stack, backups: Path) -> None:
    done(stack, "backup", "--to", str(backups / "twice"))
    again = stack.command("backup", "--to", str(backups / "twice"))
    assert again.returncode == 1
    assert "is there already" in again.stderr
    assert (backups / "twice").stat().st_mode & 0o077 == 0
    assert "keys/people.pem" in "".join(json.loads(Backup(backups / "twice").sums.read_text()))
