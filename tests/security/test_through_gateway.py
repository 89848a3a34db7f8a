"""S2, S3 and S7 at the door that apps use: the embedded gateway with the real services behind it."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local_stack.keys import key_file, new_key
from service_kit.tokens import PERSON_TOKEN
from tests.security.bad_tokens import PROTECTED, corpus, misplaced
from tests.security.campaign import report
from tests.security.identity_headers import identity_headers
from tests.security.test_guessing_campaign import EVALUATED_MAX, disguises
from tests.support.callers import Keys, person_claims
from tests.support.people import SignedIn
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE_S, patiently


@pytest.fixture(scope="module")
def stack_keys(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Keys:
    """The stack's own signing key beside a stranger's."""
    keys = Keys(tmp_path_factory.mktemp("keys"))
    shutil.copy(key_file(stack.layout, "people"), keys.path("people"))
    keys.path("stranger").write_text(new_key())
    keys.jwks.write_text(json.dumps({"keys": [keys.signing_key().public_jwk]}))
    return keys


@pytest.fixture
def gateway(stack: Stack) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=stack.gateway, timeout=PATIENCE_S) as client:
        yield client


def ask(gateway: httpx.Client, service: str, headers: Any) -> int:
    return gateway.get(PROTECTED[service], headers=headers).status_code


def test_no_bad_token_comes_through(gateway: httpx.Client, stack_keys: Keys) -> None:
    somebody = stack_keys.signing_key().sign(person_claims(uuid4(), "admin"), PERSON_TOKEN)
    bad = {name: {"Authorization": f"Bearer {token}"} for name, token in corpus(stack_keys).items()}
    bad |= misplaced(somebody)
    passed = {}
    for service in PROTECTED:
        answered = {name: ask(gateway, service, headers) for name, headers in bad.items()}
        passed |= {(service, name): status for name, status in answered.items() if status != 401}
        assert ask(gateway, service, {"Authorization": f"Bearer {somebody}"}) == 200
    assert passed == {}
    report("S2 gateway", f"n = {len(bad)} bad tokens x {len(PROTECTED)} services: all refused with 401")


def test_headers_that_name_somebody_have_no_effect(stack: Stack, gateway: httpx.Client) -> None:
    person, other = stack.new_person(), stack.new_person()
    tried = 0
    for headers in identity_headers(other.user_id):
        assert gateway.get("/users/me", headers=headers).status_code == 401, headers
        answer = person.client.get("/users/me", headers=headers)
        assert (answer.status_code, answer.json()["id"]) == (200, person.user_id), headers
        assert gateway.get("/preferences/me", headers=headers).status_code == 401, headers
        tried += 1
    report("S3 gateway", f"n = {tried} headers x 3 requests: no effect")


def test_forwarding_headers_buy_no_more_guesses(stack: Stack, gateway: httpx.Client) -> None:
    owner: SignedIn = stack.new_person()

    def guess(disguise: dict[str, str]) -> int:
        body = {"email": owner.email, "password": "not the password"}
        return patiently(lambda: gateway.post("/auth/login", json=body, headers=disguise)).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = Counter(pool.map(guess, islice(disguises(), 40)))
    assert statuses == {401: EVALUATED_MAX, 429: 40 - EVALUATED_MAX}
    report("S7 gateway", f"n = 40 guesses in ten disguises: {EVALUATED_MAX} looked at")
