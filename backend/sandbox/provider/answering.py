"""Accepts a message and answers, or misbehaves before or after: for both providers."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

from backend.sandbox.provider.behaviour import Mood


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one provider in each case."""

    accept: Callable[[], web.Response]
    """Look at the message and keep it, or refuse it."""
    too_many: Callable[[int | None], web.Response]
    broken: Callable[[], web.Response]


async def answer(
    request: web.Request, mood: Mood, answers: Answers, stopping: asyncio.Event
) -> web.Response:
    if mood.mode == "drop_before_accept":
        return hang_up(request)
    if mood.mode == "429":
        return answers.too_many(mood.retry_after)
    accepted = answers.accept()
    if accepted.status >= 400:  # noqa: PLR2004  # the first status that says no
        return accepted
    return await _after_accepting(request, mood, answers, stopping, accepted)


async def _after_accepting(
    request: web.Request,
    mood: Mood,
    answers: Answers,
    stopping: asyncio.Event,
    accepted: web.Response,
) -> web.Response:
    if mood.mode == "accept_then_drop":
        return hang_up(request)
    if mood.mode == "accept_then_500":
        return answers.broken()
    if mood.mode == "slow":
        await _hold(stopping, mood.delay_ms / 1000)
    return accepted


def hang_up(request: web.Request) -> web.Response:
    """Close the connection without one byte of an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)  # aiohttp finds the connection gone and writes nothing


async def _hold(stopping: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than the sandbox lives."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
