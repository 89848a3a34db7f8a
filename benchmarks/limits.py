"""Running something for so long and no longer: a library that does not come to an end is a result too."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, act: Callable[[], Result]) -> Result:
    """Return what `act` returns in a process of its own, which is killed after `seconds` (`TimeoutError`).

    `EOFError` when it died; what it said is on standard error.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, act))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise TimeoutError
        result: Result = receiver.recv()
        return result
    finally:
        process.kill()
        process.join()


def _send(sender: Connection, act: Callable[[], object]) -> None:
    sender.send(act())
