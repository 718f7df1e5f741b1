"""Lists and closes the desk tasks that the staff of a facility can settle."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from backend.auth.desk_tasks import DeskTaskKind, settle_task
from backend.core.database import Row, fetch, fetch_one
from backend.core.errors import HubError, NotFound
from backend.core.http.pagination import PagedList
from backend.core.i18n import LocalText
from backend.core.odd_rows.unreadable import (
    UNREADABLE_NAME,
    note_unreadable,
    reason_shown,
    unsealed,
)
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.patients.search import short_name
from backend.support.rules import Action

TASKS: dict[DeskTaskKind, LocalText] = {
    DeskTaskKind.PHONE_PROPOSED: LocalText(
        "Cơ sở y tế đề nghị số điện thoại khác: hỏi bệnh nhân.",
        "A facility proposed another phone number: ask the patient.",
    ),
    DeskTaskKind.KEPT_APART: LocalText(
        "Hai hồ sơ mang cùng một số định danh nhưng khác người: xem giấy tờ cả hai.",
        "Two charts were given one citizen id, and are two people: look at both people's papers.",
    ),
    DeskTaskKind.HELD_BACK: LocalText(
        "Nội dung hồ sơ chờ xác nhận: xem giấy tờ rồi xác nhận.",
        "What this chart holds waits for confirmation: look at the person's papers.",
    ),
    DeskTaskKind.GRANT_REVIEW: LocalText(
        "Quyền xem của người chăm sóc cần xác nhận lại.",
        "A caregiver's permission needs to be looked at again.",
    ),
    DeskTaskKind.ACCESS_DISPUTED: LocalText(
        "Bệnh nhân không nhận ra một lần truy cập hồ sơ: tìm hiểu và trả lời.",
        "A patient does not recognise an access to the record: find out, and answer them.",
    ),
}

_KINDS = frozenset(TASKS)
_THEIRS = "(t.facility = $1 OR (t.facility IS NULL AND p.facility = $1))"
"""For statements with the task as `t`, its chart as `p` and the staff's facility as `$1`."""
_DISPUTED = (
    " LEFT JOIN access_dispute d ON t.kind = 'access_disputed' AND d.id = t.subject"
    " LEFT JOIN audit_event a ON a.id = d.line"
)
_NOT_OF_ONES_OWN = "(a.actor IS NULL OR a.actor_kind <> 'staff' OR a.actor <> $2)"
"""Nobody looks into what they did themselves, or learns here who complained: for statements with
the staff's own id as `$2`."""


class TaskOutcome(StrEnum):
    SETTLED = "settled"
    REFUSED = "refused"
    """The patient, or their papers, said no."""
    NOTHING_TO_DO = "nothing_to_do"


class AlreadySettled(HubError):
    """Somebody has settled this already."""

    code = "already_settled"
    status = 409


class DisputedView(Struct, frozen=True, rename="camel"):
    """The action that a patient disputes, from the audit log."""

    at: datetime
    actor_kind: str
    actor: UUID | None
    staff_name: str | None
    facility: str | None
    """Whose staff or system it was."""
    what: str
    why: str
    result: str
    words: str | None
    """What the patient says about it."""


class TaskView(Struct, frozen=True, rename="camel"):
    """A task, with its subject. To act on it, staff look the patient up."""

    task: UUID
    kind: DeskTaskKind
    in_words: LocalText
    name: str | None
    """Shortened."""
    patient: UUID | None
    subject: UUID | None
    created_at: datetime
    disputed: DisputedView | None


class Tasks(Struct, frozen=True, rename="camel"):
    items: list[TaskView]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are of a kind that this process does not know."""


async def open_tasks(staff: StaffCaller, cursor: str | None, limit: int) -> Tasks:
    """List open tasks, oldest first.

    Raises:
        BadCursor: the cursor is not one of ours.
    """
    pages = PagedList("tasks", staff.staff)
    async with audited_action(staff, Action.READ_TASKS, why=""):
        rows = await fetch(
            "SELECT t.id, t.kind, t.patient, t.subject, t.created_at, p.name, d.id AS dispute,"
            " d.words, a.at, a.actor_kind, a.actor, s.name AS staff_name, f.name AS facility,"
            " a.action, a.why, a.why_digest, a.result"
            f" FROM desk_task t LEFT JOIN patient p ON p.id = t.patient{_DISPUTED}"
            " LEFT JOIN staff s ON a.actor_kind = 'staff' AND s.id = a.actor"
            " LEFT JOIN facility f"
            " ON f.id = CASE a.actor_kind WHEN 'facility' THEN a.actor ELSE s.facility END"
            f" WHERE t.done_at IS NULL AND {_THEIRS} AND {_NOT_OF_ONES_OWN}"
            " AND ($3::uuid IS NULL OR t.id > $3) ORDER BY t.id LIMIT $4",
            staff.facility, staff.staff, pages.row_in(cursor), limit + 1,
        )  # fmt: skip
    more = len(rows) > limit
    following = pages.cursor(rows[limit - 1]["id"] if more else None)
    known = [row for row in rows[:limit] if row["kind"] in _KINDS]
    if missing := len(rows[:limit]) - len(known):
        note_unreadable("desk_task", "kind", missing)
    return Tasks([_view(row) for row in known], following, missing)


async def close_task(staff: StaffCaller, task: UUID, outcome: TaskOutcome, reason: str) -> None:
    """Store how a task ended.

    Raises:
        NotFound: there is none, or it is another facility's, or about what they did themselves.
        AlreadySettled: somebody was faster.
    """
    async with audited_action(staff, Action.SETTLE_TASK, reason) as act:
        row = await fetch_one(
            "SELECT t.patient, t.kind, t.subject, t.done_at FROM desk_task t"
            f" LEFT JOIN patient p ON p.id = t.patient{_DISPUTED}"
            f" WHERE t.id = $3 AND {_THEIRS} AND {_NOT_OF_ONES_OWN}",
            staff.facility, staff.staff, task,
        )  # fmt: skip
        if row is None:
            raise NotFound
        act.patient, act.subject = row["patient"], task
        if row["kind"] not in _KINDS:
            note_unreadable("desk_task", "kind")
            raise NotFound
        kind = DeskTaskKind(row["kind"])
        if row["done_at"] or not await settle_task(kind, row["subject"], outcome, staff.staff):
            raise AlreadySettled


def _view(row: Row) -> TaskView:
    kind = DeskTaskKind(row["kind"])
    return TaskView(
        task=row["id"],
        kind=kind,
        in_words=TASKS[kind],
        name=short_name(row["name"], row["patient"]),
        patient=row["patient"],
        subject=row["subject"],
        created_at=row["created_at"],
        disputed=_disputed(row) if row["dispute"] else None,
    )


def _disputed(row: Row) -> DisputedView:
    return DisputedView(
        at=row["at"],
        actor_kind=row["actor_kind"],
        actor=row["actor"],
        staff_name=row["staff_name"],
        facility=row["facility"],
        what=row["action"],
        why=reason_shown(row["why"], row["why_digest"]),
        result=row["result"],
        words=_words(row["words"], row["dispute"]),
    )


def _words(sealed: bytes | None, dispute: UUID) -> str | None:
    """Open what the patient says; what cannot be read was said all the same."""
    if not sealed:
        return None
    words = unsealed(sealed, table="access_dispute", column="words", row=dispute)
    return UNREADABLE_NAME if words is None else words
