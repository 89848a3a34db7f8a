"""Loaded into supervisor itself (supervisor.py): a service listens for as long as it is meant to run.

By itself supervisor closes a service's socket once no process of the service is left, and opens another for the next.
Who calls in between is refused; and where several services die at once, the new process of one may still hold a copy of
the other's, so that its port is taken and supervisor itself ends. Here it is closed when the service is stopped.
"""

from typing import Any

from supervisor import events
from supervisor.states import ProcessStates

STOPPED = (ProcessStates.STOPPED, ProcessStates.FATAL)


class Listeners:
    """The sockets of the services that run or are about to run again, by service."""

    def __init__(self, _supervisord: Any) -> None:
        self._open: dict[str, Any] = {}
        events.subscribe(events.ProcessStateStartingEvent, self._keep)
        events.subscribe(events.ProcessStateStoppedEvent, self._close)
        events.subscribe(events.ProcessStateFatalEvent, self._close)

    def _keep(self, event: events.ProcessStateEvent) -> None:
        group = event.process.group
        if hasattr(group, "socket_manager"):
            self._open[group.config.name] = group.socket_manager.get_socket()

    def _close(self, event: events.ProcessStateEvent) -> None:
        group = event.process.group
        if all(process.get_state() in STOPPED for process in group.processes.values()):
            self._open.pop(group.config.name, None)
