"""Looking at processes by their ids, and ending those that a killed supervisor left behind."""

import signal
import time

import psutil

POLL_S = 0.05


def command_line(pid: int) -> str:
    """The process's command, or an empty text when there is no such process."""
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return ""


def end(pid: int | None, marker: str, first_signal: signal.Signals, patience_s: float) -> None:
    """End the process whose command holds `marker`; another one that has the id now is left alone."""
    if pid is None or marker not in command_line(pid):
        return
    _send(pid, first_signal)
    deadline = time.monotonic() + patience_s
    while marker in command_line(pid):
        if time.monotonic() > deadline:
            _send(pid, signal.SIGKILL)
        time.sleep(POLL_S)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        psutil.Process(pid).send_signal(number)
    except psutil.NoSuchProcess:
        return
