"""Writes a stream as server-sent events (WHATWG HTML, 9.2) until the stream ends."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.response.base import ASGIResponse
from litestar.types import HTTPResponseBodyEvent, Receive, Scope, Send

from backend.core.http.head import is_head
from backend.notifications.inbox.streams import Stream, Streams

MEDIA_TYPE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
"""A proxy must neither keep what it hears nor wait until it has enough of it."""
PATIENCE_SECONDS: Final = 30.0
"""A phone that takes nothing for so long is not there any more."""
QUIET: Final = ": quiet\n\n"


class EventStream(Response[bytes]):
    """An answer that goes on while its session lives and its client listens."""

    def __init__(self, streams: Streams, session: UUID, patience: float = PATIENCE_SECONDS) -> None:
        super().__init__(b"", media_type=MEDIA_TYPE, headers=HEADERS)
        self.streams, self.session, self.patience = streams, session, patience

    def to_asgi_response(self, app: Any, request: Any, **_: Any) -> ASGIResponse:  # noqa: ARG002  # Litestar's form
        return _StreamResponse(self)


class _StreamResponse(ASGIResponse):
    _should_set_content_length = False

    def __init__(self, said: EventStream) -> None:
        super().__init__(headers=dict(HEADERS), media_type=MEDIA_TYPE)
        self.said = said

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_head(scope):
            await self.start_response(send=send)
            return
        async with self.said.streams.joined(self.said.session) as stream:
            leaving = asyncio.create_task(_leaves(receive, stream))
            try:
                await self.start_response(send=send)
                async with asyncio.timeout(None) as deadline:
                    await _write_events(stream, send, deadline, self.said.patience)
            except TimeoutError:
                return
            finally:
                leaving.cancel()


async def _write_events(
    stream: Stream, send: Send, deadline: asyncio.Timeout, patience: float
) -> None:
    loop = asyncio.get_running_loop()

    async def write(text: str, *, more: bool = True) -> None:
        deadline.reschedule(loop.time() + patience)
        await send(
            HTTPResponseBodyEvent(type="http.response.body", body=text.encode(), more_body=more)
        )
        deadline.reschedule(None)

    await write(f"retry: {come_back_after(stream.session)}\n\n")
    while (news := await stream.next()) is not None:
        await write(events(news))
        await stream.breathe()
    await write("", more=False)


async def _leaves(receive: Receive, stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


def events(news: Sequence[tuple[str, str]]) -> str:
    """Write news as events: the patient with news, never the content."""
    return (
        "".join(
            f"event: {event}\ndata: {json.dumps({'patient': patient})}\n\n"
            for event, patient in news
        )
        or QUIET
    )


def come_back_after(session: UUID) -> int:
    """Give the milliseconds until an app reconnects, spread over apps."""
    return 1000 + session.int % 4000
