"""The services that a POST is sent to again and again, and one such POST."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from tests.support.callers import Caller
from tests.support.killable import ARMED_FILE, UNPROTECTED, arm
from tests.support.services import RunningService, RunService

CHEAP_HASHES = {"ARGON2_MEMORY_KIB": "1024", "ARGON2_ROUNDS": "1"}


@dataclass
class Scene:
    """The services, each started when it is first needed, and those who call them."""

    run_service: RunService
    folder: Path
    new_person: Callable[..., Caller]
    service_headers: Callable[..., dict[str, str]]
    unprotected: dict[str, str] = field(default_factory=dict)
    tried: set[tuple[str, str]] = field(default_factory=set)
    _running: dict[str, RunningService] = field(default_factory=dict)

    def __getitem__(self, name: str) -> RunningService:
        if name not in self._running:
            lacking = {UNPROTECTED: self.unprotected[name]} if name in self.unprotected else {}
            # A connection for each that is sent at once, and for what the service does by itself: nobody waits for one.
            own = {"WEBHOOKS_TO_LOOPBACK": "true", "POOL_SIZE": "8", **CHEAP_HASHES}
            env = {ARMED_FILE: str(self.folder / name), **own, **lacking}
            self._running[name] = self.run_service(name, module="tests.support.killable", **env)
        return self._running[name]

    def arm(self, name: str, point: str) -> None:
        arm(self.folder / name, point)

    def person(self, *roles: str) -> Caller:
        return self.new_person(*roles)


@dataclass
class Attempt:
    """One request that is sent again and again. `count` is a statement that counts its effects, now and later.

    `repeated` is the status of a repetition, or None where it must be answered as the first was; `other` is what is
    sent in place of `body` to see that another request is not taken for a repetition: it is answered `other_status`.
    """

    service: RunningService
    path: str
    headers: dict[str, str]
    count: tuple[Any, ...]
    body: Any = None
    other: Any = None
    files: dict[str, Any] | None = None
    other_files: dict[str, Any] | None = None
    repeated: int | None = None
    other_status: int = 422

    def __post_init__(self) -> None:
        self._before = self._counted()

    def send(self) -> httpx.Response:
        return self._post(self.body, self.files)

    def send_other(self) -> httpx.Response | None:
        if self.other is None and self.other_files is None:
            return None
        return self._post(self.other, self.other_files)

    def effects(self) -> int:
        return self._counted() - self._before

    def _post(self, body: Any, files: dict[str, Any] | None) -> httpx.Response:
        return self.service.client.post(self.path, json=body, files=files, headers=self.headers)

    def _counted(self) -> int:
        return int(self.service.sql(*self.count)[0][0])


def keyed(caller: Caller) -> dict[str, str]:
    return {**caller.headers, "Idempotency-Key": str(uuid4())}
