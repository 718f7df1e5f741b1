"""The API's side of its body helper: starts the process, hands it one body at a time, ends it.

The helper has bounds of its own for memory (`process.py`) and time. One that dies or takes too
long is killed, and the next body gets a new one.
"""

import asyncio
import socket
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from backend.api.large_bodies.helper_line import (
    BodyAnswer,
    BodyJob,
    HelperReady,
    LineBroken,
    Onward,
    PointPassed,
    heard_by_api,
    send,
    send_job,
)
from backend.core import subprocesses
from backend.core.errors import HubError, Unavailable
from backend.core.log import log
from backend.intake.pipeline.failpoints import UNCOMMITTED, Failpoint

START_SECONDS: Final = 45.0
"""How long a helper may take until it has its connections: it waits for a database, too."""
JOB_SECONDS: Final = 120.0
"""How long one body may take: a batch of some thousand entries is that many transactions."""
IDLE_SECONDS: Final = 300.0
"""How long a helper without work is kept, with the memory that it has."""
END_SECONDS: Final = 5.0
"""How long a helper whose line was closed may take to end."""
AGAIN_SECONDS: Final = 5


class BodyTooDemanding(HubError):
    """Reading this message takes too much memory or time. Nothing was stored: send it in parts."""

    code = "body_too_demanding"
    status = 413


class AnswerLost(Unavailable):
    """The hub cannot say whether it stored this message. Send the same message again."""

    code = "answer_lost"


class HelperAway(Unavailable):
    """The hub cannot read a large message just now. Nothing was stored; send it again later."""

    code = "body_helper_away"


@dataclass(slots=True)
class _Running:
    process: Process
    line: socket.socket


class BodyHelper:
    """The one helper of an API, which need not run all the time.

    Args:
        environment: what it gets besides this process's own variables.
        job_seconds: how long one body may take.
        idle_seconds: how long it is kept without work.
    """

    def __init__(
        self, environment: Mapping[str, str] | None = None, *,
        job_seconds: float = JOB_SECONDS, idle_seconds: float = IDLE_SECONDS,
    ) -> None:  # fmt: skip
        self._environment = environment or {}
        self._job_seconds = job_seconds
        self._idle_seconds = idle_seconds
        self._running: _Running | None = None
        self._ending: asyncio.TimerHandle | None = None
        self._ended: set[asyncio.Task[None]] = set()

    @property
    def pid(self) -> int | None:
        """The process that runs now, if any."""
        return None if self._running is None else self._running.process.pid

    async def read(self, job: BodyJob, body_file: int, failpoint: Failpoint) -> BodyAnswer:
        """Have one body taken in. The caller asks for one at a time.

        Raises:
            BodyTooDemanding: the helper died of it, or took too long; nothing was stored.
            AnswerLost: the same, and it may have been stored.
            HelperAway: no helper could be started.
        """
        running = await self._started()
        stage = _Stage()
        try:
            async with asyncio.timeout(self._job_seconds):
                await send_job(running.line, job, body_file)
                answer = await _answer(running.line, stage, failpoint)
        except (TimeoutError, LineBroken) as lost:
            log.error("body_helper_lost", error=type(lost).__name__, pid=running.process.pid)
            await self._kill()
            if stage.may_be_stored:
                raise AnswerLost(retry_after=AGAIN_SECONDS) from lost
            raise BodyTooDemanding from lost
        except BaseException:
            await self._kill()  # nobody waits for its answer any more
            raise
        self._rest(spent=answer.spent)
        if answer.spent and stage.may_be_stored:
            raise AnswerLost(retry_after=AGAIN_SECONDS)
        return answer

    async def end(self) -> None:
        """End the helper in order, with what it is doing."""
        self._part()
        await asyncio.gather(*self._ended)

    async def _started(self) -> _Running:
        if self._ending is not None:
            self._ending.cancel()
        if self._running is not None and self._running.process.returncode is not None:
            self._part()
        if self._running is None:
            self._running = await self._start()
        return self._running

    async def _start(self) -> _Running:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        command = ["body-helper", "--fd", str(theirs.fileno())]
        try:
            with theirs:
                process = await subprocesses.start(
                    command, self._environment, inherited=[theirs.fileno()]
                )
        except OSError as refused:
            ours.close()
            raise HelperAway(retry_after=AGAIN_SECONDS) from refused
        running = _Running(process, ours)
        try:
            async with asyncio.timeout(START_SECONDS):
                heard = await heard_by_api(ours)
        except (TimeoutError, LineBroken) as silent:
            await _end(running, at_once=True)
            raise HelperAway(retry_after=AGAIN_SECONDS) from silent
        except BaseException:
            await _end(running, at_once=True)
            raise
        assert isinstance(heard, HelperReady), "it says nothing else first"
        log.info("body_helper_started", pid=process.pid)
        return running

    def _rest(self, *, spent: bool) -> None:
        if spent:
            self._part()
        else:
            loop = asyncio.get_running_loop()
            self._ending = loop.call_later(self._idle_seconds, self._part)

    async def _kill(self) -> None:
        running, self._running = self._running, None
        if running is not None:
            await asyncio.shield(_end(running, at_once=True))

    def _part(self) -> None:
        """Close the line, so that the helper ends; the next body gets a new one."""
        running, self._running = self._running, None
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if running is not None:
            ending = asyncio.create_task(_end(running, at_once=False))
            self._ended.add(ending)
            ending.add_done_callback(self._ended.discard)


@dataclass(slots=True)
class _Stage:
    """How far a message is known to have come."""

    may_be_stored: bool = False


async def _answer(line: socket.socket, stage: _Stage, failpoint: Failpoint) -> BodyAnswer:
    while True:
        match await heard_by_api(line):
            case BodyAnswer() as answer:
                return answer
            case PointPassed(point=point, row=row):
                stage.may_be_stored |= point == UNCOMMITTED
                await failpoint(point, row)
                await send(line, Onward())
            case HelperReady():
                raise LineBroken


async def _end(running: _Running, *, at_once: bool) -> None:
    if at_once and running.process.returncode is None:
        running.process.kill()
    running.line.close()
    try:
        await asyncio.wait_for(running.process.wait(), END_SECONDS)
    except TimeoutError:
        await subprocesses.kill(running.process)
