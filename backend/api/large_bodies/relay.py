"""Takes a large body behind the guards: to a file, then by turns to the helper, and answers.

What the helper answers is what the route would have answered: the helper calls the same app with
the same request.
"""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response

from backend.api.arriving_body import SECONDS_TO_SEND as SECONDS_FOR_SMALLER
from backend.api.arriving_body import ArrivingBody
from backend.api.large_bodies.held_bodies import HELD_FREELY, HeldBodies
from backend.api.large_bodies.helper import AnswerLost, BodyHelper, BodyTooDemanding, HelperAway
from backend.api.large_bodies.helper_line import BodyAnswer, BodyJob
from backend.api.large_bodies.spool import NoRoomForBody, Spool, spool_in
from backend.api.large_bodies.turns import TooManyLargeBodies, Turns
from backend.auth.facilities.facilities import FacilityCaller
from backend.core.errors import HubError
from backend.core.metrics import LARGE_BODIES, count_again
from backend.gateways.outbound_call import Failpoint, no_failpoint

AnyRequest = Request[Any, Any, Any]
NO_FACILITY: Final = UUID(int=0)
"""Stands for the sender of a large body that no facility sends. Today there is no such route."""
READ_HERE: Final = 1024 * 1024
"""Bytes that the API reads itself."""
OUTCOMES: Final[dict[type[HubError], str]] = {
    BodyTooDemanding: "too_demanding",
    AnswerLost: "answer_lost",
    HelperAway: "helper_away",
    NoRoomForBody: "no_room",
    TooManyLargeBodies: "too_many",
}
SECONDS_TO_SEND: Final = 120.0
"""How long a large body may take to arrive: 28 MiB at 2 Mbit/s."""
ANSWERED: Final = "answered"
_OF_THE_ARRIVAL: Final = frozenset({b"content-encoding", b"content-length"})
"""Of the body as it came: the file has it unpacked."""
_WRITTEN_ANEW: Final = frozenset({"content-length", "content-type"})


@dataclass
class LargeBodies:
    """What one API has for its large bodies."""

    folder: str
    """Where their files are; empty for the machine's own temporary folder."""
    helper: BodyHelper
    turns: Turns = field(default_factory=Turns)
    held: HeldBodies = field(default_factory=HeldBodies)

    async def hold(
        self, request: AnyRequest, arriving: ArrivingBody, until_answered: AsyncExitStack
    ) -> None:
        """Have room for a body before it is read, unless it is small or will go to a file.

        The time that it has to arrive begins when there is room.

        Raises:
            TooManyLargeBodies: there was none in time; nothing was read.
        """
        if 0 < arriving.announced <= HELD_FREELY or arriving.announced > READ_HERE:
            return
        with _counted():
            await until_answered.enter_async_context(self.held.room(_facility(request)))
        arriving.wait_until(monotonic() + SECONDS_FOR_SMALLER)

    async def store_here(self, arriving: ArrivingBody, until_answered: AsyncExitStack) -> None:
        """Have room to parse and store a body that has arrived, unless it is small.

        Raises:
            TooManyLargeBodies: there was none in time; nothing was stored.
        """
        if arriving.size > HELD_FREELY:
            with _counted():
                await until_answered.enter_async_context(self.held.storing(arriving.size))

    async def take(
        self, request: AnyRequest, arriving: ArrivingBody, failpoint: Failpoint
    ) -> Response[bytes]:
        """Take the body in.

        Raises:
            TooManyLargeBodies, NoRoomForBody, HelperAway, BodyTooDemanding: nothing was stored.
            AnswerLost: nobody knows.
        """
        with _counted():
            answer = await self._answer(request, arriving, failpoint)
        LARGE_BODIES.labels(ANSWERED).inc()
        count_again(answer.counted)
        return _response(answer)

    async def _answer(
        self, request: AnyRequest, arriving: ArrivingBody, failpoint: Failpoint
    ) -> BodyAnswer:
        facility = _facility(request)
        with self.turns.place(facility), spool_in(self.folder) as spool:
            await _spooled(arriving, spool)
            async with self.turns.turn(facility):
                job = _job(request, spool, failpoint)
                return await self.helper.read(job, spool.descriptor, failpoint)


@contextmanager
def _counted() -> Iterator[None]:
    try:
        yield
    except tuple(OUTCOMES) as refused:
        LARGE_BODIES.labels(OUTCOMES[type(refused)]).inc()
        raise


def _facility(request: AnyRequest) -> UUID:
    caller = request.state.get("facility_caller")
    return caller.facility if isinstance(caller, FacilityCaller) else NO_FACILITY


async def _spooled(arriving: ArrivingBody, spool: Spool) -> None:
    """Write the body to its file, from what has arrived to what will."""
    arriving.wait_until(monotonic() + SECONDS_TO_SEND)
    while True:
        await spool.write(arriving.taken())
        if arriving.is_here:
            break
        await arriving.more()
    await spool.flush()


def _job(request: AnyRequest, spool: Spool, failpoint: Failpoint) -> BodyJob:
    scope = request.scope
    return BodyJob(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope["raw_path"],
        query_string=scope["query_string"],
        scheme=scope["scheme"],
        http_version=scope["http_version"],
        headers=[(n, value) for n, value in scope["headers"] if n not in _OF_THE_ARRIVAL],
        client=scope["client"],
        server=scope["server"],
        size=spool.size,
        held_at_failpoints=failpoint is not no_failpoint,
    )


def _response(answer: BodyAnswer) -> Response[bytes]:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    return Response(
        answer.body,
        status_code=answer.status,
        media_type=headers.get("content-type"),
        headers={name: said for name, said in headers.items() if name not in _WRITTEN_ANEW},
    )
