"""S7: one account, guessed at from many networks that lie about where they are; its owner still gets in."""

import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.user_service.test_known_devices import NEW_PASSWORD, reset, try_from
from tests.integration.user_service.visitor import PASSWORD, Visitor, new_address
from tests.security.campaign import FULL, report
from tests.security.flawed import FLAW
from tests.support.mail_server import MailServer
from tests.support.services import RunningService, RunService
from tests.support.waiting import patiently

GUESSES = 5_000 if FULL else 300
EVALUATED_MAX = 10
CHEAP_HASHES = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}


@pytest.fixture(scope="module")
def users(module_services: RunService, mail_server: MailServer) -> RunningService:
    return module_services("user_service", SMTP_URL=mail_server.url, **CHEAP_HASHES)


def disguises() -> Iterator[dict[str, str]]:
    """Where a guess says it comes from, by every header that some proxy believes."""
    while True:
        here, there = new_address(), new_address()
        yield {"X-Forwarded-For": here}
        yield {"X-Forwarded-For": f"{there}, {here}"}
        yield {"X-Forwarded-For": f"127.0.0.1, {here}"}
        yield {"X-Forwarded-For": f"2001:db8::{random.randrange(2**16):x}"}  # noqa: S311
        yield {"X-Forwarded-For": "not an address"}
        yield {"X-Forwarded-For": here, "Forwarded": f"for={there}", "Via": "1.1 elsewhere"}
        yield {"X-Forwarded-For": here, "X-Real-IP": there, "True-Client-IP": there, "CF-Connecting-IP": there}
        yield {"X-Forwarded-For": here, "X-User-Id": "me", "X-Forwarded-Host": "localhost", "X-Forwarded-User": "admin"}
        yield {"X-Forwarded-For": here, "Cookie": "devices=" + "a" * 43, "Origin": "http://localhost:3000"}
        yield {"X-Forwarded-For": here, "User-Agent": f"guesser/{random.random()}"}  # noqa: S311


def guess(owner: Visitor, count: int) -> Counter[int]:
    """Wrong passwords, the address of the account written in as many ways as reach it."""

    def one(disguise: dict[str, str]) -> int:
        email = owner.email.upper() if random.random() < 0.5 else owner.email  # noqa: S311
        body = {"email": email, "password": f"guess {random.random()}"}  # noqa: S311
        return patiently(lambda: owner.post("/auth/login", body, headers=disguise)).status_code

    every = disguises()
    with ThreadPoolExecutor(8) as pool:
        return Counter(pool.map(one, [next(every) for _ in range(count)]))


@pytest.mark.timeout(1_800 if FULL else 900)
def test_ten_guesses_an_hour_are_looked_at_wherever_they_come_from(
    users: RunningService, mail_server: MailServer
) -> None:
    owner = Visitor(users).sign_up().sign_in()
    device = owner.tokens["device_token"]
    assert guess(owner, GUESSES) == {401: EVALUATED_MAX, 429: GUESSES - EVALUATED_MAX}
    assert Visitor(users, owner.email).try_password(PASSWORD).status_code == 429, (
        "a right guess is not looked at either"
    )
    assert try_from(device, owner).status_code == 200
    assert reset(owner, mail_server).status_code == 200
    assert Visitor(users, owner.email).try_password(NEW_PASSWORD).status_code == 200
    figures = f"n = {GUESSES} guesses at one account in ten disguises: {EVALUATED_MAX} looked at"
    report("S7", f"{figures}; the owner got in from a known device and with a code")


def test_a_service_that_lets_everybody_guess_is_noticed(run_service: RunService) -> None:
    flawed = run_service("user_service", module="tests.security.flawed", **CHEAP_HASHES, **{FLAW: "guesses"})
    owner = Visitor(flawed).sign_up()
    assert guess(owner, 30)[401] > EVALUATED_MAX
