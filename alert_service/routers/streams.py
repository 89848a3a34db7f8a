"""`/alerts/stream`."""

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Header, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from alert_service.core.auth import FollowOwnAlerts
from alert_service.core.ids import ALERT_ID_MAX
from alert_service.core.problems import TooManyStreams
from alert_service.services.streams import Stream, Streams
from service_kit.languages import CallersLanguage
from service_kit.problems import Unauthenticated, Unavailable, problems

router = APIRouter(prefix="/alerts", tags=["alerts"], responses=problems(Unauthenticated, TooManyStreams, Unavailable))

LastEventId = Annotated[int | None, Header(ge=0, le=ALERT_ID_MAX, description="The id of the last event you have")]


async def _streams(request: Request) -> Streams:
    return cast("Streams", request.app.state.streams)


OpenStreams = Annotated[Streams, Depends(_streams)]


# In the request's scope, FastAPI's default: the place is given back once the connection has ended, however it did.
async def _stream(
    person: FollowOwnAlerts, streams: OpenStreams, last_event_id: LastEventId = None
) -> AsyncIterator[Stream]:
    with streams.opened(person, last_event_id) as stream:
        yield stream


@router.get("/stream", response_class=EventSourceResponse)
async def stream_alerts(
    streams: OpenStreams, stream: Annotated[Stream, Depends(_stream)], language: CallersLanguage
) -> AsyncIterator[ServerSentEvent]:
    """Your new alerts as server-sent events, as they come; with Last-Event-ID those you missed come first."""
    async for event in streams.events(stream, language):
        yield event
