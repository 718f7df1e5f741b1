"""Lets a first notice wait until what it belongs to has come, or it has waited long enough."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from backend.database import Row, execute, fetch, fetch_value, new_id, transaction
from backend.notifications.planning import Notice, plan
from backend.notifications.rules import Kind
from backend.settings import load_settings

FIRST = "final"
"""The state of a subject that is told first. Later ones are corrections."""
_AT_ONCE = 50


async def put_aside(
    notices: Sequence[Notice],
    *,
    waits: Collection[object],
    ready: Collection[object],
    silent: Collection[object],
    discreet: Collection[object],
) -> list[Notice]:
    """Give what is told now; what has to wait is stored, what waited and need not is among it.

    A subject that still waits has never been told, so that a correction of it says nothing yet,
    and is its first telling afterwards.

    Args:
        notices: of this act.
        waits: subjects whose first telling waits.
        ready: subjects that need not wait any longer.
        silent: subjects of which nobody is told any more.
        discreet: subjects of which it is only told that there is news.
    """
    await execute("DELETE FROM waiting WHERE subject = ANY($1::uuid[])", list(silent))
    await execute(
        "UPDATE waiting SET kind = $2 WHERE subject = ANY($1::uuid[])",
        list(discreet), Kind.RECORD_UPDATED.value,
    )  # fmt: skip
    untold = {
        row["subject"]
        for row in await fetch(
            "SELECT subject FROM waiting WHERE subject = ANY($1::uuid[])", [*waits, *ready]
        )
    }
    now = []
    for each in notices:
        if each.subject in waits and each.told_state == FIRST:
            await _store(each)
        elif each.subject not in untold:
            now.append(each)
    released = await fetch("DELETE FROM waiting WHERE subject = ANY($1::uuid[]) RETURNING *",
                           list(ready))  # fmt: skip
    return [*now, *map(_notice, released)]


async def tell_waiting() -> None:
    """Tell what has waited long enough, one patient at a time."""
    for _ in range(_AT_ONCE):
        async with transaction():
            patient = await fetch_value(
                "SELECT patient FROM waiting WHERE due_at <= hub_clock() ORDER BY due_at"
                " LIMIT 1 FOR UPDATE SKIP LOCKED"
            )
            if patient is None:
                return
            due = await fetch(
                "DELETE FROM waiting WHERE patient = $1 AND due_at <= hub_clock() RETURNING *",
                patient,
            )
            await plan([_notice(each) for each in due])


async def _store(notice: Notice) -> None:
    """The first time counts: a subject does not wait longer because it changes."""
    await execute(
        "INSERT INTO waiting (patient, facility, kind, subject, told_state, happened_at,"
        " accepted_at, received_event, sender_id, due_at, id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, hub_clock() + $10::interval, $11)"
        " ON CONFLICT (subject) DO NOTHING",
        notice.patient, notice.facility, notice.kind.value, notice.subject, notice.told_state,
        notice.happened_at, notice.accepted_at, notice.received_event, notice.sender_id,
        timedelta(hours=load_settings().partial_after_hours), new_id(),
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
        told_state=row["told_state"],
    )
