"""The route of the stream, which tells an app at once that something has changed."""

from typing import Any

from litestar import Controller, Request, get
from litestar.di import NamedDependency

from backend.auth.access.gate import Caller, reading_as
from backend.auth.access.guards import signed_in
from backend.notifications.inbox.sse import MEDIA_TYPE, EventStream
from backend.notifications.inbox.streams import Streams


async def streams_of(request: Request[Any, Any, Any]) -> Streams:
    """Give the streams of this process."""
    streams = request.app.state.streams
    assert isinstance(streams, Streams), "create_app makes them"
    return streams


class MyStream(Controller):
    path = "/v1/me/stream"
    guards = [signed_in]
    tags = ["notifications"]

    @get(media_type=MEDIA_TYPE)
    async def stream(
        self, caller: NamedDependency[Caller], streams: NamedDependency[Streams]
    ) -> EventStream:
        """Listen: server-sent events `records` and `inbox`, each with the patient who has news.

        `{"patient": "me"}` is oneself, an id is somebody who lets one read. Nothing says what it
        is: ask for changes, or for the inbox. Ask once when the stream opens, too.
        """
        async with reading_as(caller, None, "stream"):
            return EventStream(streams, caller.session)
