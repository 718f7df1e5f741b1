"""What waits for a person at the desk: staff see what their facility can settle, and settle it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from backend.auth.desk_tasks import DeskTaskKind, settle_task
from backend.auth.details import shortened
from backend.crypto import unseal
from backend.database import Row, fetch, fetch_one
from backend.errors import HubError, NotFound
from backend.paging import cursor_of, id_from_cursor
from backend.support.acting import StaffCaller, doing
from backend.support.rules import Action
from backend.support.words import Words

TASKS: dict[DeskTaskKind, Words] = {
    DeskTaskKind.VNEID_MISMATCH: Words(
        "Tài khoản VNeID không khớp hồ sơ: kiểm tra giấy tờ.",
        "A VNeID account does not fit the record: look at the person's papers.",
    ),
    DeskTaskKind.PHONE_PROPOSED: Words(
        "Cơ sở y tế đề nghị số điện thoại khác: hỏi bệnh nhân.",
        "A facility proposed another phone number: ask the patient.",
    ),
    DeskTaskKind.GRANT_REVIEW: Words(
        "Quyền xem của người chăm sóc cần xác nhận lại.",
        "A caregiver's permission needs to be looked at again.",
    ),
}

_THEIRS = (
    "($1::uuid IS NULL OR t.facility = $1 OR (t.facility IS NULL AND EXISTS ("
    "SELECT FROM patient_identifier i WHERE i.patient = t.patient AND i.facility = $1)))"
)
"""For statements with the task as `t` and the staff's facility as `$1`."""


class Outcome(StrEnum):
    SETTLED = "settled"
    REFUSED = "refused"
    """The patient, or their papers, said no."""
    NOTHING_TO_DO = "nothing_to_do"


class AlreadySettled(HubError):
    """Somebody has settled this already."""

    code = "already_settled"
    status = 409


class TaskView(Struct, frozen=True, rename="camel"):
    """Enough to know what it is about. To do something about it, the patient is looked up."""

    task: UUID
    kind: DeskTaskKind
    in_words: Words
    name: str | None
    """Shortened."""
    patient: UUID | None
    subject: UUID | None
    created_at: datetime


class Tasks(Struct, frozen=True, rename="camel"):
    items: list[TaskView]
    next_cursor: str | None


async def open_tasks(staff: StaffCaller, cursor: str | None, limit: int) -> Tasks:
    """List what is open, oldest first.

    Raises:
        BadCursor: the cursor is not one of ours.
    """
    async with doing(staff, Action.READ_TASKS, why=""):
        rows = await fetch(
            "SELECT t.id, t.kind, t.patient, t.subject, t.created_at, p.name FROM desk_task t"
            f" LEFT JOIN patient p ON p.id = t.patient WHERE t.done_at IS NULL AND {_THEIRS}"
            " AND ($2::uuid IS NULL OR t.id > $2) ORDER BY t.id LIMIT $3",
            staff.facility, id_from_cursor(cursor), limit + 1,
        )  # fmt: skip
    more = len(rows) > limit
    following = cursor_of(rows[limit - 1]["id"] if more else None)
    return Tasks([_view(row) for row in rows[:limit]], following)


async def settle(staff: StaffCaller, task: UUID, outcome: Outcome, reason: str) -> None:
    """Write down how a task ended.

    Raises:
        NotFound: there is none, or it is another facility's.
        AlreadySettled: somebody was faster.
    """
    async with doing(staff, Action.SETTLE_TASK, reason) as act:
        row = await fetch_one(
            "SELECT t.patient, t.kind, t.subject, t.done_at FROM desk_task t"
            f" WHERE t.id = $2 AND {_THEIRS}",
            staff.facility, task,
        )  # fmt: skip
        if row is None:
            raise NotFound
        act.patient, act.subject = row["patient"], task
        kind = DeskTaskKind(row["kind"])
        if row["done_at"] or not await settle_task(kind, row["subject"], outcome, staff.staff):
            raise AlreadySettled


def _view(row: Row) -> TaskView:
    kind = DeskTaskKind(row["kind"])
    sealed = row["name"]
    return TaskView(
        task=row["id"],
        kind=kind,
        in_words=TASKS[kind],
        name=shortened(unseal(sealed, table="patient", column="name", row=row["patient"]))
        if sealed
        else None,
        patient=row["patient"],
        subject=row["subject"],
        created_at=row["created_at"],
    )
