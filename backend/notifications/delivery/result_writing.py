"""Writes a batch of answers; an odd one, or one whose row somebody holds, stops no other."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

import asyncpg

from backend.core.log import log
from backend.core.odd_rows.row_isolation import report_unreadable
from backend.core.postgres.database_failures import is_passing
from backend.gateways.sender import Channel, FailureScope
from backend.notifications.delivery.outcomes import AttemptResult, complete
from backend.notifications.rules import UNREADABLE, UNREADABLE_ADDRESS

ODD_ANSWER: Final = "odd_answer"
"""The code of an answer whose own words PostgreSQL does not take."""


async def unwritten(batch: list[AttemptResult]) -> list[AttemptResult]:
    """Write the batch; give those that must be tried again.

    Where somebody holds a row, or one answer is odd, each is written by itself.
    """
    try:
        await complete(batch)
    except Exception as surprise:  # noqa: BLE001  # one odd answer must not silence the others
        is_locked = isinstance(surprise, asyncpg.LockNotAvailableError) and len(batch) > 1
        if is_passing(surprise) and not is_locked:
            log.warning(
                "answers_wait_for_database", count=len(batch), error=type(surprise).__name__
            )
            return batch
        log.error("answers_refused", count=len(batch), error=type(surprise).__name__)
        if len(batch) == 1:
            return [] if await _written_bare(batch[0]) else batch
        return [late for answer in batch for late in await unwritten([answer])]
    return []


async def _written_bare(answer: AttemptResult) -> bool:
    """Write of an odd answer what the hub itself has decided; nothing of the provider's words.

    Else its delivery would end up in doubt when its lease runs out, and a push would be repeated.
    """
    try:
        await complete([replace(answer, code=ODD_ANSWER, provider_id="",
                                failure_scope=FailureScope.NOBODY)])  # fmt: skip
    except Exception as surprise:  # noqa: BLE001  # the same
        log.error("answer_lost", delivery=answer.claim.delivery, error=type(surprise).__name__)
        return not is_passing(surprise)
    await _raise_alarm("attempt", [answer.claim.attempt])
    return True


async def report_ended(answers: Sequence[AttemptResult]) -> None:
    """Raise the alarm about what ended because it cannot be read: once for each kind of row."""
    ended: dict[str, list[UUID]] = {}
    for answer in answers:
        claimed = answer.claim
        if (answer.status, answer.code) == UNREADABLE_ADDRESS:
            place, row = (
                ("contact_point.number", claimed.contact)
                if claimed.channel is Channel.SMS
                else ("device.push_token", claimed.device)
            )
            ended.setdefault(place, []).append(row or claimed.delivery)
        elif (answer.status, answer.code) == UNREADABLE:
            ended.setdefault("notification", []).append(claimed.notification)
    for place, rows in ended.items():
        await _raise_alarm(place, rows)


async def _raise_alarm(place: str, rows: Sequence[UUID]) -> None:
    try:
        await report_unreadable(place, rows[0], times=len(rows))
    except Exception as surprise:  # noqa: BLE001  # the answers are written all the same
        log.error("alarm_failed", where=place, error=type(surprise).__name__)
