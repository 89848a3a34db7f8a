"""Keys are changed under load: nobody is signed out, nothing becomes unreadable, and old keys end when they should."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Self

import httpx
import pytest

from local_stack.keys import SIGNING_KEY, ensure_secrets, field_keys_of, key_file, previous_file
from local_stack.layout import ENCRYPTING
from service_kit.tokens import unverified_header
from tests.support.people import SignedIn
from tests.support.stack import Stack, running_stack
from tests.support.waiting import PATIENCE_S, eventually

# A rotation replaces processes up to three times.
pytestmark = pytest.mark.timeout(900)

READS = ("/users/me", "/scores/models/current", "/preferences/me", "/alerts/me", "/survey/questions")
NO_COLLECTOR = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack("rotation", RATE_LIMIT_FACTOR="100", OTEL_EXPORTER_OTLP_ENDPOINT=NO_COLLECTOR) as running:
        yield running


class Load:
    """Somebody who keeps reading through the gateway, over one connection, with one token."""

    def __init__(self, person: SignedIn, *paths: str) -> None:
        self.statuses: Counter[int] = Counter()
        self._client, self._paths = person.client, paths or READS
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._read)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        while not self._stop.wait(0.02):
            for path in self._paths:
                self.statuses[self._client.get(path).status_code] += 1


def kid_of(token: str) -> str:
    return str(unverified_header(token)["kid"])


def published(stack: Stack) -> set[str]:
    answer = httpx.get(f"{stack.gateway}/.well-known/jwks.json", timeout=PATIENCE_S)
    return {key["kid"] for key in answer.json()["keys"]}


def test_a_rotation_signs_nobody_out_and_the_old_key_ends_with_its_retirement(stack: Stack) -> None:
    before = stack.new_person()
    old = kid_of(before.session["access_token"])
    assert published(stack) == {old}

    with Load(before) as load:
        rotated = stack.command("rotate-keys")
        assert rotated.returncode == 0, rotated.stderr
        after = stack.new_person()
        new = kid_of(after.session["access_token"])
        assert (new != old, published(stack)) == (True, {old, new})
        with Load(after) as second:
            eventually(lambda: second.statuses.total() > len(READS), "the new token is read with")
    assert set(load.statuses) == set(second.statuses) == {200}, (load.statuses, second.statuses)
    assert load.statuses[200] > len(READS), "the control: somebody read meanwhile"

    _the_old_private_key_is_gone(stack, old)
    tracing = f"OTEL_EXPORTER_OTLP_ENDPOINT={NO_COLLECTOR}\n"
    assert tracing in stack.layout.env_file("user_service").read_text(), "as the stack was started"
    again = stack.command("rotate-keys")
    assert (again.returncode, "is still accepted; run retire-key first" in again.stderr) == (1, True)
    early = stack.command("retire-key")
    assert (early.returncode, "retire-key --at-once ends them now" in early.stderr) == (1, True)

    with Load(after) as load:
        assert stack.command("retire-key", "--at-once").returncode == 0
        assert published(stack) == {new}
        eventually(lambda: before.client.get("/preferences/me").status_code == 401, "the gateway forgets the key")
        own = f"{stack.layout.url('profile_service')}/preferences/me"
        with httpx.Client(headers=before.client.headers, timeout=PATIENCE_S) as direct:
            eventually(lambda: direct.get(own).status_code == 401, "the service itself forgets the key too")
    assert set(load.statuses) == {200}, load.statuses


def _the_old_private_key_is_gone(stack: Stack, old: str) -> None:
    previous = json.loads(previous_file(stack.layout).read_text())
    assert previous["key"]["kid"] == old
    assert "d" not in previous["key"]
    assert [file.name for file in key_file(stack.layout, SIGNING_KEY).parent.glob("people*.pem")] == ["people.pem"]


def test_new_keys_for_encrypted_columns_leave_profiles_readable_and_the_old_keys_nowhere(stack: Stack) -> None:
    person = stack.new_person()
    person.ok("PUT", "/profile/me", {"full_name": "Trần Thị Bình"})
    before = ensure_secrets(stack.layout)
    with Load(person, "/profile/me") as load:
        rotated = stack.command("rotate-field-keys")
    assert rotated.returncode == 0, rotated.stderr
    assert set(load.statuses) == {200}, load.statuses
    assert person.ok("GET", "/profile/me")["full_name"] == "Trần Thị Bình"
    after = ensure_secrets(stack.layout)
    for name in map(field_keys_of, ENCRYPTING):
        assert before[name] not in after[name]
        assert "," not in after[name]
