"""Lists the notices of a chart for staff: told or not told, in words, and nothing of the person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec import Struct

from backend.core.database import Row, fetch, fetch_one
from backend.core.http.pagination import PagedList
from backend.core.i18n import LocalText
from backend.core.odd_rows.unreadable import note_unreadable
from backend.notifications.kinds import Kind
from backend.notifications.told import (
    CAUSED_BY_FACILITY,
    IN_WORDS,
    OF_DEFERRED,
    REASON,
    NotTold,
    status_of,
)
from backend.support.audited_action import StaffCaller, audited_action
from backend.support.messages.labels import KIND_LABELS, SHOWN, TOLD
from backend.support.patients.cases import open_case, patient_in_scope
from backend.support.patients.search import PatientView, masked_patients
from backend.support.rules import Action

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_OWN: Final = f"n.facility = $1 AND {CAUSED_BY_FACILITY}"
_COLUMNS: Final = "n.id, n.kind, n.accepted_at"
_OF_CHART: Final = f"""
    FROM {{}} n WHERE {_OWN} AND n.patient = $2 AND ($3::uuid IS NULL OR n.id < $3)
    ORDER BY n.id DESC LIMIT $4
"""
_PAGE: Final = (
    f"SELECT * FROM ((SELECT {_COLUMNS}, {REASON} AS reason {_OF_CHART.format('notification')})"
    f" UNION ALL (SELECT {_COLUMNS}, {OF_DEFERRED} {_OF_CHART.format('deferred_notice')})) AS n"
    " ORDER BY id DESC LIMIT $4"
)


class SupportNoticeView(Struct, frozen=True, rename="camel"):
    """One notice that a message of the facility caused."""

    notification: UUID
    kind: str
    in_words: LocalText
    accepted_at: datetime
    """When the hospital's request came in."""
    status: str
    """told or not_told."""
    reason: str | None
    """Why it is not told: in docs/errors.md."""
    reason_in_words: LocalText
    """The same in words; of one that is told, that it is."""


class Messages(Struct, frozen=True, rename="camel"):
    items: list[SupportNoticeView]
    next_cursor: str | None
    left_out: int = 0
    """How many of this page are of a kind that staff are not shown, or that is not known here."""


class FoundMessage(Struct, frozen=True, rename="camel"):
    patient: PatientView
    message: SupportNoticeView


class FoundMessages(Struct, frozen=True, rename="camel"):
    items: list[FoundMessage]


async def messages_of(
    staff: StaffCaller, patient: UUID, cursor: str | None, limit: int
) -> Messages:
    """Read one page of a chart's notices, newest first.

    Raises:
        SearchFirst, NotFound: not a chart that they have looked up, or may meet.
        BadCursor: the cursor is not one of ours.
    """
    async with audited_action(staff, Action.READ_MESSAGES, why="") as act:
        await patient_in_scope(act, patient)
        pages = PagedList("messages", staff.staff, patient)
        rows = await fetch(_PAGE, staff.facility, patient, pages.row_in(cursor), limit + 1)
    views = _views(rows[:limit])
    following = pages.cursor(rows[limit - 1]["id"] if len(rows) > limit else None)
    return Messages(views, following, len(rows[:limit]) - len(views))


async def find_message(staff: StaffCaller, reference: str, reason: str) -> FoundMessages:
    """Find the notice whose text ends in this reference, and open a case about its chart."""
    async with audited_action(staff, Action.SEARCH, reason) as act:
        row = await fetch_one(
            f"SELECT {_COLUMNS}, n.patient, {REASON} AS reason FROM notification n"
            " JOIN delivery t ON t.notification = n.id"
            f" WHERE {_OWN} AND t.reference = $2 ORDER BY t.id DESC LIMIT 1",
            staff.facility, _tidy(reference),
        )  # fmt: skip
        patients = await masked_patients(staff, [row["patient"]]) if row else []
        if not row or not patients:
            act.result = "not_found"
            return FoundMessages([])
        act.subject = row["id"]
        await open_case(staff, [row["patient"]], reason)
    return FoundMessages([FoundMessage(patients[0], view) for view in _views([row])])


def _tidy(reference: str) -> str:
    """Read what somebody spells out over the phone."""
    return "".join(letter for letter in reference.upper() if letter in LETTERS)[:5]


def _views(rows: Sequence[Row]) -> list[SupportNoticeView]:
    known = [row for row in rows if row["kind"] in SHOWN]
    if len(known) < len(rows):
        note_unreadable("notification", "kind", len(rows) - len(known))
    return [_view(row) for row in known]


def _view(row: Row) -> SupportNoticeView:
    reason = row["reason"]
    return SupportNoticeView(
        notification=row["id"],
        kind=row["kind"],
        in_words=KIND_LABELS[Kind(row["kind"])],
        accepted_at=row["accepted_at"],
        status=status_of(reason),
        reason=reason or None,
        reason_in_words=IN_WORDS[NotTold(reason)] if reason else TOLD,
    )
