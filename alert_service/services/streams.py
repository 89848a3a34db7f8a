"""Open streams of alerts: how many there are, when each has something to tell, and when each ends.

New alerts are found by looking: one statement for all streams of the process, twice a second. PostgreSQL's NOTIFY was
the other way. It takes one lock of the whole server at each commit that uses it, which every score would wait for; its
listener needs a connection of its own that no pooler may share; and who lost that connection has to look anyway. Half a
second is soon enough for a notice.

Alerts of one person are made one transaction after the other, under the lock of the person's milestone state, so their
ids become visible in order and the last id told is all that needs to be remembered.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from fastapi.sse import ServerSentEvent

from alert_service.core.problems import TooManyStreams
from alert_service.crud import alerts as alerts_crud
from alert_service.services import alerts as alerts_service
from service_kit.auth import Principal
from service_kit.database import Reads
from service_kit.languages import Language
from service_kit.problems import Unavailable

AT_ONCE = 100
RECONNECT_AFTER_MS = 2_000
# Of who is known without a token; everybody else's stream ends with the token.
LIFE_S = 900


@dataclass(eq=False)
class Stream:
    """One connection of a person. `told` is the id of the last alert it told, or None until that is known."""

    user_id: UUID
    session_id: UUID | None
    expires_at: float
    told: int | None
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class Streams:
    """The streams of this process."""

    def __init__(
        self, reader: Reads, ended_sessions: Container[UUID | None], *, most: int, most_per_person: int
    ) -> None:
        self.reader, self._most, self._most_per_person = reader, most, most_per_person
        self._ended_sessions = ended_sessions
        self._open: set[Stream] = set()
        self._per_person: Counter[UUID] = Counter()
        self._ended = False

    @contextmanager
    def opened(self, person: Principal, last_event_id: int | None) -> Iterator[Stream]:
        """A stream that counts until the block ends. Raises TooManyStreams, or Unavailable if all places are taken."""
        user_id = person.user_id
        if self._per_person[user_id] >= self._most_per_person:
            raise TooManyStreams(values={"most": self._most_per_person})
        if len(self._open) >= self._most or self._ended:
            raise Unavailable(retry_after_s=5)
        expires_at = person.expires_at or time.time() + LIFE_S
        stream = Stream(user_id, person.session_id, expires_at, last_event_id)
        self._open.add(stream)
        self._per_person[user_id] += 1
        try:
            yield stream
        finally:
            self._open.remove(stream)
            self._per_person -= Counter([user_id])

    async def events(self, stream: Stream, language: Language) -> AsyncIterator[ServerSentEvent]:
        """What the stream tells until its person's token expires, their session ends, or the service stops.

        After the first and the last of these the client comes again.
        """
        # Before the stream is open, or what happens as soon as somebody knows that it is would pass for told.
        if stream.told is None:
            stream.told = await alerts_crud.get_newest_alert_id(self.reader, stream.user_id)
        yield ServerSentEvent(retry=RECONNECT_AFTER_MS, comment="open")
        while not (self._ended or stream.session_id in self._ended_sessions):
            stream.woken.clear()
            rows = await alerts_crud.list_alerts_after(self.reader, stream.user_id, stream.told, AT_ONCE)
            for row in rows:
                alert = alerts_service.alert_out(row, language)
                yield ServerSentEvent(id=str(alert.id), event="alert", data=alert)
                stream.told = alert.id
            if len(rows) == AT_ONCE:
                continue
            try:
                async with asyncio.timeout(stream.expires_at - time.time()):
                    await stream.woken.wait()
            except TimeoutError:
                return

    async def wake(self) -> None:
        """Wake the streams of people who have new alerts, and those whose session has ended."""
        for stream in self._open:
            if stream.session_id in self._ended_sessions:
                stream.woken.set()
        newest = await alerts_crud.get_newest_alert_ids(self.reader, list(self._per_person))
        for stream in self._open:
            if stream.told is not None and newest.get(stream.user_id, 0) > stream.told:
                stream.woken.set()

    def end(self) -> None:
        """End all streams now, each after the event it is at, and open no more."""
        self._ended = True
        for stream in self._open:
            stream.woken.set()
