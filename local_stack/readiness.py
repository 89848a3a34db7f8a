"""Waiting until everything answers, and saying which part does not."""

import smtplib
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import httpx
import psycopg2

from local_stack.errors import StackError
from local_stack.layout import SERVICES, Layout
from local_stack.supervisor import Supervisor

# What keeps dying is noticed sooner; what only takes long on a machine that is busy with other things is waited for.
WAIT_LIMIT_S = 300
RESTARTS_MAX = 3
POLL_S = 0.1
# Who is asked answers at once, if the machine lets it.
ANSWER_LIMIT_S = 5
LOG_LINES = 12

Check = Callable[[], bool]


def postgres_check(admin_url: str) -> Check:
    def check() -> bool:
        try:
            psycopg2.connect(admin_url, connect_timeout=ANSWER_LIMIT_S).close()
        except psycopg2.OperationalError:
            return False
        return True

    return check


def mailbox_check(port: int) -> Check:
    def check() -> bool:
        try:
            with smtplib.SMTP("127.0.0.1", port, timeout=ANSWER_LIMIT_S):
                return True
        except (OSError, smtplib.SMTPException):
            return False

    return check


def http_checks(layout: Layout) -> dict[str, Check]:
    """A service is ready when it says so; the gateway when it answers at all, for then its routes are loaded."""
    urls = {service: f"{layout.url(service)}/health/ready" for service in SERVICES}
    checks = {name: _answers(url, healthy=True) for name, url in urls.items()}
    return {**checks, "gateway": _answers(f"{layout.url('gateway')}/api/v1/", healthy=False)}


def _answers(url: str, *, healthy: bool) -> Check:
    def check() -> bool:
        response = _asked(url)
        return response is not None and (response.is_success or not healthy)

    return check


def _asked(url: str) -> httpx.Response | None:
    try:
        return httpx.get(url, timeout=ANSWER_LIMIT_S, trust_env=False)
    except httpx.HTTPError:
        return None


def place_check(layout: Layout, supervisor: Supervisor, service: str, place: str) -> Check:
    """Of two processes of a service either may answer, so it is asked until the one in that place says it is ready."""
    url = f"{layout.url(service)}/health/ready"

    def check() -> bool:
        response = _asked(url)
        return response is not None and response.is_success and response.json()["process"] == supervisor.pid(place)

    return check


def wait_until_ready(supervisor: Supervisor, checks: Mapping[str, Check], limit_s: float = WAIT_LIMIT_S) -> None:
    """Return when all checks pass. Raises StackError with the log of a part that keeps dying or takes too long."""
    waiting = dict(checks)
    starts: dict[str, set[int]] = {name: set() for name in checks}
    deadline = time.monotonic() + limit_s
    while waiting:
        waiting = {name: check for name, check in waiting.items() if not check()}
        for process in supervisor.processes():
            if process["name"] in waiting:
                starts[process["name"]].add(process["start"])
                if len(starts[process["name"]]) > RESTARTS_MAX:
                    raise StackError(_failure(process["name"], supervisor, "keeps stopping"))
        if waiting and time.monotonic() > deadline:
            raise StackError(_failure(next(iter(waiting)), supervisor, f"was not ready after {limit_s:.0f} seconds"))
        time.sleep(POLL_S if waiting else 0)


def _failure(name: str, supervisor: Supervisor, what: str) -> str:
    newest = max((each for each in supervisor.processes() if each["name"] == name), key=lambda each: each["start"])
    log = Path(newest["stdout_logfile"])
    lines = log.read_text(errors="replace").splitlines()[-LOG_LINES:] if log.exists() else []
    return "\n".join([f"{name} {what}. The end of {log} says:", *(f"  {line}" for line in lines)])
