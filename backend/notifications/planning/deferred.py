"""Defers a notice until its order is complete and its record may be seen.

A notice waits for two things. It waits some hours at most for other results of the same order. It
waits without limit for the release of its record.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from backend.core.database import Row, execute, fetch, fetch_value, new_id, transaction
from backend.core.log import log
from backend.core.odd_rows.row_isolation import PutAside
from backend.core.postgres.database_failures import is_engine_away
from backend.core.postgres.steps import step
from backend.core.settings import load_settings
from backend.notifications.kinds import KNOWN_KINDS, Kind
from backend.notifications.planning.planning import Notice, is_useful, plan

FIRST_VERSION = "final"
"""The state of a subject that is told first. Later ones are corrections."""
_AT_ONCE = 50
_ASIDE = PutAside("deferred_notice")
_DUE = "due_at <= hub_clock() AND NOT until_released AND kind = ANY($1) AND id <> ALL($2)"


async def defer(
    notices: Sequence[Notice],
    *,
    waits: Collection[object],
    ready: Collection[object],
    silent: Collection[object],
    discreet: Collection[object],
    unseen: Collection[object],
) -> list[Notice]:
    """Give the notices that are due now, earlier deferred ones among them, and store the others.

    A subject that still waits has never been told, so that a correction of it says nothing yet,
    and is its first telling afterwards.

    Args:
        notices: of this act.
        waits: subjects whose first telling waits.
        ready: subjects that need not wait any longer.
        silent: subjects of which nobody is told any more.
        discreet: subjects of which it is only told that there is news.
        unseen: subjects that cannot be seen yet: whatever is to be told of them waits for that.
    """
    subjects = list({*waits, *ready, *silent, *discreet, *unseen})
    any_wait = any(await _is_deferred.all(subjects))
    deferred = set[object]()
    if any_wait:
        await _undefer({*waits, *ready} - {*unseen}, silent)
        await execute(
            "UPDATE deferred_notice SET kind = $2 WHERE subject = ANY($1::uuid[])",
            list(discreet), Kind.RECORD_UPDATED.value,
        )  # fmt: skip
        left = [*waits, *ready]
        are = await _is_deferred.all(left)
        deferred = {subject for subject, is_one in zip(left, are, strict=True) if is_one}
    now = []
    for notice in notices:
        first = notice.subject in waits and notice.subject_version == FIRST_VERSION
        if notice.subject in unseen:
            if is_useful(notice):
                await _store(notice, for_order=first, until_released=True)
        elif first:
            await _store(notice, for_order=True)
        elif notice.subject not in deferred:
            now.append(notice)
    if not any_wait:  # what was stored just now waits for something
        return now
    undeferred = await fetch(
        "WITH answered AS (UPDATE deferred_notice SET due_at = hub_clock()"
        " WHERE subject = ANY($1::uuid[]) AND until_released AND due_at > hub_clock())"
        " DELETE FROM deferred_notice WHERE subject = ANY($1::uuid[]) AND NOT until_released"
        " AND kind = ANY($2) RETURNING *",
        list(ready), KNOWN_KINDS,
    )  # fmt: skip
    return [*now, *map(_notice, undeferred)]


@step()
async def _is_deferred(subjects: Sequence[object]) -> Sequence[bool]:
    """Tell of which subjects a notice waits. Whoever files of their patient lets nobody else."""
    rows = await fetch(
        "SELECT subject FROM deferred_notice WHERE subject = ANY($1::uuid[])", subjects
    )
    waiting = {row["subject"] for row in rows}
    return [subject in waiting for subject in subjects]


async def due_on_release(subjects: Collection[object]) -> list[Notice]:
    """Give the deferred notices of records that this transaction releases."""
    await _undefer(subjects)
    await execute(
        "UPDATE notification SET kept_back = false WHERE subject = ANY($1::uuid[]) AND kept_back",
        list(subjects),
    )
    due = await fetch(
        "DELETE FROM deferred_notice WHERE subject = ANY($1::uuid[]) AND due_at <= hub_clock()"
        " AND kind = ANY($2) RETURNING *",
        list(subjects), KNOWN_KINDS,
    )  # fmt: skip
    return [_notice(row) for row in due]


async def retract(facility: UUID, subject: UUID, again: Notice | None) -> None:
    """Stop all unsent notices of a subject that patients can no longer see.

    A worker that tells of it just now is waited for: it has told, or finds it stopped.

    Args:
        facility: whose word it is.
        subject: what cannot be seen.
        again: what is told once it can be seen again, if anything was told of it before.
    """
    waits = await fetch_value(
        "UPDATE deferred_notice SET until_released = true WHERE subject = $1 RETURNING true",
        subject,
    )
    told = await fetch(
        "UPDATE notification SET kept_back = true WHERE facility = $1 AND subject = $2"
        " RETURNING id",
        facility, subject,
    )  # fmt: skip
    if told and not waits and again is not None:
        await _store(again, for_order=False, until_released=True)


async def make_discreet(discreet: Collection[object], silent: Collection[object]) -> None:
    """Say of these only that there is news, and of the silent ones nothing, when their time comes.

    They have become restricted while their notice waits.
    """
    await execute(
        "WITH forgotten AS (DELETE FROM deferred_notice WHERE subject = ANY($2::uuid[]))"
        " UPDATE deferred_notice SET kind = $3 WHERE subject = ANY($1::uuid[])",
        list(discreet), list(silent), Kind.RECORD_UPDATED.value,
    )  # fmt: skip


async def _undefer(subjects: Collection[object], silent: Collection[object] = ()) -> None:
    """Note that these can be seen: that is what is news now. Forget what is not told any more."""
    await execute(
        "WITH forgotten AS (DELETE FROM deferred_notice WHERE subject = ANY($2::uuid[]))"
        " UPDATE deferred_notice SET until_released = false, happened_at = hub_clock(),"
        " accepted_at = hub_clock()"
        " WHERE subject = ANY($1::uuid[]) AND until_released",
        list(subjects), list(silent),
    )  # fmt: skip


async def plan_deferred() -> None:
    """Plan the notices that have waited long enough, one patient at a time.

    Where that fails, each notice of the patient is planned by itself, and one that fails again
    waits: it holds up no other. A kind that this process does not know is left for a newer one.
    """
    planned = 0
    while planned < _AT_ONCE:
        done = await _plan_next()
        if done is None:
            return
        planned += done


async def _plan_next() -> bool | None:
    """Plan what is due of one patient; False where that failed, None where there is nobody."""
    patient: UUID | None = None
    try:
        async with transaction():
            patient = await fetch_value(
                f"SELECT patient FROM deferred_notice WHERE {_DUE}"
                " ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED",
                KNOWN_KINDS, _ASIDE.rows(),
            )  # fmt: skip
            if patient is None:
                return None
            await _plan_due(patient)
    except Exception as surprise:
        if patient is None or is_engine_away(surprise):
            raise
        log.error("batch_unreadable", where=_ASIDE.place, error=type(surprise).__name__)
        await _plan_apart(patient)
        return False
    return True


async def _plan_due(patient: UUID, only: UUID | None = None) -> None:
    due = await fetch(
        f"DELETE FROM deferred_notice WHERE {_DUE} AND patient = $3"
        " AND ($4::uuid IS NULL OR id = $4) RETURNING *",
        KNOWN_KINDS, _ASIDE.rows(), patient, only,
    )  # fmt: skip
    await plan([_notice(row) for row in due])


async def _plan_apart(patient: UUID) -> None:
    due = await fetch(
        f"SELECT id FROM deferred_notice WHERE {_DUE} AND patient = $3",
        KNOWN_KINDS, _ASIDE.rows(), patient,
    )  # fmt: skip
    for row in due:
        try:
            async with transaction():
                await _plan_due(patient, row["id"])
        except Exception as surprise:  # noqa: BLE001  # one notice must not keep the others
            await _ASIDE.put(row["id"], surprise)


async def _store(notice: Notice, *, for_order: bool, until_released: bool = False) -> None:
    """The first time counts: a subject does not wait longer because it changes."""
    hours = load_settings().partial_after_hours if for_order else 0
    await execute(
        "INSERT INTO deferred_notice (patient, facility, kind, subject, subject_version,"
        " happened_at,"
        " accepted_at, received_event, sender_id, due_at, id, until_released)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, hub_clock() + $10::interval, $11, $12)"
        " ON CONFLICT (subject) DO UPDATE SET until_released = excluded.until_released",
        notice.patient, notice.facility, notice.kind.value, notice.subject, notice.subject_version,
        notice.happened_at, notice.accepted_at, notice.received_event, notice.sender_id,
        timedelta(hours=hours), new_id(), until_released,
    )  # fmt: skip


def _notice(row: Row) -> Notice:
    return Notice(
        patient=row["patient"],
        facility=row["facility"],
        kind=Kind(row["kind"]),
        subject=row["subject"],
        happened_at=row["happened_at"],
        accepted_at=row["accepted_at"],
        received_event=row["received_event"],
        sender_id=row["sender_id"],
        subject_version=row["subject_version"],
    )
