"""The open streams of this process: their apps, and when each has news.

One query for all streams compares the state of each with its last state. A signal starts the next
query at once; without a signal it runs after some seconds, so a loss of Redis costs only time. The
same query finds the sessions that have ended.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby
from time import monotonic
from typing import Final
from uuid import UUID

from redis.exceptions import RedisError

from backend.auth.access.gate import NotSignedIn
from backend.core.change_signals import CHANNEL, patients_in
from backend.core.database import Row, fetch
from backend.core.errors import Unavailable
from backend.core.log import log
from backend.core.metrics import STREAMS
from backend.core.postgres.database_failures import AWAY
from backend.core.redis import heard_on

LOOK_SECONDS: Final = 5.0
"""How long a change that nobody hinted at, or the end of a session, may go unnoticed."""
BREATH_SECONDS: Final = 1.0
"""A stream is told at most once in that time, of all that happened meanwhile."""
QUIET_SECONDS: Final = 20.0
"""A stream on which nothing happens says so that often: proxies close what is silent."""
AGAIN_SECONDS: Final = 0.5
ASKED_TO_STOP: Final = 5
MOST_STREAMS: Final = 1000
"""Half of what one process takes in connections."""
MOST_OF_ONE: Final = 3
"""A phone that lost its network leaves a stream behind which nobody has seen to be over."""
AT_ONCE: Final = 200
"""Sessions in one look."""

RECORDS: Final = "records"
INBOX: Final = "inbox"
ME: Final = "me"

Marks = Mapping[tuple[str, str], str | None]
"""By event and patient, as the app knows them: what differs from the last time is new."""


class TooManyStreams(Unavailable):
    """Too many phones listen just now. Ask for changes from time to time, and try again later."""

    code = "too_many_streams"


@dataclass(eq=False)
class Stream:
    """One listening phone. Its unsent news is a set, so that it cannot grow."""

    session: UUID
    marks: Marks | None = None
    patients: frozenset[UUID] = frozenset()
    news: set[tuple[str, str]] = field(default_factory=set)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def found(self, rows: Sequence[Row]) -> None:
        """Compare the state with the last one; each difference is news. The first state is none."""
        marks: dict[tuple[str, str], str | None] = {}
        for row in rows:
            for event in (RECORDS, INBOX):
                if row[event] is not None:
                    name = event, ME if row["own"] else str(row["chart"])
                    marks[name] = f"{marks.get(name, '')} {row['chart']}/{row[event]}"
        self.patients = frozenset(row["chart"] for row in rows if row["chart"])
        if self.marks is not None and marks != self.marks:
            names = marks.keys() | self.marks.keys()
            self.news |= {name for name in names if marks.get(name) != self.marks.get(name)}
            self.stirred.set()
        self.marks = marks

    def end(self) -> None:
        self.over.set()
        self.stirred.set()

    async def next(self) -> list[tuple[str, str]] | None:
        """Wait for news; give an empty set after a quiet time, and None at the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stirred.wait(), QUIET_SECONDS)
        if self.over.is_set():
            return None
        self.stirred.clear()
        news, self.news = sorted(self.news), set()
        return news

    async def breathe(self) -> None:
        """Wait for a while, but not after the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), BREATH_SECONDS)


class Streams:
    """All streams of one process, and the task that looks for news."""

    def __init__(self) -> None:
        self.open: dict[UUID, list[Stream]] = {}
        self.count = 0
        self.running = False
        self._hinted: set[UUID] = set()
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, redis_url: str) -> None:
        self.running = True
        self._tasks = [
            asyncio.create_task(self._keep_looking()),
            asyncio.create_task(self._keep_listening(redis_url)),
        ]

    def end_all(self) -> None:
        """End every stream, also those that open later: the process stops."""
        self.running = False
        for stream in self._all():
            stream.end()

    async def stop(self) -> None:
        """End all, and what watches over them: asked again, for Redis' client may miss it."""
        self.end_all()
        for _ in range(ASKED_TO_STOP):
            running = [task for task in self._tasks if not task.done()]
            for task in running:
                task.cancel()  # while it connects, redis.asyncio swallows a cancellation
            if running:
                await asyncio.wait(running, timeout=AGAIN_SECONDS)
        self._tasks = []

    @asynccontextmanager
    async def joined(self, session: UUID) -> AsyncIterator[Stream]:
        """Listen for the block. News from now on is reported.

        Raises:
            TooManyStreams: this process has as many as it takes.
            NotSignedIn: the session has ended.
        """
        if self.count >= MOST_STREAMS:
            raise TooManyStreams(retry_after=60)
        stream = Stream(session)
        own = self.open.setdefault(session, [])
        for oldest in own[: max(0, len(own) + 1 - MOST_OF_ONE)]:
            oldest.end()
        own.append(stream)
        self._counted(1)
        try:
            await self._look([stream])
            if stream.marks is None:
                raise NotSignedIn
            if not self.running:
                stream.end()
            yield stream
        finally:
            own.remove(stream)
            if not own:
                self.open.pop(session, None)
            self._counted(-1)

    def hint(self, patients: Iterable[UUID]) -> None:
        """Look soon for the streams that may see one of these patients."""
        self._hinted.update(patients)
        self._woken.set()

    def _counted(self, more: int) -> None:
        self.count += more
        STREAMS.set(self.count)

    def _all(self) -> list[Stream]:
        return [stream for own in self.open.values() for stream in own]

    async def _keep_looking(self) -> None:
        due = monotonic() + LOOK_SECONDS
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), max(0.0, due - monotonic()))
            self._woken.clear()
            hinted, self._hinted = self._hinted, set()
            streams = [stream for stream in self._all() if hinted & stream.patients]
            if monotonic() >= due:
                streams, due = self._all(), monotonic() + LOOK_SECONDS
            await _attempted("streams", self._look(streams))

    async def _look(self, streams: Sequence[Stream]) -> None:
        """Find out what is new for these, and which of them are over."""
        sessions = sorted({stream.session for stream in streams})
        for begin in range(0, len(sessions), AT_ONCE):
            asked = sessions[begin : begin + AT_ONCE]
            rows = await fetch("SELECT * FROM stream_marks($1)", asked)
            found = {
                session: list(of_session)
                for session, of_session in groupby(rows, lambda row: row["session"])
            }
            for session in asked:
                self._tell(session, found.get(session, []))

    def _tell(self, session: UUID, rows: Sequence[Row]) -> None:
        for stream in self.open.get(session, []):
            if rows:
                stream.found(rows)
            else:
                stream.end()

    async def _keep_listening(self, redis_url: str) -> None:
        while True:
            await _attempted("stream_hints", self._listen(redis_url))

    async def _listen(self, redis_url: str) -> None:
        """One subscription for the whole process, however many listen."""
        async for said in heard_on(CHANNEL, redis_url):
            self.hint(patients_in(said))


async def _attempted(where: str, attempt: Awaitable[None]) -> None:
    """Do it; when an engine is away, or this has a bug, say so, and let it be tried again soon."""
    try:
        await attempt
    except (*AWAY, Unavailable, RedisError) as away:
        log.warning("engine_away", where=where, error=type(away).__name__)
    except Exception as surprise:  # noqa: BLE001  # what watches over all streams must not end
        log.error("duty_failed", where=where, error=type(surprise).__name__)
    else:
        return
    await asyncio.sleep(AGAIN_SECONDS)
