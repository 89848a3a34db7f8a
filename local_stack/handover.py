"""New processes in the place of running ones, without one request lost (ADR 0029)."""

import time
from collections.abc import Collection
from typing import Any

from local_stack import readiness, stack, supervisor
from local_stack.errors import StackError
from local_stack.layout import Layout
from local_stack.supervisor import Supervisor

# How long a process that was asked to leave goes on: longer than any caller keeps a connection it does not use.
LEAVES_AFTER_S = 6


def restart(layout: Layout, services: Collection[str]) -> None:
    """Have services run anew, all at once, with what the stack's settings and the code are now."""
    running = running_supervisor(layout)
    stack.write_settings(layout)
    _refuse_other_programs(layout)
    # Of a service that an interrupted restart left two of, the newer one stays for now.
    _let_go(running, [each for service in services for each in running.running(service)[:-1]])
    old = [each for service in services for each in running.running(service)]
    new = [running.start_service(service) for service in services]
    try:
        checks = {service: readiness.newest_check(layout, running, service) for service in services}
        readiness.wait_until_ready(running, checks)
    except BaseException:
        for place in new:
            running.stop(place)
        raise
    _let_go(running, old)


def running_supervisor(layout: Layout) -> Supervisor:
    running = Supervisor(layout)
    if not running.is_running():
        raise StackError("The stack is not running; make up starts it.")
    return running


def _refuse_other_programs(layout: Layout) -> None:
    wanted = supervisor.configuration(layout, stack.server_of(layout), stack.gateway_of(layout))
    if supervisor.config_file(layout).read_text() != wanted:
        raise StackError("How the stack's processes are started has changed: make up stops them all and starts anew.")


def _let_go(running: Supervisor, processes: Collection[dict[str, Any]]) -> None:
    """Both stages for all of them together: what they have is answered, and nobody calls them any more."""
    if not processes:
        return
    for process in processes:
        running.ask_to_leave(process["place"])
    try:
        time.sleep(LEAVES_AFTER_S)
    finally:
        for process in processes:
            running.stop(process["place"])
