"""Opens and closes desk tasks: questions that only a person at a desk can settle."""

from enum import StrEnum
from uuid import UUID

from backend.core.database import execute, new_id


class DeskTaskKind(StrEnum):
    PHONE_PROPOSED = "phone_proposed"
    GRANT_REVIEW = "grant_review"
    ACCESS_DISPUTED = "access_disputed"
    KEPT_APART = "kept_apart"
    """`patient` has a citizen id that was stated of the chart `subject` too: two people."""
    HELD_BACK = "held_back"
    """What `patient` holds, a chart, waits for a look at the person's papers."""


async def open_task(
    kind: DeskTaskKind, patient: UUID | None, facility: UUID | None, subject: UUID
) -> None:
    """Open a desk task about `subject`, in the caller's transaction; a second call adds no task.

    Without a facility, every desk that knows the patient sees it.
    """
    await execute(
        "INSERT INTO desk_task (id, kind, patient, facility, subject, created_at)"
        " VALUES ($1, $2, $3, $4, $5, hub_clock())"
        " ON CONFLICT (kind, subject) WHERE done_at IS NULL DO NOTHING",
        new_id(), kind.value, patient, facility, subject,
    )  # fmt: skip


async def open_task_once(kind: DeskTaskKind, patient: UUID, facility: UUID, subject: UUID) -> None:
    """Open a task about this pair, unless there is or ever was one: a settled one stays settled."""
    await execute(
        "INSERT INTO desk_task (id, kind, patient, facility, subject, created_at)"
        " SELECT $1, $2::varchar, $3::uuid, $4, $5::uuid, hub_clock() WHERE NOT EXISTS"
        " (SELECT FROM desk_task WHERE kind = $2 AND patient = $3 AND subject = $5)"
        " ON CONFLICT (kind, subject) WHERE done_at IS NULL DO NOTHING",
        new_id(), kind.value, patient, facility, subject,
    )  # fmt: skip


async def settle_task(
    kind: DeskTaskKind, subject: UUID, outcome: str, by: UUID | None = None
) -> bool:
    """Close the open task about `subject`; say whether there was one.

    Args:
        outcome: one word, at most 20 letters.
        by: the member of staff, or nobody where it settled itself.
    """
    done = await execute(
        "UPDATE desk_task SET done_at = hub_clock(), done_by = $4, outcome = $3"
        " WHERE kind = $1 AND subject = $2 AND done_at IS NULL",
        kind.value, subject, outcome, by,
    )  # fmt: skip
    return done == "UPDATE 1"
