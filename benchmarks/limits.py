"""Running something for so much CPU and no more: a library that does not come to an end is a result too."""

import multiprocessing
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: int, act: Callable[[], Result]) -> Result:
    """Return what `act` returns in a process of its own, which the system ends after `seconds` of CPU (`TimeoutError`).

    The clock on the wall would give up sooner on a busy machine. `EOFError` when it died; what it said is on standard
    error.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, seconds, act))
    process.start()
    sender.close()
    try:
        result: Result = receiver.recv()
    except EOFError:
        process.join()
        if process.exitcode == -signal.SIGXCPU:
            raise TimeoutError from None
        raise
    finally:
        process.kill()
        process.join()
    return result


def _send(sender: Connection, seconds: int, act: Callable[[], object]) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    sender.send(act())
