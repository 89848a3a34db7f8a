"""Argon2id in threads of its own: as many hashes at once as there are cores, and a queue with an end."""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_urlsafe
from typing import Any, TypeVar

from passlib.hash import argon2
from prometheus_client import Histogram

from service_kit.problems import Unavailable
from user_service.core.settings import Settings

T = TypeVar("T")

hash_seconds = Histogram(
    "password_hash_seconds",
    "Time to hash or check a password, its place in the queue included",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

NICENESS = 10


def argon2id(settings: Settings) -> Any:
    """passlib's hash with our parameters: one thread each, since as many run at once as there are cores."""
    return argon2.using(type="ID", memory_cost=settings.argon2_memory_kib, rounds=settings.argon2_rounds, parallelism=1)


class PasswordHasher:
    def __init__(self, settings: Settings) -> None:
        self._scheme = argon2id(settings)
        self._room = settings.hashing_threads + settings.hashing_queue_max
        self._threads = ThreadPoolExecutor(settings.hashing_threads, "hashing", initializer=_yield_to_others)
        self._nobodys_hash: str = self._scheme.hash(token_urlsafe())

    async def hash(self, password: str) -> str:
        return await self._run(self._scheme.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether a password fits a stored hash. Without one the same work is done, and the answer is no."""
        fits: bool = await self._run(self._scheme.verify, password, stored or self._nobodys_hash)
        return fits and stored is not None

    def is_outdated(self, stored: str) -> bool:
        return bool(self._scheme.needs_update(stored))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, work: Callable[..., T], *arguments: str) -> T:
        if self._room == 0:
            raise Unavailable(retry_after_s=2)
        self._room -= 1
        started = time.perf_counter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)
        finally:
            self._room += 1
            hash_seconds.observe(time.perf_counter() - started)


def _yield_to_others() -> None:
    """Hashing may use every core, but only what the event loop and the database leave of it."""
    if sys.platform == "linux":  # where niceness belongs to a thread, not to the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
