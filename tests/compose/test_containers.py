"""The containers: what they may do, what they hold, and that the system outlives the death of each."""

import os
import threading
from pathlib import Path

import httpx
import pytest

from local_stack.layout import SERVICES
from tests.support.compose import Compose, ComposeStack
from tests.support.waiting import eventually

DATABASES = {service: service.replace("_service", "_db") for service in SERVICES}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_nobody_in_particular_and_holds_no_code_of_its_neighbours(compose: Compose, service: str) -> None:
    assert compose.inside(service, "id", "-u").stdout.strip() == "10001"
    assert compose.inside(service, "touch", "/app/file", check=False).returncode != 0
    assert compose.inside(service, "touch", "/tmp/file").returncode == 0  # noqa: S108
    assert set(compose.inside(service, "ls", "/app").stdout.split()) == {"service_kit", service}


@pytest.mark.parametrize("service", SERVICES)
def test_only_the_user_service_can_sign_peoples_tokens(compose: Compose, service: str) -> None:
    files = set(compose.inside(service, "ls", "/run/secrets").stdout.split())
    signs = {"signing_key.pem"} if service == "user_service" else set()
    assert files == {"service_key.pem", "callers.json", "jwks.json"} | signs


@pytest.mark.parametrize("role", SERVICES)
def test_a_role_connects_to_its_own_database_and_to_no_other(compose: Compose, role: str) -> None:
    def connects(database: str) -> bool:
        password = f"${role.removesuffix('_service').upper()}_DB_PASSWORD"
        query = f"PGPASSWORD={password} psql -h 127.0.0.1 -U {role} -d {database} -c 'SELECT 1'"
        return compose.inside("postgres", "sh", "-c", query, check=False).returncode == 0

    opened = {database for database in (*DATABASES.values(), "postgres", "template1") if connects(database)}
    assert opened == {DATABASES[role]}


def test_a_killed_alert_service_loses_no_alert(compose: Compose, system: ComposeStack) -> None:
    person = system.new_person()
    person.answer_survey()
    compose.run("kill", "alert_service")
    person.ok("POST", "/scores/me/calculate")
    assert person.client.get("/alerts/me").status_code in {502, 503}
    compose.run("up", "--no-build", "--detach", "--no-deps", "alert_service")
    alerts = person.wait_for("/alerts/me", bool)
    assert [alert["kind"] for alert in alerts].count("first_score") == 1


def test_a_service_that_dies_comes_back_by_itself(compose: Compose, system: ComposeStack) -> None:
    process = int(compose.inspect("profile_service", "{{.State.Pid}}"))
    if os.geteuid() != 0 or not Path(f"/proc/{process}").exists():
        pytest.skip("only root on the engine's own machine can kill a container's process as a crash would")
    os.kill(process, 9)
    eventually(lambda: compose.inspect("profile_service", "{{.RestartCount}}") != "0")
    system.wait_until_ready("profile_service")


def test_a_killed_database_takes_no_acknowledged_write_with_it(compose: Compose, system: ComposeStack) -> None:
    person, stop, acknowledged = system.new_person(), threading.Event(), [0]

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                if person.client.put("/profile/me", json={"full_name": f"Change {number}"}).is_success:
                    acknowledged[0] = number
            except httpx.TransportError:
                continue

    started = {service: compose.inspect(service, "{{.State.StartedAt}}") for service in SERVICES}
    writer = threading.Thread(target=write)
    writer.start()
    try:
        before = eventually(lambda: acknowledged[0], "a write is acknowledged")
        compose.run("kill", "postgres")
        compose.run("up", "--no-build", "--detach", "--no-deps", "postgres")
        for service in SERVICES:
            system.wait_until_ready(service)
        eventually(lambda: acknowledged[0] > before, "writes go on")
    finally:
        stop.set()
        writer.join()
    stored = int(person.ok("GET", "/profile/me")["full_name"].removeprefix("Change "))
    assert stored >= acknowledged[0]
    assert {service: compose.inspect(service, "{{.State.StartedAt}}") for service in SERVICES} == started


def test_a_restarted_installer_keeps_every_key(compose: Compose, system: ComposeStack) -> None:
    person = system.new_person()
    before = compose.inside("user_service", "cat", "/run/secrets/signing_key.pem").stdout
    compose.run("up", "--no-build", "--detach", "--no-deps", "--force-recreate", "installer")
    compose.run("restart", "user_service")
    system.wait_until_ready("user_service")
    assert compose.inside("user_service", "cat", "/run/secrets/signing_key.pem").stdout == before
    assert person.ok("GET", "/users/me")["email"] == person.email
