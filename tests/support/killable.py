"""A server around a service that kills itself at a named point, once a test has armed it, and may lack a protection.

`python -m tests.support.killable score_service.main:app …` takes service_kit.serve's arguments. The points are laid
around the kit's own functions, here and not in the services: what runs between two points is the code that is shipped.

With REBORN set, the service is a fork of a process that has imported it and done nothing else. One that was killed is
forked anew at once, which spares a campaign the second of CPU that importing costs, and leaves more of it for kills.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, update

from service_kit import idempotency, outbox, serve
from service_kit.database import Database
from service_kit.http_client import ServiceClient
from service_kit.outbox import Relay

ARMED_FILE, UNPROTECTED, REBORN = "ARMED_FILE", "UNPROTECTED", "REBORN"
# Once a transaction's work is done, once it is committed and the answer is still to leave; then the relay's: the event
# is leased, is about to be sent, is on its way, was answered, and is marked as delivered.
COMMIT_POINTS = ("before_commit", "after_commit")
RELAY_POINTS = ("claimed", "before_send", "while_sending", "after_send", "marked")
SENT_AFTER_S = 0.002


def arm(file: Path, point: str) -> None:
    """Let the next process that passes `point` with this file die there."""
    written = file.with_suffix(".new")
    written.write_text(point)
    written.rename(file)


def was_passed(file: Path) -> bool:
    return not file.exists()


def passes(point: str) -> None:
    file = Path(os.environ[ARMED_FILE])
    try:
        armed = file.read_text()
    except FileNotFoundError:
        return
    if armed == point:
        file.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def passes_in_request(point: str) -> None:
    """The service's own sweeping commits too, and nobody would notice its death."""
    if "request_id" in structlog.contextvars.get_contextvars():
        passes(point)


def lay_points() -> None:
    transaction, deliver, try_to_deliver = Database.transaction, Relay.deliver, Relay._try_to_deliver
    send = ServiceClient.send

    @asynccontextmanager
    async def watched_transaction(self: Database) -> AsyncIterator[Any]:
        async with transaction(self) as connection:
            yield connection
            passes_in_request("before_commit")
        passes_in_request("after_commit")

    async def watched_claim(self: Relay, event: Any) -> None:
        passes("claimed")
        await deliver(self, event)

    async def watched_delivery(self: Relay, event: Any) -> None:
        await try_to_deliver(self, event)
        passes("marked")

    async def watched_send(self: ServiceClient, method: str, *arguments: Any, **options: Any) -> Any:
        if method == "GET":
            return await send(self, method, *arguments, **options)
        passes("before_send")
        asyncio.get_running_loop().call_later(SENT_AFTER_S, passes, "while_sending")
        response = await send(self, method, *arguments, **options)
        passes("after_send")
        return response

    Database.transaction = watched_transaction  # type: ignore[method-assign]
    Relay.deliver = watched_claim  # type: ignore[method-assign]
    Relay._try_to_deliver = watched_delivery  # type: ignore[method-assign]
    ServiceClient.send = watched_send  # type: ignore[method-assign]


def without_inbox() -> None:
    """Every event is taken, however often it comes."""

    async def always(*_: Any) -> bool:
        return True

    outbox.receive_event = always


def without_idempotency() -> None:
    """A request that is repeated under its key is done again."""

    async def never(*_: Any) -> None:
        return None

    async def do(_db: Any, _table: Any, _key: Any, work: Callable[[], Awaitable[Any]], **_: Any) -> Any:
        return await work()

    idempotency.find_answer, idempotency.once = never, do


def without_outbox() -> None:
    """An event is marked as delivered before it is sent."""
    try_to_deliver = Relay._try_to_deliver

    async def marked_first(self: Relay, event: Any) -> None:
        await self._db.execute(self._sql.done, {"event": event.id})
        await try_to_deliver(self, event)

    Relay._try_to_deliver = marked_first  # type: ignore[method-assign]


def without_order() -> None:
    """An event does not wait for the earlier ones of its key."""
    made = outbox._statements

    def any_of_its_key(table: Any, lease_s: float) -> Any:
        lease = func.now() + func.make_interval(0, 0, 0, 0, 0, 0, lease_s)
        claim = (
            update(table)
            .where(table.c.delivered_at.is_(None), table.c.available_at <= func.now())
            .values(available_at=lease, attempts=table.c.attempts + 1)
            .returning(table)
        )
        statements = made(table, lease_s)
        statements.claim = claim
        return statements

    outbox._statements = any_of_its_key


PROTECTIONS: dict[str, Callable[[], None]] = {
    "inbox": without_inbox,
    "idempotency": without_idempotency,
    "outbox": without_outbox,
    "order": without_order,
}


def bear() -> None:
    """Return in the service; stay in the process it is a fork of, until the service ends by anything but a SIGKILL."""
    child = 0

    def stop(number: int, _frame: Any) -> None:
        os.kill(child, number)

    while child := os.fork():
        signal.signal(signal.SIGTERM, stop)
        ended = os.waitstatus_to_exitcode(os.wait()[1])
        if ended != -signal.SIGKILL:
            sys.exit(ended)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def main(arguments: Sequence[str]) -> None:
    lay_points()
    if UNPROTECTED in os.environ:
        PROTECTIONS[os.environ[UNPROTECTED]]()
    if REBORN in os.environ:
        import_module(arguments[0].partition(":")[0])
        bear()
    serve.main(arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
