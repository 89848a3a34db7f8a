"""P6: signing in is a password hash and little else, and a storm of it starves nobody."""

import asyncio
import os
import time
from concurrent.futures import ThreadPoolExecutor

from argon2.low_level import Type, hash_secret_raw

from benchmarks.figures import Figure
from benchmarks.load import CONNECTIONS, Answers, closed_loop, cpu_us_a_request, open_loop, ratios, request
from benchmarks.servers import pid_of
from tests.support.people import PASSWORD, SignedIn
from tests.support.stack import Stack
from user_service.core.settings import Settings

ROUNDS, LOGINS, HASHES = 5, 120, 40
READS_A_SECOND, READS_S = 50, 8
CORES = os.cpu_count() or 1


def _hash(_: int) -> None:
    """One argon2id hash with the service's own settings."""
    memory, rounds = (Settings.model_fields[name].default for name in ("argon2_memory_kib", "argon2_rounds"))
    hash_secret_raw(b"password", b"a salt of 16 byt", rounds, memory, 1, 32, Type.ID)


def _us_a_hash() -> float:
    """CPU of one hash, with nothing of ours at its side."""
    started = time.process_time()
    for number in range(HASHES):
        _hash(number)
    return (time.process_time() - started) / HASHES * 1e6


def _cores_by_hash() -> float:
    """What all cores could do if none were in another's way and there were nothing but hashes: cores ÷ one hash."""
    return CORES * 1e6 / _us_a_hash()


def _hashes_at_once() -> float:
    """What all cores do when each does nothing but hash: they share the way to the memory, of which a hash is made."""
    with ThreadPoolExecutor(CORES) as threads:
        started = time.perf_counter()
        list(threads.map(_hash, range(CORES * HASHES)))
        return CORES * HASHES / (time.perf_counter() - started)


def _storm(person: SignedIn) -> bytes:
    body = f'{{"email": "{person.email}", "password": "{PASSWORD}"}}'.encode()
    return request("POST", "/auth/login", body=body)


def signing_in(stack: Stack) -> list[Figure]:
    # An account each, as in life: sign-ins of one account on devices it does not know wait for each other.
    people = [stack.new_person() for _ in range(CONNECTIONS)]
    pid, port = pid_of(stack, "user_service"), stack.layout.port("user_service")
    logins = [_storm(person) for person in people]
    read = [request("GET", "/users/me", people[0].session["access_token"])]

    def sign_ins() -> float:
        return asyncio.run(closed_loop(port, logins, LOGINS)).only(200).a_second

    cost, hash_cost, times_a_hash = ratios(ROUNDS, lambda: cpu_us_a_request(pid, port, logins, LOGINS), _us_a_hash)
    rate, limit, share = ratios(ROUNDS, sign_ins, _cores_by_hash)
    rate_beside, at_once, share_of_at_once = ratios(ROUNDS, sign_ins, _hashes_at_once)
    stormy, quiet, times = ratios(ROUNDS, lambda: _p99(port, read, logins), lambda: _p99(port, read, []))
    return [
        Figure("P6", "CPU of the user service for a sign-in, its hash included, beside one argon2id hash alone",
               f"{cost / 1e3:.1f} ms", f"{hash_cost / 1e3:.1f} ms", f"{times_a_hash:.2f}×", "≤ 1.05×",
               f"{ROUNDS} rounds of {LOGINS}"),
        Figure("P6", "sign-ins, beside cores ÷ one argon2id hash alone", f"{rate:.0f}/s", f"{limit:.0f}/s",
               f"{share:.2f}", "≥ 0.95", f"{ROUNDS} rounds of {LOGINS}"),
        Figure("P6", "sign-ins, beside hashes alone on all cores at once", f"{rate_beside:.0f}/s", f"{at_once:.0f}/s",
               f"{share_of_at_once:.2f}", "≥ 0.95", f"{ROUNDS} rounds of {LOGINS}"),
        Figure("P6", f"p99 of {READS_A_SECOND} reads a second during a storm of sign-ins, beside the same without",
               f"{stormy * 1e3:.1f} ms", f"{quiet * 1e3:.1f} ms", f"{times:.1f}×", "≤ 1.5×",
               f"{ROUNDS} rounds of {READS_A_SECOND * READS_S}"),
    ]  # fmt: skip


def _p99(port: int, read: list[bytes], storm: list[bytes]) -> float:
    async def run() -> Answers:
        logins = asyncio.create_task(_logins_until_cancelled(port, storm)) if storm else None
        answers = await open_loop(port, read, READS_A_SECOND, READS_S)
        if logins is not None:
            logins.cancel()
        return answers

    return asyncio.run(run()).only(200).quantile(0.99)


async def _logins_until_cancelled(port: int, storm: list[bytes]) -> None:
    while True:
        await closed_loop(port, storm, CONNECTIONS)
