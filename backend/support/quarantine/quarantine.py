"""What waits at a facility for a person: listed with its age, shown side by side, and decided."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from backend.auth.credentials.activation_slips import Paper
from backend.auth.facilities.number_systems import numbering_of
from backend.auth.identity.demographics import details_of
from backend.auth.identity.identifiers import IN_MESSAGE, Identifier, filed_of_all
from backend.core.crypto.sealing import UnreadableSeal
from backend.core.database import Row, execute, fetch
from backend.core.errors import HubError, NotFound
from backend.core.http.pagination import PagedList
from backend.core.odd_rows.unreadable import UNREADABLE_NAME, note_unreadable, unsealed
from backend.intake import quarantine
from backend.intake.pipeline.events import InboundMessage, PatientRegistered
from backend.intake.pipeline.meant_chart import charts_named
from backend.intake.pipeline.reasons import TO_DO
from backend.support.audited_action import AuditedAction, StaffCaller, audited_action
from backend.support.patients.cases import check_at_a_desk, in_scope, open_case
from backend.support.rules import Action

MOST_CHARTS = 20


class StillContradicts(HubError):
    """The message still contradicts what you said. Say which chart it means, or refuse it."""

    code = "still_contradicts"
    status = 409


class WaitingView(Struct, frozen=True, rename="camel"):
    """A message that waits: nothing of the patient."""

    message: UUID
    sender_id: str | None
    dialect: str
    received_at: datetime
    waits_seconds: int
    reason: str
    """As in `GET /hospital/messages`."""
    to_do: str | None


class WaitingPage(Struct, frozen=True, rename="camel"):
    items: list[WaitingView]
    next_cursor: str | None


class NumberStated(Struct, frozen=True, rename="camel"):
    system: str
    value: str


class VersionView(Struct, frozen=True, rename="camel"):
    """A person, as a message or a chart describes them."""

    patient: UUID | None
    """The chart; none for what the message says."""
    name: str
    birth_date: str | None
    sex: str
    numbers: list[NumberStated]


class Versions(Struct, frozen=True, rename="camel"):
    """Both sides: what the message says, and the charts that its numbers lead to."""

    stated: list[VersionView]
    charts: list[VersionView]


async def waiting(staff: StaffCaller, cursor: str | None, limit: int) -> WaitingPage:
    """List what waits at the staff's own facility, what has waited longest first.

    Raises:
        NotAtADesk: they belong to none.
        BadCursor: the cursor is not one of ours.
    """
    pages = PagedList("quarantine", staff.staff)
    async with audited_action(staff, Action.READ_QUARANTINE, why=""):
        facility = check_at_a_desk(staff)
        await execute("SELECT open_intake($1)", facility)
        rows = await fetch(
            "SELECT id, sender_id, dialect, received_at, reason,"
            " extract(epoch FROM hub_clock() - received_at)::int AS waits FROM received_event"
            " WHERE facility = $1 AND outcome = 'quarantined' AND ($2::uuid IS NULL OR id > $2)"
            " ORDER BY id LIMIT $3",
            facility, pages.row_in(cursor), limit + 1,
        )  # fmt: skip
    following = rows[limit - 1]["id"] if len(rows) > limit else None
    return WaitingPage([_waiting_view(row) for row in rows[:limit]], pages.cursor(following))


async def versions(staff: StaffCaller, message: UUID, reason: str) -> Versions:
    """Show what a waiting message says beside the charts that it may mean; open cases about these.

    Raises:
        NotAtADesk: they belong to no facility.
        NotFound, NotWaiting, UnreadableMessage: see `read_waiting`.
    """
    async with audited_action(staff, Action.READ_QUARANTINE, reason) as act:
        facility = check_at_a_desk(staff)
        act.subject = message
        said = await quarantine.read_waiting(message, facility)
        charts = (await charts_named(said, await numbering_of(facility)))[:MOST_CHARTS]
        await open_case(staff, charts, reason)
        return Versions(_stated(said), await _charts(charts))


async def let_in(
    staff: StaffCaller, message: UUID, proof: Paper, reason: str, chart: UUID | None
) -> None:
    """Take a waiting message in: as it is by now, or as one about the chart that is named.

    Raises:
        NotAtADesk: they belong to no facility.
        NotFound: this facility has no such message, or no such chart.
        NotWaiting, UnreadableMessage, NoChartMeant: see `quarantine.let_in`.
        StillContradicts: nothing has changed, and no chart was named.
    """
    act = AuditedAction(staff, Action.DECIDE_QUARANTINE, f"{proof}: {reason}", subject=message)

    async def decide() -> None:
        facility = check_at_a_desk(staff)
        if chart is not None:
            if await in_scope(staff, chart) is None:
                raise NotFound
            act.patient = chart
        if not await quarantine.let_in(message, facility, chart, lambda: _note(act, message)):
            raise StillContradicts

    await _refusals_written(act, decide)


async def refuse(staff: StaffCaller, message: UUID, reason: str) -> None:
    """End a message's wait without taking it in; the facility's system reads the reason.

    Raises:
        NotAtADesk: they belong to no facility.
        NotFound, NotWaiting: see `quarantine.refuse`.
    """
    async with audited_action(staff, Action.DECIDE_QUARANTINE, reason) as act:
        act.subject = message
        await quarantine.refuse(message, check_at_a_desk(staff), staff.staff, reason)


async def _refusals_written(act: AuditedAction, decide: Callable[[], Awaitable[None]]) -> None:
    """Carry out what opens transactions of its own, and write a refusal down."""
    try:
        await decide()
    except HubError as refused:
        act.result = refused.code
        await act.written_down()
        raise


async def _note(act: AuditedAction, message: UUID) -> None:
    await execute(
        "UPDATE received_event SET decided_by = $2, decided_at = hub_clock(), meant = $3"
        " WHERE id = $1",
        message, act.staff.staff, act.patient,
    )  # fmt: skip
    await act.written_down()


def _waiting_view(row: Row) -> WaitingView:
    return WaitingView(
        message=row["id"],
        sender_id=None if row["sender_id"] is None else unsealed(
            row["sender_id"], table="received_event", column="sender_id", row=row["id"]
        ),
        dialect=row["dialect"],
        received_at=row["received_at"],
        waits_seconds=row["waits"],
        reason=row["reason"],
        to_do=TO_DO.get(row["reason"]),
    )  # fmt: skip


def _stated(message: InboundMessage) -> list[VersionView]:
    people = [event.person for event in message.events if isinstance(event, PatientRegistered)]
    if not people:
        return [VersionView(None, "", None, "", _numbers([a.identifier for a in message.about]))]
    return [
        VersionView(
            None, person.name, person.birth_date, person.sex or "unknown",
            _numbers(person.identifiers),
        )
        for person in people
    ]  # fmt: skip


def _numbers(identifiers: Sequence[Identifier]) -> list[NumberStated]:
    return [
        NumberStated(each.system, each.value)
        for each in dict.fromkeys(identifiers)
        if each.system != IN_MESSAGE
    ]


async def _charts(charts: Sequence[UUID]) -> list[VersionView]:
    try:
        filed = await filed_of_all(charts)
        described = [(chart, await details_of(chart)) for chart in charts]
    except UnreadableSeal:
        note_unreadable("patient", "name")
        return [VersionView(chart, UNREADABLE_NAME, None, "unknown", []) for chart in charts]
    return [
        VersionView(
            chart, one.name, one.birth_date, one.sex,
            _numbers([each.identifier for each in filed.get(chart, []) if each.active]),
        )
        for chart, one in described
    ]  # fmt: skip
