"""New processes in the place of running ones, without one request lost (ADR 0029)."""

import time
from collections.abc import Collection

from local_stack import readiness, stack, supervisor
from local_stack.errors import StackError
from local_stack.layout import Layout
from local_stack.supervisor import Supervisor

# How long a process that was asked to leave goes on: longer than any caller keeps a connection it does not use.
LEAVES_AFTER_S = 6


def restart(layout: Layout, services: Collection[str]) -> None:
    """Have services run anew, all at once, with what the stack's settings and the code are now."""
    running = running_supervisor(layout)
    _refuse_other_programs(layout)
    stack.write_settings(layout)
    # A restart that was killed may have left two of a service: the older one goes once the newer is known to work.
    unfinished = [service for service in services if len(running.running(service)) > 1]
    _wait_for_newest(layout, running, unfinished)
    _let_older_go(running, unfinished)
    new = [running.start_service(service) for service in services]
    try:
        _wait_for_newest(layout, running, services)
    except BaseException:
        for place in new:
            running.stop(place)
        raise
    _let_older_go(running, services)


def running_supervisor(layout: Layout) -> Supervisor:
    running = Supervisor(layout)
    if not running.is_running():
        raise StackError("The stack is not running; make up starts it.")
    return running


def _refuse_other_programs(layout: Layout) -> None:
    wanted = supervisor.configuration(layout, stack.server_of(layout), stack.gateway_of(layout))
    if supervisor.config_file(layout).read_text() != wanted:
        raise StackError("How the stack's processes are started has changed: make up stops them all and starts anew.")


def _wait_for_newest(layout: Layout, running: Supervisor, services: Collection[str]) -> None:
    checks = {service: readiness.newest_check(layout, running, service) for service in services}
    readiness.wait_until_ready(running, checks)


def _let_older_go(running: Supervisor, services: Collection[str]) -> None:
    """Have all but the newest process of each answer what it has, and stop it once nobody calls it any more."""
    places = [each["place"] for service in services for each in running.running(service)[:-1]]
    if not places:
        return
    for place in places:
        running.ask_to_leave(place)
    try:
        time.sleep(LEAVES_AFTER_S)
    finally:
        for place in places:
            running.stop(place)
