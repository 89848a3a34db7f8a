"""New processes in the place of running ones, without one request lost (ADR 0029)."""

import time
from collections.abc import Collection, Mapping

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
    left = {service: running.running(service) for service in services}
    _hand_over(layout, running, {service: both[-1]["place"] for service, both in left.items() if len(both) > 1})
    new = {service: running.start_service(service) for service in services}
    try:
        _hand_over(layout, running, new)
    except BaseException:
        for place in new.values():
            running.stop(place)
        raise


def running_supervisor(layout: Layout) -> Supervisor:
    running = Supervisor(layout)
    if not running.is_running():
        raise StackError("The stack is not running; make up starts it.")
    return running


def _refuse_other_programs(layout: Layout) -> None:
    wanted = supervisor.configuration(layout, stack.server_of(layout), stack.gateway_of(layout))
    if supervisor.config_file(layout).read_text() != wanted:
        raise StackError("How the stack's processes are started has changed: make up stops them all and starts anew.")


def _hand_over(layout: Layout, running: Supervisor, places: Mapping[str, str]) -> None:
    """Once the process in each of these places is ready, have the other one of its service go."""
    checks = {service: readiness.place_check(layout, running, service, place) for service, place in places.items()}
    readiness.wait_until_ready(running, checks)
    taken = {each["place"] for service in places for each in running.running(service)}
    _let_go(running, taken - set(places.values()))


def _let_go(running: Supervisor, places: Collection[str]) -> None:
    """Have processes answer what they have, and stop them once nobody calls them any more."""
    if not places:
        return
    for place in places:
        running.ask_to_leave(place)
    try:
        time.sleep(LEAVES_AFTER_S)
    finally:
        for place in places:
            running.stop(place)
